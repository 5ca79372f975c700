"""Badges: levels, what takes one away, and what people give and take by hand."""

from __future__ import annotations

from typing import Any

from rules_engine import ahead, describe, explain
from rules_engine.badges import award, settle
from rules_engine.facts import BADGE_GIVEN, BADGE_TAKEN
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import at, fact, problems_of, rulebook, run

MONTHLY = {"period": "month", "levels": [{"key": "member", "reach": 0}, {"key": "gold", "reach": 2}]}
HELPER = {
    "key": "helper",
    "name": {"en": "Helper", "ms": "Pembantu"},
    "levels": [
        {"needs": {"earned": {"points": 2}}},
        {"name": {"en": "Great helper", "ms": "Pembantu hebat"}, "needs": {"earned": {"points": 4}}},
    ],
}


def posts(number: int, **changes: Any) -> list[Any]:
    return [fact(n, n, **changes) for n in range(number)]


def by_needs(*needs: dict[str, Any] | None, **parts: Any) -> Rulebook:
    """A badge `a` with a level for each of the needs."""
    levels = [{} if one is None else {"needs": one} for one in needs]
    return rulebook({}, badges=[{"key": "a", "levels": levels, **parts}], tiers=MONTHLY)


def test_each_level_comes_when_its_needs_are_met() -> None:
    book = rulebook({}, badges=[HELPER])
    assert "helper" not in run(book, *posts(1)).standing.badges
    assert run(book, *posts(3)).standing.badges["helper"] == [1, 1]
    assert run(book, *posts(4)).standing.badges["helper"] == [2, 3]


def test_a_level_needs_those_below_it_to_be_met() -> None:
    book = by_needs({"tier": "gold"}, {"earned": {"points": 1}})
    assert "a" not in run(book, *posts(1)).standing.badges
    assert run(book, *posts(2)).standing.badges["a"] == [2, 1]


def test_who_loses_the_needs_of_a_level_is_back_at_the_one_below() -> None:
    book = by_needs({"earned": {"points": 2}}, {"tier": "gold"})
    later = at("1970-03-01 00:00")
    assert run(book, *posts(2), as_of=later - 1).standing.badges["a"] == [2, 1]
    assert run(book, *posts(2), as_of=later).standing.badges["a"] == [1, later]


def test_what_was_given_lies_under_what_needs_bring() -> None:
    book = by_needs(None, {"tier": "gold"})
    given = fact(9, 9, BADGE_GIVEN, data={"badge": "a"})
    before = run(book, *posts(2), given).standing
    assert before.badges["a"] == [2, 1]
    after = run(book, *posts(2), given, as_of=at("1970-03-01 00:00")).standing
    assert after.badges["a"] == [1, 9]
    assert after.by_needs == {}


def test_giving_as_much_as_the_needs_brought_makes_it_stay() -> None:
    standing = Standing.new()
    badge = by_needs({"earned": {"points": 1}}).badges["a"]
    standing.earned["points"] = 1
    settle(standing, badge, (), 5)
    assert award(standing, "a", 1, 7)
    assert standing.badges == {"a": [1, 5]}
    standing.earned["points"] = 0
    settle(standing, badge, (), 9)
    assert standing.badges == {"a": [1, 5]}


def test_a_badge_that_keeps_outlasts_its_needs() -> None:
    later = at("1970-03-01 00:00")
    for revoke, held in (("keeps", True), ("follows", False)):
        book = by_needs({"tier": "gold"}, revoke=revoke)
        assert ("a" in run(book, *posts(2), as_of=later).standing.badges) is held


def test_a_deed_that_is_taken_back_takes_the_badge_unless_it_keeps() -> None:
    kept = {
        (revoke, by): "a"
        in run(
            rulebook({"gives": {"badge": "a"}}, badges=[{"key": "a", "revoke": revoke}]), fact(0, 0, undone_by=by)
        ).standing.badges
        for revoke in ("follows", "keeps")
        for by in ("author", "platform", "counterparty", "moderator")
    }
    assert {case for case, held in kept.items() if held} == {
        ("follows", "counterparty"),
        ("keeps", "author"),
        ("keeps", "platform"),
        ("keeps", "counterparty"),
    }


