"""Tiers: the warning before a fall, what is at risk, and the lock of a person's hand."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine import tiers
from rules_engine.days import DAY, zone
from rules_engine.effects import TIER_LOCK
from rules_engine.facts import ROLE_GIVEN, TIER_LOCKED, TIER_UNLOCKED, Fact
from rules_engine.fold import Era, fold
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import ADA, at, fact, problems_of, rulebook, run

LEVELS = [
    {"key": "member", "reach": 0},
    {"key": "silver", "reach": 2, "keep": 1},
    {"key": "gold", "reach": 3, "keep": 3},
]
NOVEMBER = ["2026-11-02 10:00", "2026-11-03 10:00", "2026-11-04 10:00"]


def monthly(**parts: Any) -> Rulebook:
    return rulebook({}, tiers={"period": "month", "warn_before": "14d", "levels": LEVELS, **parts})


def gold(book: Rulebook, *more: Fact, as_of: str) -> Standing:
    """Ada, who came into gold in November."""
    facts = [fact(n, when) for n, when in enumerate(NOVEMBER)]
    return run(book, *facts, *more, as_of=at(as_of)).standing


def risk(book: Rulebook, standing: Standing) -> tiers.Risk | None:
    assert book.tiers is not None
    return tiers.risk(book.tiers, standing, zone("UTC"), standing.through)


def locked(number: int, when: str, tier: str | None = "silver", **data: Any) -> Fact:
    kind = TIER_UNLOCKED if tier is None else TIER_LOCKED
    return fact(number, when, kind, data={"tier": tier, "reason": "so it was decided", **data})


def test_who_is_short_of_keeping_a_tier_is_warned_once_before_the_period_ends() -> None:
    book = monthly()
    assert risk(book, gold(book, as_of="2026-12-17 23:59")) is None
    warned = gold(book, as_of="2026-12-18 00:00")
    assert warned.tier["warned_at"] == warned.stepped_at == at("2026-12-18 00:00")
    assert risk(book, warned) == tiers.Risk("member", at("2027-01-01 00:00"), 3)
    assert gold(book, as_of="2026-12-31 23:59").tier["warned_at"] == at("2026-12-18 00:00")
    assert gold(book, as_of="2027-01-01 00:00").tier_key == "member"


def test_whoever_earns_enough_is_not_at_risk() -> None:
    book = monthly()
    early = [fact(n, f"2026-12-{n} 10:00") for n in (10, 11, 12)]
    assert "warned_at" not in gold(book, *early, as_of="2026-12-18 00:00").tier
    late = [fact(n, f"2026-12-{n} 10:00") for n in (10, 18, 20)]
    assert risk(book, gold(book, *late[:2], as_of="2026-12-19 00:00")) == tiers.Risk(
        "silver", at("2027-01-01 00:00"), 1
    )
    kept = gold(book, *late, as_of="2027-01-01 00:00")
    assert kept.tier_key == "gold"
    assert "warned_at" not in kept.tier


def test_within_the_grace_the_fall_is_when_that_ends() -> None:
    book = monthly(grace="10d")
    assert risk(book, gold(book, as_of="2026-12-20 00:00")) == tiers.Risk("member", at("2027-01-11 00:00"), 3)
    graced = gold(book, as_of="2027-01-05 00:00")
    assert risk(book, graced) == tiers.Risk("member", at("2027-01-11 00:00"), 3)
    lifted = gold(book, fact(8, "2027-01-02 10:00"), fact(9, "2027-01-03 10:00"), as_of="2027-01-05 00:00")
    assert risk(book, lifted) == tiers.Risk("silver", at("2027-01-11 00:00"), 1)


def test_without_a_warning_nothing_is_due_before_the_period_ends() -> None:
    standing = gold(rulebook({}, tiers={"period": "month", "levels": LEVELS}), as_of="2026-12-05 00:00")
    assert standing.next_due_at() == at("2027-01-01 00:00")
    assert gold(monthly(), as_of="2026-12-05 00:00").next_due_at() == at("2026-12-18 00:00")


def test_a_rulebook_that_warns_is_told_late_of_who_is_short_by_then() -> None:
    silent = rulebook({}, tiers={"period": "month", "levels": LEVELS})
    facts = [fact(n, when) for n, when in enumerate(NOVEMBER)]
    eras = [Era(0, silent, "UTC"), Era(at("2026-12-20 00:00"), monthly(), "UTC")]
    standing = fold(eras, ADA, Standing.new(), facts, at("2026-12-21 00:00")).standing
    assert standing.tier["warned_at"] == at("2026-12-20 00:00")
    again = [*eras, Era(at("2026-12-24 00:00"), monthly(), "UTC")]
    assert fold(again, ADA, Standing.new(), facts, at("2026-12-25 00:00")).standing.tier == standing.tier


def test_a_locked_member_neither_rises_nor_falls() -> None:
    lock = locked(5, "2026-11-05 10:00")
    assert gold(monthly(), lock, as_of="2026-11-05 10:00").tier_key == "silver"
    assert gold(monthly(), lock, as_of="2027-06-01 00:00").tier_key == "silver"
    more = [fact(n, f"2026-12-{n} 10:00") for n in (10, 11, 12)]
    standing = gold(monthly(), lock, *more, as_of="2026-12-20 00:00")
    assert (standing.tier_key, standing.tier_since_at) == ("silver", at("2026-11-05 10:00"))


def test_a_lock_shows_no_risk() -> None:
    book = monthly()
    assert risk(book, gold(book, locked(5, "2026-11-05 10:00"), as_of="2026-12-20 00:00")) is None


def test_when_the_lock_is_taken_off_the_member_is_where_the_ladder_has_them() -> None:
    lock, off = locked(5, "2026-11-05 10:00", "member"), locked(6, "2026-11-08 10:00", None)
    standing = gold(monthly(), lock, off, as_of="2026-11-09 00:00")
    assert (standing.tier_key, standing.tier_since_at) == ("gold", at("2026-11-08 10:00"))
    fallen = gold(monthly(), lock, locked(6, "2027-02-08 10:00", None), as_of="2027-02-09 00:00")
    assert fallen.tier_key == "member"


def test_a_lock_ends_by_itself_when_it_was_given_an_end() -> None:
    lock = locked(5, "2026-11-05 10:00", until=at("2026-11-10 00:00"))
    before = gold(monthly(), lock, as_of="2026-11-09 23:59")
    assert (before.tier_key, before.next_due_at()) == ("silver", at("2026-11-10 00:00"))
    after = gold(monthly(), lock, as_of="2026-11-10 00:00")
    assert (after.tier_key, after.tier_since_at) == ("gold", at("2026-11-10 00:00"))
    assert after.stepped_at == at("2026-11-10 00:00")


def test_badges_that_need_a_tier_go_by_the_locked_one() -> None:
    badges = [{"key": "card", "needs": {"tier": "gold"}}]
    book = rulebook({}, badges=badges, tiers={"period": "month", "levels": LEVELS})
    lock, off = locked(5, "2026-11-05 10:00"), locked(6, "2026-11-06 10:00", None)
    assert "card" in gold(book, as_of="2026-11-05 10:00").badges
    assert "card" not in gold(book, lock, as_of="2026-11-05 12:00").badges
    assert "card" in gold(book, lock, off, as_of="2026-11-06 12:00").badges


def test_a_lock_outlasts_publications_as_long_as_there_is_the_tier() -> None:
    facts = [*(fact(n, when) for n, when in enumerate(NOVEMBER)), locked(5, "2026-11-05 10:00")]
    fewer = rulebook({}, tiers={"levels": [LEVELS[0]]})
    same = Era(at("2026-11-06 00:00"), monthly(grace="3d"), "UTC")
    gone = Era(at("2026-11-07 00:00"), fewer, "UTC")
    first = Era(0, monthly(), "UTC")
    until = at("2026-11-08 00:00")
    assert fold([first, same], ADA, Standing.new(), facts, until).standing.tier_key == "silver"
    left = fold([first, same, gone], ADA, Standing.new(), facts, until).standing
    assert (left.tier_key, left.tier_lock) == ("member", None)


def test_staff_are_in_no_tier_even_when_one_is_locked() -> None:
    lock = locked(5, "2026-11-05 10:00")
    staff = fact(6, "2026-11-06 10:00", ROLE_GIVEN, data={"role": "staff"})
    person = fact(7, "2026-11-07 10:00", ROLE_GIVEN, data={"role": "person"})
    assert gold(monthly(), lock, staff, as_of="2026-11-06 12:00").tier_key is None
    assert gold(monthly(), lock, staff, person, as_of="2026-11-07 12:00").tier_key == "silver"


@pytest.mark.parametrize(
    "data",
    [
        {"tier": "platinum"},
        {"tier": ["gold"]},
        {"until": at("2026-11-01 00:00")},
        {"until": "tomorrow"},
        {"until": True},
    ],
    ids=str,
)
def test_a_lock_that_says_nothing_usable_changes_nothing(data: dict[str, Any]) -> None:
    lock = locked(5, "2026-11-05 10:00")
    standing = gold(monthly(), lock._replace(data={**lock.data, **data}), as_of="2026-11-05 12:00")
    assert (standing.tier_key, standing.tier_lock) == ("gold", None)


def test_what_a_person_decided_about_the_tier_can_be_read() -> None:
    facts = [fact(0, NOVEMBER[0]), locked(5, "2026-11-05 10:00"), locked(6, "2026-11-06 10:00", None)]
    outcome = run(monthly(), *facts)
    said = [(one.rule, one.effects, one.found) for one in outcome.decisions if one.rule == TIER_LOCK]
    assert said == [
        (TIER_LOCK, [{"tier": "silver"}], "so it was decided"),
        (TIER_LOCK, [{"tier": None}], "so it was decided"),
    ]


@pytest.mark.parametrize(("period", "warn_before"), [("month", "28d"), ("quarter", "90d"), ("ever", "1d")])
def test_a_warning_lies_within_the_period(period: str, warn_before: str) -> None:
    ladder = {"period": period, "warn_before": warn_before, "levels": LEVELS}
    (problem,) = problems_of({"tiers": ladder})
    assert (problem.pointer, problem.code) == ("/tiers/warn_before", "out_of_range")


def test_a_standing_with_a_lock_and_a_warning_goes_on_as_if_it_had_never_been_stored() -> None:
    lock = locked(5, "2026-11-05 10:00", until=at("2026-12-20 00:00"))
    facts = [*(fact(n, when) for n, when in enumerate(NOVEMBER)), lock]
    eras = [Era(0, monthly(grace="10d"), "UTC")]
    straight = fold(eras, ADA, Standing.new(), facts, at("2027-03-01 00:00")).standing.dump()
    for day in range(0, 100, 3):
        half = fold(eras, ADA, Standing.new(), facts, facts[-1].at + day * DAY).standing
        rest = fold(eras, ADA, Standing.load(half.dump()), [], at("2027-03-01 00:00")).standing
        assert rest.dump() == straight


def test_a_period_that_was_judged_is_not_judged_again_when_the_community_moves_west() -> None:
    book, kiritimati = monthly(), "Pacific/Kiritimati"
    moves_at = at("2026-12-01 10:00", kiritimati)
    eras = [Era(0, book, kiritimati), Era(moves_at, book, "Pacific/Honolulu")]
    facts = [fact(n, when) for n, when in enumerate(NOVEMBER)]
    facts += [fact(9, at("2026-12-01 08:00", kiritimati)), fact(10, at("2026-11-30 12:00", "Pacific/Honolulu"))]
    standing = fold(eras, ADA, Standing.new(), facts, at("2026-12-20 10:00")).standing
    assert standing.tier_key == "gold"
    assert standing.tier["judged_at"] == at("2027-01-01 00:00", "Pacific/Honolulu")
    assert tiers.score(book.tiers, standing, zone("Pacific/Honolulu").day(moves_at)) == 2  # type: ignore[arg-type]  # it has tiers


def test_what_is_earned_right_after_the_community_moved_west_lifts_at_once() -> None:
    book, kiritimati = monthly(), "Pacific/Kiritimati"
    eras = [Era(0, book, kiritimati), Era(at("2026-12-01 10:00", kiritimati), book, "Pacific/Honolulu")]
    facts = [fact(n, at(f"2026-12-01 {hour}:00", kiritimati)) for n, hour in enumerate(("08", "11"))]
    assert fold(eras, ADA, Standing.new(), facts, facts[-1].at).standing.tier_key == "silver"


def test_a_publication_takes_no_tier_for_a_badge_that_went_after_it_was_reached() -> None:
    book = rulebook(
        {"gives": {"points": 5}},
        badges=[{"key": "medal"}],
        tiers={"levels": [{"key": "member", "reach": 0}, {"key": "gold", "reach": 5, "needs_badges": ["medal"]}]},
    )
    given, taken = (fact(n, n, f"badge_{word}", data={"badge": "medal"}) for n, word in ((0, "given"), (2, "taken")))
    facts = [given, fact(1, 1), taken]
    once = fold([Era(0, book, "UTC")], ADA, Standing.new(), facts, 20).standing
    again = fold([Era(0, book, "UTC"), Era(10, book, "UTC")], ADA, Standing.new(), facts, 20).standing
    assert (once.tier_key, once.tier_since_at) == (again.tier_key, again.tier_since_at) == ("gold", 1)
