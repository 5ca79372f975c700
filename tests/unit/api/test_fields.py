"""Whole numbers, keys and instants, as JSON may write them."""

from __future__ import annotations

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as some

from api.fields import Moment, WholeNumber, WholeParameter, key_field
from loyalty import clock


@pytest.mark.parametrize(("value", "whole"), [(5, 5), (5.0, 5), (-1, -1), (0.0, 0), (2**53, 2**53)])
def test_a_whole_number_may_be_written_with_a_point(value: object, whole: int) -> None:
    found = WholeNumber().deserialize(value)
    assert found == whole
    assert type(found) is int


@pytest.mark.parametrize("value", [5.7, True, False, "5", [], {}])
def test_what_is_not_whole_is_refused(value: object) -> None:
    with pytest.raises(ma.ValidationError):
        WholeNumber().deserialize(value)


@pytest.mark.parametrize("value", ["", "5.0", "0x5", "\u0665", "1" * 17, " 5", "5\n"])
def test_a_parameter_is_a_plain_number(value: str) -> None:
    with pytest.raises(ma.ValidationError):
        WholeParameter().deserialize(value)


@pytest.mark.parametrize("value", ["", "Mug", "-mug", "mug ", "mug\n", "m" * 65])
def test_what_is_no_key_from_its_first_character_to_its_last_is_refused(value: str) -> None:
    with pytest.raises(ma.ValidationError):
        key_field("The reward.").deserialize(value)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t08:00:00.000001+08:00", 1),
        ("2026-11-22T09:00:00+08:00", 1_795_309_200_000_000),
    ],
)
def test_an_instant_needs_an_offset_and_keeps_its_microseconds(text: str, at: int) -> None:
    assert Moment().deserialize(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T09:00:00",
        "2026-02-30T09:00:00Z",
        "2026-11-22T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        5,
        "",
    ],
)
def test_what_is_no_instant_is_refused(text: object) -> None:
    with pytest.raises(ma.ValidationError):
        Moment().deserialize(text)


@given(some.integers(0, 4_000_000_000_000_000))
def test_an_instant_that_is_shown_is_read_as_the_same(at: int) -> None:
    assert Moment().deserialize(clock.to_rfc3339(at)) == at
