"""Streaks as they are read: running, lapsed, and in whose days."""

from __future__ import annotations

import pytest

from rules_engine.days import zone
from rules_engine.standing import Standing
from rules_engine.streaks import extend, running
from tests.unit.rules_engine.builders import KUALA_LUMPUR, at, fact, rulebook, run

BOOK = rulebook({"key": "days", "streak": {"days": 7}})


@pytest.mark.parametrize(
    ("read_at", "length"),
    [("2026-11-22 09:00", 2), ("2026-11-23 23:59", 2), ("2026-11-24 00:00", 0), ("2026-12-24 00:00", 0)],
)
def test_a_streak_runs_until_a_whole_day_has_passed_without(read_at: str, length: int) -> None:
    standing = run(BOOK, fact(0, "2026-11-21 09:00"), fact(1, "2026-11-22 09:00")).standing
    assert running(standing, "days", "UTC", at(read_at)) == length
    assert running(standing, "other", "UTC", at(read_at)) == 0


def test_days_are_the_communitys_until_the_member_says_otherwise() -> None:
    facts = [fact(1, "2026-11-21 15:00"), fact(2, "2026-11-21 17:00")]  # two days in Kuala Lumpur, one in UTC
    moved = fact(0, "2026-11-20 09:00", "member_changed", data={"zone": "UTC"})
    seen_at = at("2026-11-21 18:00")
    assert running(run(BOOK, *facts, zone=KUALA_LUMPUR).standing, "days", KUALA_LUMPUR, seen_at) == 2
    assert running(run(BOOK, moved, *facts, zone=KUALA_LUMPUR).standing, "days", KUALA_LUMPUR, seen_at) == 1


def test_a_late_fact_heals_a_streak() -> None:
    days = [fact(number, f"2026-11-{20 + number} 09:00") for number in range(3)]
    seen_at = at("2026-11-22 10:00")
    assert running(run(BOOK, days[0], days[2]).standing, "days", "UTC", seen_at) == 1
    assert running(run(BOOK, *days).standing, "days", "UTC", seen_at) == 3


def test_a_move_over_the_date_line_neither_breaks_a_streak_nor_counts_a_day_twice() -> None:
    west = zone("Pacific/Pago_Pago").day(at("2026-11-21 12:00"))
    east = zone("Pacific/Kiritimati").day(west.end)
    assert east.number == west.number + 2
    standing = Standing.new()
    assert extend(standing, "days", west)
    assert extend(standing, "days", east)
    assert not extend(standing, "days", zone("Pacific/Pago_Pago").day(west.end))
    assert standing.streaks["days"][0] == 2


def test_a_new_zone_counts_from_the_next_local_midnight() -> None:
    moved = fact(1, "2026-11-20 10:00", "member_changed", data={"zone": "Pacific/Kiritimati"})
    facts = [fact(0, "2026-11-20 09:00"), moved, fact(2, "2026-11-20 11:00")]  # the 21st there, still the 20th
    standing = run(BOOK, *facts).standing
    assert standing.streaks["days"][0] == 1
    assert run(BOOK, *facts, fact(3, "2026-11-21 09:00")).standing.streaks["days"][0] == 2
