"""The fold's own business: eras, time that passes between facts, checkpoints, and Setia's own facts."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.days import DAY
from rules_engine.effects import ADJUSTMENT, AWARD, REDEMPTION
from rules_engine.facts import ROLE_GIVEN
from rules_engine.fold import Era, fold, reached
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import ADA, BEN, KUALA_LUMPUR, at, fact, given, rulebook, run

ONE_POINT, TWO_POINTS = rulebook({"gives": {"points": 1}}), rulebook({"gives": {"points": 2}})


def test_a_fact_is_governed_by_the_newest_era_that_began_at_or_before_it() -> None:
    eras = [
        Era(100, ONE_POINT, "UTC"),
        Era(200, TWO_POINTS, "UTC"),
        Era(200, ONE_POINT, "UTC"),
        Era(300, TWO_POINTS, "UTC"),
    ]
    facts = [fact(number, when) for number, when in enumerate([99, 100, 199, 200, 300])]
    outcome = fold(eras, ADA, Standing.new(), facts, 400)
    assert [(effect.at, effect.amount) for effect in outcome.effects] == [(100, 1), (199, 1), (200, 1), (300, 2)]
    assert outcome.standing.era == 300


def test_before_the_first_era_only_setias_own_facts_count() -> None:
    adjusted = fact(1, 60, "points_adjusted", data={"points": 5, "currency": "points"})
    outcome = fold([Era(100, ONE_POINT, "UTC")], ADA, Standing.new(), [fact(0, 50), adjusted], 99)
    assert [effect.rule for effect in outcome.effects] == [ADJUSTMENT]
    assert outcome.standing.era == -1


def test_without_any_era_a_fold_still_counts_facts() -> None:
    standing = fold([], ADA, Standing.new(), [fact(0, 50)], 60).standing
    assert (standing.count, standing.at, standing.key, standing.through) == (1, 50, "key:0000", 60)


def test_facts_after_as_of_do_not_occur() -> None:
    outcome = run(ONE_POINT, fact(0, 50), fact(1, 51), as_of=50)
    assert (outcome.standing.count, outcome.standing.through) == (1, 50)


def test_what_is_due_at_the_instant_of_a_fact_is_done_before_it() -> None:
    book = rulebook({"gives": {"points": 5, "expires_after": "1d"}})
    spend = fact(
        1, at("2026-11-24 00:00"), "redemption_held", data={"redemption": "r", "points": 5, "currency": "points"}
    )
    outcome = run(book, fact(0, "2026-11-22 10:00"), spend)
    assert [(effect.rule, effect.credit) for effect in outcome.effects[1:]] == [
        ("expiry", "expired"),
        (REDEMPTION, "held"),
    ]
    assert outcome.standing.debt == {"points": 5}


def test_a_standing_says_when_time_last_changed_it_and_when_it_will_again() -> None:
    book = rulebook({"gives": {"points": 5, "expires_after": "1d"}})
    early = run(book, fact(0, "2026-11-22 10:00"), as_of=at("2026-11-23 23:59")).standing
    assert early.next_due_at() == at("2026-11-24 00:00")
    assert early.stepped_at == 0
    late = run(book, fact(0, "2026-11-22 10:00"), as_of=at("2026-12-24 00:00")).standing
    assert late.next_due_at() is None
    assert late.stepped_at == at("2026-11-24 00:00")


def test_the_expiry_of_one_day_is_one_effect_a_currency() -> None:
    book = rulebook({"gives": {"points": 5, "expires_after": "1d"}})
    facts = [fact(0, "2026-11-22 10:00"), fact(1, "2026-11-22 18:00"), fact(2, "2026-11-23 10:00")]
    outcome = run(book, *facts, as_of=at("2026-12-24 00:00"))
    expiries = [(e.occasion, e.amount, e.at) for e in outcome.effects if e.rule == "expiry"]
    assert expiries == [
        ("expiry:points@2026-11-24", 10, at("2026-11-24 00:00")),
        ("expiry:points@2026-11-25", 5, at("2026-11-25 00:00")),
    ]
    assert reached(outcome.standing) == {"expiry:points": "2026-11-25"}


def moved_west() -> list[Era]:
    """A community that moves from UTC+14 to UTC-11 a quarter past its midnight, so that a date comes twice."""
    book = rulebook({"gives": {"points": 5, "expires_after": "1d"}})
    return [Era(0, book, "Pacific/Kiritimati"), Era(at("2026-11-21 10:15"), book, "Pacific/Pago_Pago")]


def test_two_midnights_of_one_date_after_a_change_of_zone_are_two_occasions() -> None:
    facts = [fact(0, "2026-11-20 09:00"), fact(1, "2026-11-21 10:30")]
    outcome = fold(moved_west(), ADA, Standing.new(), facts, at("2026-12-24 00:00"))
    expiries = [(effect.occasion, effect.at) for effect in outcome.effects if effect.rule == "expiry"]
    assert expiries == [
        ("expiry:points@2026-11-22", at("2026-11-21 10:00")),
        ("expiry:points@2026-11-23", at("2026-11-22 11:00")),
    ]


def test_the_windows_of_scores_never_go_back() -> None:
    facts = [fact(0, "2026-11-21 10:05"), fact(1, "2026-11-21 10:30")]
    outcome = fold(moved_west(), ADA, Standing.new(), facts, facts[-1].at)
    assert outcome.standing.scores["points"]["day"][:2] == ["2026-11-22", 10]


def test_of_two_eras_that_begin_at_one_instant_the_older_gives_nothing() -> None:
    rare, often = rulebook({"count": {"every": 100}}), rulebook({"count": {"every": 1}})
    eras = [Era(0, rare, "UTC"), Era(200, often, "UTC"), Era(200, rare, "UTC")]
    assert fold(eras, ADA, Standing.new(), [fact(0, 0)], 300).effects == []


def test_a_checkpoint_does_not_depend_on_how_far_time_had_been_folded() -> None:
    facts = [fact(number, number) for number in range(128)]
    eras = [Era(0, ONE_POINT, "UTC")]
    ahead = fold(eras, ADA, Standing.new(), facts[:127], 5_000).standing
    assert fold(eras, ADA, ahead, facts[127:], 5_000).checkpoints == run(ONE_POINT, *facts).checkpoints


def test_checkpoints_come_after_every_128th_fact_with_the_trailing_zeros_as_slot() -> None:
    outcome = run(ONE_POINT, *(fact(number, number) for number in range(128 * 4 + 5)))
    assert [(slot, when) for slot, when, _, _ in outcome.checkpoints] == [(0, 127), (1, 255), (0, 383), (2, 511)]
    assert Standing.load(outcome.checkpoints[0][3]).count == 128


def test_an_idle_member_enters_the_lowest_tier_and_is_never_due_for_it() -> None:
    book = rulebook(tiers={"period": "month", "levels": [{"key": "member", "reach": 0}]})
    standing = fold([Era(0, book, "UTC")], ADA, Standing.new(), [], DAY).standing
    assert standing.tier_key == "member"
    assert standing.next_due_at() is None


def test_staff_are_in_no_tier_and_a_person_again_is_back_in_theirs() -> None:
    book = rulebook({}, tiers={"levels": [{"key": "member", "reach": 1}]})
    role = [fact(number, number, ROLE_GIVEN, data={"role": role}) for number, role in [(1, "staff"), (2, "person")]]
    assert run(book, fact(0, 0), role[0]).standing.tier_key is None
    assert run(book, fact(0, 0), *role).standing.tier_key == "member"


def test_a_hold_remembers_its_lots_and_a_release_gives_them_back() -> None:
    book = rulebook({"gives": {"points": 5, "expires_after": "10d"}}, {"gives": {"points": 3}})
    held = fact(1, "2026-11-23 10:00", "redemption_held", data={"redemption": "r", "points": 6, "currency": "points"})
    back = fact(2, "2026-11-24 10:00", "redemption_released", data={"redemption": "r"})
    before = run(book, fact(0, "2026-11-22 10:00")).standing.lots
    assert run(book, fact(0, "2026-11-22 10:00"), held).standing.lots == {"points": [[None, 0, 2]]}
    outcome = run(book, fact(0, "2026-11-22 10:00"), held, back)
    assert outcome.standing.lots == before
    assert [(e.effect, e.debit, e.credit, e.amount) for e in outcome.effects[2:]] == [
        ("hold:points", "member", "held", 6),
        ("release:points", "held", "member", 6),
    ]


def test_a_release_of_more_than_there_was_leaves_the_lots_as_they_were() -> None:
    book = rulebook({"gives": {"points": 5, "expires_after": "30d"}})
    facts = [fact(0, 0), fact(1, 1, "points_adjusted", data={"points": -2, "currency": "points"})]
    hold = {"redemption": "red", "points": 8, "currency": "points"}
    held = [fact(2, 2, "redemption_held", data=hold), fact(3, 3, "redemption_released", data=hold)]
    before, after = (run(book, *some, as_of=3).standing for some in (facts, [*facts, *held]))
    assert before.lots == after.lots == {"points": [[30 * DAY, 0, 3]]}
    assert after.debt == {}


def test_a_redemption_that_is_not_open_is_neither_settled_nor_released() -> None:
    ends = [
        fact(n, n, kind, data={"redemption": "r"})
        for n, kind in enumerate(["redemption_settled", "redemption_released"])
    ]
    assert run(ONE_POINT, *ends).effects == []


def test_what_setia_did_itself_can_be_read_as_decisions() -> None:
    adjusted = fact(0, 0, "points_adjusted", data={"points": -5, "currency": "points"})
    awarded = fact(1, 1, "badge_given", data={"badge": "medal", "level": 2})
    outcome = run(ONE_POINT, adjusted, awarded)
    assert [(decision.rule, decision.effects) for decision in outcome.decisions] == [
        (ADJUSTMENT, [{"points": -5, "currency": "points"}]),
        (AWARD, [{"badge": "medal", "level": 2}]),
    ]


def test_a_badge_given_by_hand_stays_when_its_needs_are_no_longer_met() -> None:
    tiers = {"period": "month", "levels": [{"key": "member", "reach": 0}, {"key": "gold", "reach": 1}]}
    book = rulebook({}, badges=[{"key": "card", "needs": {"tier": "gold"}}], tiers=tiers)
    awarded = fact(1, 1, "badge_given", data={"badge": "card"})
    later = at("1970-03-01 00:00")
    assert "card" not in run(book, fact(0, 0), as_of=later).standing.badges
    assert "card" in run(book, fact(0, 0), awarded, as_of=later).standing.badges


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("points_adjusted", {}),
        ("points_adjusted", {"points": "5", "currency": "points"}),
        ("points_adjusted", {"points": True, "currency": "points"}),
        ("points_adjusted", {"points": 5, "currency": ["points"]}),
        ("redemption_held", {"redemption": "r", "points": -5, "currency": "points"}),
        ("redemption_released", {"redemption": ["r"]}),
        ("badge_given", {"badge": 5}),
        ("role_given", {"role": ["staff"]}),
        ("role_given", {"role": "king"}),
        ("member_changed", {"zone": "Nowhere", "groups": "all", "attributes": [1]}),
        ("member_changed", {"zone": 5}),
    ],
    ids=str,
)
def test_a_fact_that_says_nothing_usable_changes_nothing(kind: str, data: dict[str, Any]) -> None:
    outcome = run(ONE_POINT, fact(0, 0, kind, data=data))
    assert outcome.effects == []
    assert outcome.decisions == []
    assert outcome.standing.dump() == run(ONE_POINT, fact(0, 0, "redemption_settled")).standing.dump()


@pytest.mark.parametrize("undone_by", ["author", "moderator", "counterparty", "platform"])
def test_a_fact_of_setias_own_that_is_undone_is_absent(undone_by: str) -> None:
    adjusted = fact(0, 0, "points_adjusted", data={"points": 5, "currency": "points"}, undone_by=undone_by)
    assert run(ONE_POINT, adjusted).effects == []


def test_facts_of_others_in_which_the_member_does_not_earn_bring_no_decision() -> None:
    assert run(ONE_POINT, fact(0, 0, actor=BEN, beneficiary=ADA)).decisions == []


def test_points_rounded_down_never_become_nothing_unnoticed() -> None:
    nothing = rulebook({"gives": {"points": {"base": 0, "plus": {"per": "data.length", "each": 2, "at_most": 9}}}})
    (decision,) = run(nothing, fact(0, 0)).decisions
    assert (decision.outcome, decision.code) == ("refused", "nothing_to_give")
    assert given(run(nothing, fact(0, 0, data={"length": 2}))) == [{"points": 4, "currency": "points"}]


def test_scores_are_cut_in_the_communitys_zone() -> None:
    outcome = run(ONE_POINT, fact(0, "2026-12-31 16:00"), zone=KUALA_LUMPUR)
    first = at("2026-12-31 16:00")
    assert outcome.standing.scores["points"] == {
        "all": ["all", 1, first],
        "month": ["2027-01", 1, first],
        "week": ["2026-W53", 1, first],
        "day": ["2027-01-01", 1, first],
    }