def test_undone_deeds_count_towards_a_badge_that_keeps() -> None:
    rule = {"count": {"at": [2]}, "gives": {"badge": "a"}}
    facts = [fact(0, 0), fact(1, 1, undone_by="author")]
    assert "a" in run(rulebook(rule, badges=[{"key": "a", "revoke": "keeps"}]), *facts).standing.badges
    assert "a" not in run(rulebook(rule, badges=[{"key": "a"}]), *facts).standing.badges


def test_a_rule_that_gives_a_badge_that_keeps_gives_nothing_else_and_is_undone_by_moderators_alone() -> None:
    keeps = [{"key": "a", "revoke": "keeps"}, {"key": "b"}]
    rules = [
        {"key": "points", "on": "post_created", "gives": [{"badge": "a"}, {"points": 1}]},
        {"key": "other", "on": "post_created", "gives": [{"badge": "a"}, {"badge": "b"}]},
        {"key": "undone", "on": "post_created", "gives": {"badge": "a"}, "undone_by": ["author"]},
        {"key": "right", "on": "post_created", "gives": {"badge": "a"}, "undone_by": ["moderator"]},
    ]
    found = problems_of({"rules": rules, "badges": keeps})
    assert [(one.pointer, one.code) for one in found] == [
        ("/rules/0/gives", "not_allowed_here"),
        ("/rules/1/gives", "not_allowed_here"),
        ("/rules/2/undone_by", "not_allowed_here"),
    ]


def test_no_level_can_be_given_that_the_badge_has_not() -> None:
    rule = {"key": "r", "on": "post_created", "gives": {"badge": "helper", "level": 3}}
    (problem,) = problems_of({"rules": [rule], "badges": [HELPER]})
    assert (problem.pointer, problem.code) == ("/rules/0/gives/level", "out_of_range")


def test_needs_stand_either_with_the_badge_or_with_its_levels() -> None:
    (problem,) = problems_of({"badges": [{**HELPER, "needs": {"earned": {"points": 1}}}]})
    assert (problem.pointer, problem.code) == ("/badges/0/needs", "not_allowed_here")


def test_a_cycle_between_levels_is_refused_with_everything_on_it() -> None:
    found = problems_of(
        {
            "badges": [
                {"key": "a", "levels": [{}, {"needs": {"badges": ["b"]}}]},
                {"key": "b", "needs": {"badges": ["c"]}},
                {"key": "c", "needs": {"badges": ["a"]}},
            ]
        }
    )
    (problem,) = found
    assert problem.code == "cycle"
    assert problem.pointer.startswith("/badges/")
    assert all(f"badge {key}" in problem.detail for key in "abc")


def test_what_a_person_took_only_a_person_gives_back() -> None:
    taken = fact(5, 5, BADGE_TAKEN, data={"badge": "helper", "reason": "not yours"})
    book = rulebook({}, badges=[HELPER])
    outcome = run(book, *posts(2), taken, fact(6, 6), fact(7, 7))
    assert outcome.standing.badges == {}
    again = run(book, *posts(2), taken, fact(6, 6, BADGE_GIVEN, data={"badge": "helper"}), fact(7, 7), fact(8, 8))
    assert again.standing.badges["helper"] == [2, 8]


def test_a_rule_says_that_a_person_took_its_badge() -> None:
    book = rulebook({"gives": {"badge": "a"}}, badges=[{"key": "a"}])
    outcome = run(book, fact(0, 0), fact(1, 1, BADGE_TAKEN, data={"badge": "a", "reason": "no"}), fact(2, 2))
    assert [(one.rule, one.outcome, one.code) for one in outcome.decisions] == [
        ("rule-0", "given", None),
        ("taking", "given", None),
        ("rule-0", "refused", "badge_taken"),
    ]
    told = [explain.sentence(one, book, "en") for one in outcome.decisions[1:]]
    assert told == ["Taken by hand badge “a”: no", "rule-0: not given, because a person took the badge away."]


