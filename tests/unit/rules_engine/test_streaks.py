"""Streaks as they are read: running, lapsed, bridged, and in whose days."""

from __future__ import annotations

import pytest

from rules_engine.days import zone
from rules_engine.standing import Standing
from rules_engine.streaks import DAY, Running, Streak, extend
from rules_engine.streaks import running as running_of
from tests.unit.rules_engine.builders import KUALA_LUMPUR, at, fact, given, rulebook, run

BOOK = rulebook({"key": "days", "streak": {"days": 7}})
DAYS = Streak(DAY, 7)
FORGIVING = rulebook({"key": "days", "streak": {"days": 3, "freezes": {"most": 2, "per": "month"}}})


def running(standing: Standing, rule: str, zone_name: str, seen_at: int) -> int:
    return running_of(DAYS, standing, rule, zone_name, seen_at).length


def left(standing: Standing, read_at: str) -> Running:
    """What of the forgiving streak is running at an instant."""
    terms = FORGIVING.rules[0].terms
    assert isinstance(terms, Streak)
    return running_of(terms, standing, "days", "UTC", at(read_at))


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
    samoa, line = zone("Pacific/Pago_Pago"), zone("Pacific/Kiritimati")
    assert extend(DAYS, standing, "days", west, samoa)
    assert extend(DAYS, standing, "days", east, line)
    assert not extend(DAYS, standing, "days", samoa.day(west.end), samoa)
    assert standing.streaks["days"][0] == 2


def test_a_new_zone_counts_from_the_next_local_midnight() -> None:
    moved = fact(1, "2026-11-20 10:00", "member_changed", data={"zone": "Pacific/Kiritimati"})
    facts = [fact(0, "2026-11-20 09:00"), moved, fact(2, "2026-11-20 11:00")]  # the 21st there, still the 20th
    standing = run(BOOK, *facts).standing
    assert standing.streaks["days"][0] == 1
    assert run(BOOK, *facts, fact(3, "2026-11-21 09:00")).standing.streaks["days"][0] == 2


def test_missed_days_are_bridged_while_freezes_are_left_and_do_not_lengthen_the_streak() -> None:
    days = [fact(number, f"2026-11-{day} 09:00") for number, day in enumerate([20, 22, 24])]
    outcome = run(FORGIVING, *days)
    assert given(outcome) == [{"points": 1, "currency": "points"}]
    assert left(outcome.standing, "2026-11-25 09:00") == Running(3, 0)
    assert left(outcome.standing, "2026-11-26 09:00") == Running(0, 0)


def test_a_gap_that_the_freezes_cannot_bridge_costs_none_of_them() -> None:
    standing = run(FORGIVING, fact(0, "2026-11-02 09:00"), fact(1, "2026-11-06 09:00")).standing
    assert left(standing, "2026-11-06 10:00") == Running(1, 2)


def test_a_missed_day_uses_a_freeze_of_the_month_in_which_it_lies() -> None:
    missed = [fact(0, "2026-10-29 09:00"), fact(1, "2026-11-02 09:00")]  # two in October, one in November
    standing = run(FORGIVING, *missed).standing
    assert left(standing, "2026-11-02 10:00") == Running(2, 1)
    assert left(standing, "2026-11-04 10:00") == Running(2, 0)  # the third is being missed, which is bridged so far
    assert left(standing, "2026-11-05 10:00") == Running(0, 1)


def test_freezes_are_spoken_of_before_the_first_day_and_are_whole_again_next_month() -> None:
    assert left(Standing.new(), "2026-11-02 09:00") == Running(0, 2)
    days = [fact(day, f"2026-11-{day} 09:00") for day in range(20, 31) if day != 21]
    standing = run(FORGIVING, *days).standing
    assert left(standing, "2026-11-30 10:00") == Running(10, 1)
    assert left(standing, "2026-12-01 10:00") == Running(10, 2)


def test_a_late_fact_gives_the_freeze_back() -> None:
    days = [fact(0, "2026-11-20 09:00"), fact(2, "2026-11-22 09:00")]
    assert left(run(FORGIVING, *days).standing, "2026-11-22 10:00") == Running(2, 1)
    healed = run(FORGIVING, days[0], fact(1, "2026-11-21 09:00"), days[1]).standing
    assert left(healed, "2026-11-22 10:00") == Running(3, 2)


def test_a_date_that_the_zone_skipped_is_not_missed() -> None:
    # Samoa went from the 29th of December 2011 to the 31st.
    facts = [fact(0, at("2011-12-29 09:00", "Pacific/Apia")), fact(1, at("2011-12-31 09:00", "Pacific/Apia"))]
    standing = run(FORGIVING, *facts, zone="Pacific/Apia").standing
    assert standing.streaks["days"][0] == 2
    assert len(standing.streaks["days"]) == 3


@pytest.mark.parametrize(
    "days", [("2026-03-28", "2026-03-29", "2026-03-30"), ("2026-10-24", "2026-10-25", "2026-10-26")]
)
@pytest.mark.parametrize("time", ["00:00", "23:59"])
def test_a_day_of_23_or_25_hours_is_a_day(days: tuple[str, ...], time: str) -> None:
    facts = [fact(number, at(f"{day} {time}", "Europe/Berlin")) for number, day in enumerate(days)]
    assert run(BOOK, *facts, zone="Europe/Berlin").standing.streaks["days"][0] == 3


def test_weeks_in_a_row_are_iso_weeks_and_may_be_missed_by_the_month() -> None:
    book = rulebook({"key": "weeks", "streak": {"weeks": 3, "freezes": {"most": 1, "per": "month"}}})
    facts = [fact(0, "2026-11-01 09:00"), fact(1, "2026-11-02 09:00"), fact(2, "2026-11-08 09:00")]
    assert run(book, *facts).standing.streaks["weeks"][0] == 2  # a Sunday, and the week from the Monday after it
    later = [*facts, fact(3, "2026-11-22 09:00")]  # the week of the 9th is missed
    outcome = run(book, *later)
    assert [effect.occasion for effect in outcome.effects] == ["weeks:streak-week@2026-11-16"]
    assert run(book, *later, fact(4, "2026-12-06 09:00")).standing.streaks["weeks"][0] == 1  # a second one in November
