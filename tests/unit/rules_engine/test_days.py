"""Local days: exact across changes of the clock, skipped midnights and skipped dates."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_engine.days import DAY, SECOND, day_after, zone
from rules_engine.errors import UnknownZone
from tests.unit.rules_engine.builders import at

ZONES = [
    "UTC",
    "Asia/Kuala_Lumpur",
    "America/St_Johns",
    "Europe/Berlin",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Gaza",
]


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000))
def test_a_day_has_the_date_that_the_clock_shows_or_has_shown(name: str, second: int) -> None:
    day = zone(name).day(second * SECOND)
    shown = dt.datetime.fromtimestamp(second, zoneinfo.ZoneInfo(name)).date().isoformat()
    assert day.start <= second * SECOND < day.end
    # Where clocks go back over midnight, the new day has begun already and goes on.
    assert day.label == shown or (day.label == day_after(shown) and name == "America/St_Johns")


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000))
def test_days_follow_each_other_without_gap_and_never_go_back(name: str, second: int) -> None:
    today = zone(name).day(second * SECOND)
    tomorrow = zone(name).day(today.end)
    assert tomorrow.start == today.end
    assert tomorrow.number > today.number
    assert zone(name).day(today.end - 1) == today


def test_a_day_knows_its_week_month_quarter_and_year() -> None:
    day = zone("Asia/Kuala_Lumpur").day(at("2026-12-31 20:00"))
    assert (day.label, day.week, day.month, day.quarter, day.year, day.weekday) == (
        "2027-01-01", "2026-W53", "2027-01", "2027-Q1", "2027", 4,
    )  # fmt: skip


def test_a_day_whose_midnight_was_skipped_begins_when_the_clock_goes_on() -> None:
    day = zone("America/Sao_Paulo").day(at("2018-11-04 12:00", "America/Sao_Paulo"))
    assert day.end - day.start == DAY - 3_600 * SECOND
    assert zone("America/Sao_Paulo").day(day.start - 1).label == "2018-11-03"


def test_a_date_that_a_zone_skipped_has_no_instant() -> None:
    before = zone("Pacific/Apia").day(at("2011-12-29 12:00", "Pacific/Apia"))
    assert zone("Pacific/Apia").day(before.end).label == "2011-12-31"


def test_midnight_is_the_first_at_or_after_the_instant() -> None:
    midnight = at("2026-11-22 00:00", "Asia/Kuala_Lumpur")
    assert zone("Asia/Kuala_Lumpur").midnight_from(midnight) == midnight
    assert zone("Asia/Kuala_Lumpur").midnight_from(midnight - 1) == midnight
    assert zone("Asia/Kuala_Lumpur").midnight_from(midnight + 1) == midnight + DAY


@pytest.mark.parametrize(
    ("period", "end"), [("month", "2026-12-01 00:00"), ("quarter", "2027-01-01 00:00"), ("year", "2027-01-01 00:00")]
)
def test_a_period_ends_with_the_local_midnight_of_the_next(period: str, end: str) -> None:
    name = "Asia/Kuala_Lumpur"
    assert zone(name).end_of_period(at("2026-11-30 23:59", name), period) == at(end, name)


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "America", "../../etc/passwd", "Asia/Kuala_Lumpur\0"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)