def test_progress_is_what_the_next_level_needs() -> None:
    book = rulebook({}, badges=[HELPER])
    helper = book.badges["helper"]
    assert ahead.badge_progress(helper, book, run(book, *posts(1)).standing, "en") == {
        "level": 1,
        "have": 1,
        "need": 2,
        "sentence": "1 more point for the badge “Helper”.",
    }
    second = ahead.badge_progress(helper, book, run(book, *posts(3)).standing, "ms")
    assert second is not None
    assert (second["level"], second["have"], second["need"]) == (2, 3, 4)
    assert "Pembantu hebat" in second["sentence"]
    assert ahead.badge_progress(helper, book, run(book, *posts(4)).standing, "en") is None


def test_progress_towards_a_badge_of_a_rule_is_that_rules() -> None:
    book = rulebook({"count": {"at": [10]}, "gives": {"badge": "a"}}, badges=[{"key": "a"}])
    found = ahead.badge_progress(book.badges["a"], book, run(book, *posts(7)).standing, "en")
    assert found is not None
    assert (found["level"], found["have"], found["need"]) == (1, 7, 10)
    private = rulebook({"count": {"at": [10]}, "gives": {"badge": "a"}, "tells": "private"}, badges=[{"key": "a"}])
    assert ahead.badge_progress(private.badges["a"], private, run(private, *posts(7)).standing, "en") is None


def test_progress_names_the_badges_and_the_tier_that_are_missing() -> None:
    badges = [{"key": "a", "needs": {"badges": ["b", "secret"], "tier": "gold"}}, {"key": "b"}, HIDDEN]
    book = rulebook({}, badges=badges, tiers=MONTHLY)
    found = ahead.badge_progress(book.badges["a"], book, run(book, *posts(1)).standing, "en")
    assert found is not None
    assert found["sentence"] == ("The badge “a” also needs badge “b”, a badge that is a surprise, the tier “gold”.")


HIDDEN = {"key": "secret", "name": {"en": "Night owl", "ms": "Burung hantu"}, "hidden": True}


def test_nobody_hears_of_a_hidden_badge_until_they_hold_it() -> None:
    rules = [
        {"count": {"at": [2]}, "gives": {"badge": "secret"}},
        {"when": {"field": "member.badges", "has": "secret"}},
    ]
    tiers = {"levels": [{"key": "gold", "reach": 0, "needs_badges": ["secret"]}]}
    book = rulebook(*rules, badges=[HIDDEN, {"key": "b", "needs": {"badges": ["secret"]}}], tiers=tiers)
    outcome = run(book, fact(0, 0))
    for language in ("en", "ms"):
        texts = [describe.rule(rule, book, language) or "" for rule in book.rules]
        texts += [describe.badge(book.badges["b"], book, language)]
        texts += [describe.tier(book.tiers.levels[0], book, language)] if book.tiers else []
        texts += [step["sentence"] for step in ahead.progress(book, outcome.standing, language)]
        texts += [explain.sentence(one, book, language) for one in outcome.decisions]
        assert not any(word in text for text in texts for word in ("secret", "owl", "hantu"))
    assert ahead.badge_progress(book.badges["secret"], book, outcome.standing, "en") is None
    holding = run(book, fact(0, 0), fact(1, 1))
    assert any("Night owl" in explain.sentence(one, book, "en") for one in holding.decisions)


def test_a_badge_describes_its_levels_and_that_it_stays() -> None:
    book = rulebook({}, badges=[{**HELPER, "revoke": "keeps"}])
    assert describe.badge(book.badges["helper"], book, "en") == (
        "Level 1 (“Helper”) comes with 2 points earned. Level 2 (“Great helper”) comes with 4 points earned. "
        "Once won, it stays."
    )
