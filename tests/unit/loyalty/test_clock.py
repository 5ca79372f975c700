"""Times as people and machines write them."""

from __future__ import annotations

import pytest

from loyalty import clock

NINE = 1_795_309_200 * clock.SECOND
"""2026-11-22T01:00:00Z."""


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T01:00:00Z", NINE),
        ("2026-11-22T09:00:00+08:00", NINE),
        ("2026-11-22 01:00:00z", NINE),
        ("2026-11-22t01:00:00.25-00:00", NINE + clock.SECOND // 4),
        ("2026-11-22T01:00:00.0000019999Z", NINE + 1),
    ],
)
def test_every_way_to_write_an_instant_is_read(text: str, at: int) -> None:
    assert clock.from_rfc3339(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T01:00:00",
        "2026-11-22T01:00Z",
        "20261122T010000Z",
        "2026-W47-7T01:00:00Z",
        "2026-02-30T01:00:00Z",
        "2026-11-22T01:00:00,5Z",
        "2026-11-22T01:00:00Z\n",
        "\u0662026-11-22T01:00:00Z",
        "0001-01-01T00:00:00+14:00x",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|day|calendar"):
        clock.from_rfc3339(text)


def test_an_instant_is_read_as_it_is_written() -> None:
    assert clock.from_rfc3339(clock.to_rfc3339(NINE + 1)) == NINE + 1
