"""A rule that keeps its key while its form changes, and members who could not be given what a rulebook brought."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from rules_engine import rule_progress
from rules_engine.days import DAY
from rules_engine.fold import Era, Outcome, fold
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import ADA, fact, rulebook, run

FORMS: dict[str, dict[str, Any]] = {
    "single": {},
    "count": {"count": {"every": 2}},
    "days": {"streak": {"days": 2}},
    "weeks": {"streak": {"weeks": 2}},
    "challenge": {
        "on": None,
        "challenge": {"steps": [{"key": "post", "on": "post_created", "times": 2}], "repeats": True},
    },
    "once": {"on": None, "challenge": {"steps": [{"key": "post", "on": "post_created", "times": 2}]}},
    "ever": {"diversity": {"of": "object.id", "at": [2, 4, 6, 8]}},
    "month": {"diversity": {"of": "object.id", "at": [2, 4, 6, 8], "per": "month"}},
    "week": {"diversity": {"of": "object.id", "at": [2, 4, 6], "per": "week"}},
    "anniversary": {"on": None, "clock": {"anniversary": "month"}},
    "after": {"on": None, "clock": {"after": "95d"}},
}
BOOKS = {form: rulebook({"key": "rule", **rule}) for form, rule in FORMS.items()}
CHANGED_AT = 60 * DAY
POSTS = [fact(day, day * DAY + DAY // 2, object={"id": str(day)}) for day in range(120)]
"""One a day about something else, 60 under either rulebook."""


def told(first: Rulebook, second: Rulebook, as_of: int = POSTS[-1].at) -> Outcome:
    return fold([Era(0, first, "UTC"), Era(CHANGED_AT, second, "UTC")], ADA, Standing.new(), POSTS, as_of)


def given_since(outcome: Outcome) -> list[int]:
    return [effect.at for effect in outcome.effects if effect.at >= CHANGED_AT]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pair
        for pair in itertools.permutations(FORMS, 2)
        if pair not in [("once", "challenge"), ("challenge", "once")]  # one form: what was completed stays so
    ],
)
def test_a_rule_of_another_form_gives_as_if_it_were_new(first: str, second: str) -> None:
    outcome = told(BOOKS[first], BOOKS[second])
    assert given_since(outcome) == given_since(told(rulebook(), BOOKS[second]))
    keys = [(effect.rule, effect.occasion, effect.effect) for effect in outcome.effects]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("form", FORMS)
def test_a_rule_that_was_of_another_form_in_between_goes_on_as_if_it_had_been_away(form: str) -> None:
    def since(between: Rulebook) -> list[int]:
        eras = [Era(0, BOOKS[form], "UTC"), Era(30 * DAY, between, "UTC"), Era(CHANGED_AT, BOOKS[form], "UTC")]
        outcome = fold(eras, ADA, Standing.new(), POSTS, POSTS[-1].at)
        keys = [(effect.rule, effect.occasion, effect.effect) for effect in outcome.effects]
        assert len(set(keys)) == len(keys)
        return given_since(outcome)

    away = since(rulebook())
    assert since(BOOKS["days" if form != "days" else "count"]) == away
    assert bool(away) == (form not in ("once", "ever"))


@pytest.mark.parametrize(
    "terms",
    [{"count": {"at": [1, 2, 4]}}, {"diversity": {"of": "object.id", "at": [1, 2, 4]}}],
    ids=lambda terms: next(iter(terms)),
)
def test_a_rule_that_counts_other_activities_says_which_level_it_has_not_given_yet(terms: dict[str, Any]) -> None:
    first = rulebook({"key": "rule", **terms})
    second = rulebook({"key": "rule", "on": ["post_created", "pr_merged"], **terms})
    facts = POSTS[57:61]
    outcome = fold([Era(0, first, "UTC"), Era(CHANGED_AT, second, "UTC")], ADA, Standing.new(), facts, facts[-1].at)
    assert len(outcome.effects) == 2
    assert outcome.decisions[-1].code == "given_before"
    further = fold([Era(0, second, "UTC")], ADA, outcome.standing, [POSTS[61]], POSTS[61].at)
    found = rule_progress.progress(second.rules[0], second, further.standing)
    assert found is not None
    assert (found.have, found.need) == (2, 4)


def test_what_a_limit_for_ever_has_used_is_not_given_again_after_another_form() -> None:
    once = rulebook({"key": "rule", "limits": [{"times": 1, "per": "ever"}]})
    eras = [Era(0, once, "UTC"), Era(30 * DAY, BOOKS["count"], "UTC"), Era(CHANGED_AT, once, "UTC")]
    outcome = fold(eras, ADA, Standing.new(), POSTS, POSTS[-1].at)
    assert [effect.fact for effect in outcome.effects if effect.occasion == effect.fact] == [POSTS[0].id]


def test_completing_a_challenge_that_is_none_any_more_leaves_it_open_for_the_next_one() -> None:
    posts = POSTS[58:64]
    eras = [Era(0, BOOKS["count"], "UTC"), Era(CHANGED_AT, BOOKS["once"], "UTC")]
    outcome = fold(eras, ADA, Standing.new(), posts, posts[-1].at)
    assert [effect.occasion for effect in outcome.effects] == ["rule:count@0000000002", "rule:challenge@0000000001"]


@pytest.mark.parametrize("cut", range(50, 70, 3))
def test_what_was_stored_before_the_form_changed_goes_on_to_the_same_end(cut: int) -> None:
    eras = [Era(0, BOOKS["days"], "UTC"), Era(CHANGED_AT, BOOKS["count"], "UTC")]
    first = fold(eras, ADA, Standing.new(), POSTS[:cut], POSTS[cut - 1].at)
    rest = fold(eras, ADA, Standing.load(first.standing.dump()), POSTS[cut:], POSTS[-1].at)
    whole = told(BOOKS["days"], BOOKS["count"])
    assert first.effects + rest.effects == whole.effects
    assert rest.standing.dump() == whole.standing.dump()


def test_who_was_staff_when_a_rulebook_came_into_force_is_given_its_levels_on_becoming_a_person() -> None:
    def book(*levels: int) -> Rulebook:
        return rulebook(
            {"key": "posts", "count": {"at": list(levels)}, "gives": [{"points": 5}, {"badge": "poster"}]},
            badges=[{"key": "poster"}, {"key": "regular", "needs": {"earned": {"points": 5}}}],
            tiers={"levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 5}]},
        )

    facts = [
        *(fact(number, number) for number in range(3)),
        fact(3, 10, "role_given", data={"role": "staff"}),
        fact(4, 30, "role_given", data={"role": "person"}),
    ]
    outcome = fold([Era(0, book(9), "UTC"), Era(20, book(2, 9), "UTC")], ADA, Standing.new(), facts, 40)
    assert [(effect.occasion, effect.at) for effect in outcome.effects] == [("posts:count@0000000002", 30)]
    assert sorted(outcome.standing.badges) == ["poster", "regular"]
    assert outcome.standing.tier_key == "helper"
    again = [*facts, fact(5, 50, "role_given", data={"role": "bot"}), facts[-1]._replace(id="act_6", at=60)]
    assert len(run(book(2, 9), *again).effects) == 1
