"""Forms of rules: what is remembered and how little, and boosts that stack by what they say."""

from __future__ import annotations

import random
from typing import Any

import pytest

from rules_engine.amounts import MAX_POINTS
from rules_engine.days import DAY
from rules_engine.fields import KINDS
from rules_engine.fold import Era, fold
from rules_engine.forms import FORMS, SINGLE
from rules_engine.parse import parse
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import ADA, BEN, fact, given, rulebook, run


@pytest.mark.parametrize("form", [name for name in FORMS if name != SINGLE])
def test_the_example_of_every_form_is_one(form: str) -> None:
    shown = FORMS[form]
    rule: dict[str, Any] = {"key": "a", form: shown.example}
    if shown.on:
        rule["on"] = "breach_confirmed" if form == "conduct" else "post_created"
    if shown.gives:
        rule["gives"] = [{"points": 1}, {"points": 2, "currency": "stars"}, {"badge": "b"}]
    document = {"rules": [rule], "badges": [{"key": "b"}], "currencies": [{"key": "points"}, {"key": "stars"}]}
    assert parse(document, KINDS).rules[0].form == form


def test_a_late_fact_heals_a_challenge_and_the_last_step_is_its_evidence() -> None:
    steps = [{"key": "ask", "on": "question_asked"}, {"key": "post", "on": "post_created"}]
    book = rulebook({"key": "both", "on": None, "challenge": {"steps": steps, "within": "2d"}})
    early, last = fact(0, "2026-11-20 09:00", "question_asked"), fact(2, "2026-11-22 09:00")
    assert given(run(book, early, last)) == []
    late = fact(1, "2026-11-21 09:00", "question_asked")
    (effect,) = run(book, early, late, last).effects
    assert (effect.occasion, effect.fact) == ("both:challenge@0000000001", last.id)


def test_a_challenge_is_done_by_the_tightest_stretch_whatever_lapsed_before() -> None:
    steps = [{"key": "ask", "on": "question_asked", "times": 2}, {"key": "post", "on": "post_created", "times": 2}]
    book = rulebook({"key": "c", "on": None, "challenge": {"steps": steps, "within": "4d", "repeats": True}})
    chance = random.Random(7)
    for _ in range(200):
        kinds = ["question_asked", "post_created"]
        days = sorted(chance.randrange(20) for _ in range(12))
        facts = [fact(number, day * DAY + number, chance.choice(kinds)) for number, day in enumerate(days)]
        done, since = 0, 0
        for number, last in enumerate(facts):
            window = [one for one in facts[since : number + 1] if one.at // DAY > last.at // DAY - 4]
            if all(sum(one.kind == kind for one in window) >= 2 for kind in kinds):
                done, since = done + 1, number + 1
        assert len(run(book, *facts).effects) == done


def test_a_challenge_and_a_diversity_at_their_bounds_keep_a_standing_small() -> None:
    steps = [{"key": f"step-{number}", "on": "post_created", "times": 10} for number in range(9)]
    book = rulebook(
        {"key": "c", "on": None, "challenge": {"steps": [*steps, {"key": "never", "on": "question_asked"}]}},
        {"key": "c2", "on": None, "challenge": {"steps": [*steps, {"key": "x", "on": "pr_merged"}], "within": "90d"}},
        {"key": "d", "diversity": {"of": "counterparty", "at": [500]}},
    )
    facts = [fact(number, number * DAY, beneficiary=f"mem_{number:026}") for number in range(600)]
    outcome = run(book, *facts)
    assert len(outcome.standing.different["d"][1]) == 500 * len("AAAAAAAA")
    assert len(outcome.standing.dump()) < 8_000


def test_levels_that_a_new_rulebook_adds_below_what_was_met_are_given_when_it_comes_into_force() -> None:
    def book(*at_levels: int) -> Any:
        return rulebook({"key": "d", "diversity": {"of": "counterparty", "at": list(at_levels)}})

    facts = [fact(number, number, beneficiary=f"mem_{number}") for number in range(3)]
    outcome = fold([Era(0, book(2, 9), "UTC"), Era(10, book(2, 3, 9), "UTC")], ADA, Standing.new(), facts, 20)
    assert [(effect.occasion, effect.at) for effect in outcome.effects] == [
        ("d:diversity-ever@0000000002", 1),
        ("d:diversity-ever@0000000003", 10),
    ]


def test_other_terms_of_a_rule_forget_what_the_old_ones_counted() -> None:
    first = rulebook({"key": "d", "diversity": {"of": "counterparty", "at": [2]}})
    second = rulebook({"key": "d", "diversity": {"of": "object.id", "at": [2]}})
    facts = [fact(0, 0, beneficiary=BEN), fact(1, 20, object={"id": "a"})]
    standing = fold([Era(0, first, "UTC"), Era(10, second, "UTC")], ADA, Standing.new(), facts, 20).standing
    assert len(standing.different["d"][1]) == len("AAAAAAAA")


@pytest.mark.parametrize(
    ("by", "percents", "points"), [("sum", (150, 120), 17), ("highest", (150, 120), 15), ("first", (120, 150), 12)]
)
def test_boosts_stack_as_they_say(by: str, percents: tuple[int, int], points: int) -> None:
    boosts = [
        {"key": f"boost-{n}", "boost": {"percent": percent, "of": "all"}, "stacks": {"group": "g", "by": by}}
        for n, percent in enumerate(percents)
    ]
    book = rulebook({"key": "post", "gives": {"points": 10}}, *boosts)
    assert [effect.amount for effect in run(book, fact(0, 0)).effects] == [points]


def test_a_boost_never_makes_less_of_an_amount_that_is_as_large_as_it_may_be() -> None:
    most = {"base": MAX_POINTS, "plus": {"per": "data.length", "each": MAX_POINTS, "at_most": MAX_POINTS}}
    plain = {"key": "post", "gives": {"points": most}}
    for rules in ([plain], [plain, {"boost": {"percent": 150, "of": "all"}}]):
        outcome = run(rulebook(*rules), fact(0, 0, data={"length": 2}))
        assert [effect.amount for effect in outcome.effects] == [MAX_POINTS]


def test_what_is_withdrawn_costs_score_and_nothing_that_was_earned() -> None:
    book = rulebook(
        {"key": "post", "gives": {"points": 10}},
        {"key": "b", "on": "breach_confirmed", "gives": None, "conduct": {"withdraws": {"points": 4}}},
        tiers={"period": "month", "levels": [{"key": "low", "reach": 0}, {"key": "high", "reach": 20}]},
    )
    outcome = run(book, fact(0, 0), fact(1, 1, "breach_confirmed"), fact(2, 2))
    assert [(effect.debit, effect.credit, effect.amount) for effect in outcome.effects[1:2]] == [
        ("member", "issuance", 4)
    ]
    assert outcome.standing.scores["points"]["all"][1] == 16
    assert outcome.standing.earned == {"points": 20}
    assert outcome.standing.tier_key == "high"
