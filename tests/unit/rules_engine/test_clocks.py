"""Clocks: when they strike, in which zone, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.clocks import MONTH, YEAR, Clock
from rules_engine.days import DAY, zone
from rules_engine.fold import Era, fold
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import ADA, KUALA_LUMPUR, at, fact, rulebook, run

THREE_HOURS = DAY // 8


@pytest.mark.parametrize(
    ("clock", "began", "since", "strikes"),
    [
        (Clock(YEAR, 0), "2024-02-29 10:00", "2024-02-29 10:00", "2025-02-28"),
        (Clock(YEAR, 0), "2024-02-29 10:00", "2027-03-01 00:00", "2028-02-29"),
        (Clock(YEAR, 0), "2026-11-22 10:00", "2027-11-22 00:00", "2027-11-22"),
        (Clock(YEAR, 0), "2026-11-22 10:00", "2027-11-22 00:01", "2028-11-22"),
        (Clock(MONTH, 0), "2026-01-31 10:00", "2026-02-01 00:00", "2026-02-28"),
        (Clock(MONTH, 0), "2026-01-31 10:00", "2026-02-28 00:01", "2026-03-31"),
        (Clock(None, 7 * DAY), "2026-01-01 00:00", "2026-01-01 00:00", "2026-01-08"),
        (Clock(None, 7 * DAY), "2026-01-01 00:01", "2026-01-01 00:01", "2026-01-09"),
        (Clock(None, 7 * DAY), "2026-01-01 00:01", "2026-01-09 00:01", None),
    ],
)
def test_when_a_clock_strikes_next(clock: Clock, began: str, since: str, strikes: str | None) -> None:
    found = clock.next(at(began), at(since), zone("UTC"))
    assert (found and found.at) == (None if strikes is None else at(f"{strikes} 00:00"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (KUALA_LUMPUR, "Pacific/Pago_Pago"),
        ("Pacific/Pago_Pago", KUALA_LUMPUR),
        ("UTC", "Pacific/Kiritimati"),
        ("Pacific/Kiritimati", "UTC"),
        ("Europe/Berlin", "America/New_York"),
    ],
)
@pytest.mark.parametrize("clock", [{"anniversary": "month"}, {"after": "31d"}], ids=str)
def test_a_change_of_zone_makes_no_clock_strike_twice_or_never(clock: dict[str, Any], old: str, new: str) -> None:
    book = rulebook({"key": "month", "on": None, "clock": clock})
    for began in range(at("2026-10-01 00:00", old), at("2026-10-02 00:00", old), THREE_HOURS):
        for moved_at in range(at("2026-10-31 00:00", old), at("2026-11-03 00:00", old), THREE_HOURS):
            eras = [Era(0, book, old), Era(moved_at, book, new)]
            outcome = fold(eras, ADA, Standing.new(), [fact(0, began)], at("2026-11-20 00:00"))
            (effect,) = outcome.effects
            in_either = [run(book, fact(0, began), as_of=at("2026-11-20 00:00"), zone=zone) for zone in (old, new)]
            first, last = sorted(one.effects[0].at for one in in_either)
            assert first <= effect.at <= last


def test_a_year_that_a_change_of_zone_brings_forward_is_given_when_the_zone_changes() -> None:
    book = rulebook({"key": "year", "on": None, "clock": {"anniversary": "year"}})
    moved_at = at("2027-11-01 00:00")  # a midnight of the zone that was; in the new one it is eight in the morning
    eras = [Era(0, book, "UTC"), Era(moved_at, book, KUALA_LUMPUR)]
    outcome = fold(eras, ADA, Standing.new(), [fact(0, "2026-11-01 10:00")], at("2028-12-01 00:00"))
    again_at = at("2028-11-01 00:00", KUALA_LUMPUR)
    assert [(effect.occasion, effect.at) for effect in outcome.effects] == [
        ("year:anniversary@0000000012", moved_at),
        ("year:anniversary@0000000024", again_at),
    ]


def test_a_clock_that_a_new_rulebook_brings_along_with_a_zone_makes_up_for_nothing() -> None:
    none, book = rulebook(), rulebook({"key": "year", "on": None, "clock": {"anniversary": "year"}})
    moved_at = at("2027-11-01 00:00")
    eras = [Era(0, none, "UTC"), Era(moved_at, book, KUALA_LUMPUR)]
    began = fact(0, "2026-11-01 10:00")
    assert fold(eras, ADA, Standing.new(), [began], at("2028-10-01 00:00")).effects == []


def test_when_time_next_does_something_counts_clocks_in() -> None:
    book = rulebook({"key": "week", "on": None, "clock": {"after": "7d"}})
    standing = run(book, fact(0, "2026-11-22 00:00")).standing
    assert standing.next_due_at() == at("2026-11-29 00:00")
    assert run(book, fact(0, "2026-11-22 00:00"), as_of=at("2026-12-24 00:00")).standing.next_due_at() is None


def test_staff_are_given_nothing_by_a_clock_and_are_told_so() -> None:
    book = rulebook({"key": "week", "on": None, "clock": {"after": "7d"}})
    facts = [fact(0, 0), fact(1, 1, "role_given", data={"role": "staff"})]
    outcome = run(book, *facts, as_of=8 * DAY)
    assert [(decision.code, decision.occasion) for decision in outcome.decisions] == [
        ("staff", "week:after@0000000007")
    ]
