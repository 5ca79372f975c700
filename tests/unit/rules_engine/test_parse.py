"""Documents that are refused: where, why, and what was probably meant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rules_engine import document
from rules_engine.errors import RulebookRefused
from rules_engine.fields import KINDS
from rules_engine.parse import parse, render
from tests.unit.rules_engine.builders import problems_of, problems_of_rule, rulebook


@pytest.mark.parametrize(
    ("rule", "pointer", "code", "nearest"),
    [
        ({"onn": "post_created"}, "/rules/0/onn", "unknown_field", "on"),
        ({"on": "post_creatd"}, "/rules/0/on", "unknown_kind", "post_created"),
        ({"on": ["post_created", "points_adjusted"]}, "/rules/0/on/1", "unknown_kind", None),
        ({"on": []}, "/rules/0/on", "too_small", None),
        ({"key": "Big Key"}, "/rules/0/key", "bad_key", None),
        ({"key": 5}, "/rules/0/key", "wrong_type", None),
        ({"earns": "actr"}, "/rules/0/earns", "unknown_value", "actor"),
        ({"gives": {"points": 1.5}}, "/rules/0/gives/points", "wrong_type", None),
        ({"gives": {"points": True}}, "/rules/0/gives/points", "wrong_type", None),
        ({"gives": {"points": 0}}, "/rules/0/gives/points", "out_of_range", None),
        ({"gives": {"points": -5}}, "/rules/0/gives/points", "out_of_range", None),
        ({"gives": {"points": 10**30}}, "/rules/0/gives/points", "out_of_range", None),
        ({"gives": {"badge": "nope"}}, "/rules/0/gives/badge", "unknown_value", None),
        ({"gives": {"points": 1, "currency": "stars"}}, "/rules/0/gives/currency", "unknown_value", None),
        ({"gives": {"points": 1, "expires_after": "1w"}}, "/rules/0/gives/expires_after", "bad_duration", None),
        (
            {"gives": {"points": 1, "expires_after": "5d", "matures_after": "5d"}},
            "/rules/0/gives/matures_after",
            "out_of_range",
            None,
        ),
        ({"gives": [{"points": 1}, {"points": 2}]}, "/rules/0/gives/1", "duplicate", None),
        (
            {"gives": {"points": {"base": 1, "plus": {"per": "data.lengt", "each": 1, "at_most": 5}}}},
            "/rules/0/gives/points/plus/per",
            "unknown_field",
            "data.length",
        ),
        (
            {"gives": {"points": {"base": 1, "plus": {"per": "data.length", "each": 1}}}},
            "/rules/0/gives/points/plus",
            "missing",
            None,
        ),
        ({"limits": [{"times": 5}]}, "/rules/0/limits/0", "missing", None),
        ({"limits": [{"times": 5, "points": 5, "per": "day"}]}, "/rules/0/limits/0", "not_allowed_here", None),
        ({"limits": [{"times": 5, "per": "dy"}]}, "/rules/0/limits/0/per", "unknown_value", "day"),
        (
            {"limits": [{"times": 5, "per": "month", "with": "counterparty", "budget": True}]},
            "/rules/0/limits/0/with",
            "not_allowed_here",
            None,
        ),
        (
            {"limits": [{"times": 5, "per": "ever", "with": "counterparty"}]},
            "/rules/0/limits/0/per",
            "not_allowed_here",
            None,
        ),
        ({"limits": [{"times": 5, "per": "day"}, {"times": 6, "per": "day"}]}, "/rules/0/limits/1", "duplicate", None),
        ({"active": {}}, "/rules/0/active", "missing", None),
        ({"active": {"from": "soon"}}, "/rules/0/active/from", "bad_date", None),
        ({"active": {"from": "2026-12-01T00:00:00"}}, "/rules/0/active/from", "bad_date", None),
        ({"active": {"from": "2026-12-01", "until": "2026-12-01"}}, "/rules/0/active", "out_of_range", None),
        ({"active": {"weekdays": ["monday"]}}, "/rules/0/active/weekdays/0", "unknown_value", "mon"),
        ({"undone_by": ["athor"]}, "/rules/0/undone_by/0", "unknown_value", "author"),
        ({"tells": "all"}, "/rules/0/tells", "unknown_value", None),
        ({"stacks": {"group": "a", "by": "most"}}, "/rules/0/stacks/by", "unknown_value", None),
        ({"count": {"every": 0}}, "/rules/0/count/every", "out_of_range", None),
        ({"count": {"at": [3, 1]}}, "/rules/0/count/at", "out_of_range", None),
        ({"count": {"every": 2}, "streak": {"days": 2}}, "/rules/0", "not_allowed_here", None),
        ({"count": {"every": 2}, "stacks": {"group": "a", "by": "sum"}}, "/rules/0/stacks", "not_allowed_here", None),
        (
            {
                "count": {"every": 2},
                "gives": {"points": {"base": 1, "plus": {"per": "data.length", "each": 1, "at_most": 2}}},
            },
            "/rules/0/gives/points/plus",
            "not_allowed_here",
            None,
        ),
        ({"streak": {"days": 1}}, "/rules/0/streak/days", "out_of_range", None),
        (
            {"streak": {"days": 3}, "limits": [{"times": 1, "per": "day"}]},
            "/rules/0/limits/0/times",
            "not_allowed_here",
            None,
        ),
        ({"streak": {}}, "/rules/0/streak", "missing", None),
        ({"streak": {"days": 3, "weeks": 3}}, "/rules/0/streak", "not_allowed_here", None),
        ({"streak": {"weeks": 200}}, "/rules/0/streak/weeks", "out_of_range", None),
        ({"streak": {"days": 3, "freezes": {"most": 1}}}, "/rules/0/streak/freezes", "missing", None),
        (
            {"streak": {"days": 3, "freezes": {"most": 7, "per": "week"}}},
            "/rules/0/streak/freezes/most",
            "out_of_range",
            None,
        ),
        (
            {"streak": {"weeks": 3, "freezes": {"most": 1, "per": "week"}}},
            "/rules/0/streak/freezes/per",
            "unknown_value",
            None,
        ),
        ({"diversity": {"of": "counterparty"}}, "/rules/0/diversity", "missing", None),
        (
            {"diversity": {"of": "counterprty", "at": [2]}},
            "/rules/0/diversity/of",
            "unknown_value",
            "counterparty",
        ),
        ({"diversity": {"of": "data.length", "at": [2]}}, "/rules/0/diversity/of", "unknown_value", "data.language"),
        ({"diversity": {"of": "platform", "at": [501]}}, "/rules/0/diversity/at/0", "out_of_range", None),
        ({"diversity": {"of": "platform", "at": [3, 2]}}, "/rules/0/diversity/at", "out_of_range", None),
        (
            {"diversity": {"of": "platform", "at": [3], "per": "day"}},
            "/rules/0/diversity/per",
            "unknown_value",
            None,
        ),
        (
            {"diversity": {"of": "platform", "at": [3]}, "limits": [{"times": 1, "per": "day"}]},
            "/rules/0/limits/0/times",
            "not_allowed_here",
            None,
        ),
        ({"on": "breach_confirmed"}, "/rules/0/on", "not_allowed_here", None),
        ({"conduct": {"pauses": "7d"}}, "/rules/0/on", "not_allowed_here", None),
        ({"conduct": {}, "on": "breach_confirmed"}, "/rules/0/conduct", "missing", None),
        ({"conduct": {"pauses": "7d"}, "on": "breach_confirmed"}, "/rules/0/gives", "not_allowed_here", None),
        (
            {"conduct": {"takes": ["medal"]}, "on": "breach_confirmed"},
            "/rules/0/conduct/takes/0",
            "unknown_value",
            None,
        ),
        (
            {"conduct": {"withdraws": [{"points": 1}, {"points": 2}]}, "on": "breach_confirmed"},
            "/rules/0/conduct/withdraws",
            "too_large",
            None,
        ),
        (
            {"conduct": {"withdraws": {"points": 0}}, "on": "breach_confirmed"},
            "/rules/0/conduct/withdraws/points",
            "out_of_range",
            None,
        ),
        (
            {"conduct": {"pauses": "7d"}, "on": "breach_confirmed", "undone_by": ["moderator"]},
            "/rules/0/undone_by",
            "not_allowed_here",
            None,
        ),
        (
            {
                "conduct": {"pauses": "7d"},
                "on": "breach_confirmed",
                "when": {"field": "data.severity", "is": "graev"},
            },
            "/rules/0/when/is",
            "unknown_value",
            "grave",
        ),
        ({"clock": {"after": "7d"}}, "/rules/0/on", "not_allowed_here", None),
        ({"challenge": {"steps": [{"key": "a", "on": "post_created"}]}}, "/rules/0/on", "not_allowed_here", None),
        ({"active": {"hours": {"from": "20:00"}}}, "/rules/0/active/hours", "missing", None),
        ({"active": {"hours": {"from": "24:00", "until": "1:00"}}}, "/rules/0/active/hours/from", "bad_time", None),
        ({"active": {"hours": {"from": "01:00", "until": "01:00"}}}, "/rules/0/active/hours", "out_of_range", None),
        (
            {"examples": [{"given": {"before": [{"kind": "post_creatd"}]}, "then": []}]},
            "/rules/0/examples/0/given/before/0/kind",
            "unknown_kind",
            "post_created",
        ),
        ({"boost": {"percent": 150, "of": "b"}}, "/rules/0/boost/of", "unknown_rule", None),
        ({"boost": {"percent": 150, "of": "a"}}, "/rules/0/boost/of", "not_allowed_here", None),
        ({"name": {"fr": "Aide"}}, "/rules/0/name/fr", "unknown_field", None),
        ({"name": {"en": "a\0b"}}, "/rules/0/name/en", "bad_text", None),
        ({"name": {"en": "\ud800"}}, "/rules/0/name/en", "bad_text", None),
        ({"a/b~c": 1}, "/rules/0/a~1b~0c", "unknown_field", None),
        (
            {"examples": [{"given": {"kinds": "x"}, "then": []}]},
            "/rules/0/examples/0/given/kinds",
            "unknown_field",
            "kind",
        ),
        ({"examples": [{"given": {}, "then": [{}]}]}, "/rules/0/examples/0/then/0", "missing", None),
    ],
    ids=str,
)
def test_a_rule_is_refused_with_its_place(rule: dict[str, Any], pointer: str, code: str, nearest: str | None) -> None:
    assert (pointer, code, nearest) in [(p.pointer, p.code, p.nearest) for p in problems_of_rule(**rule)]


@pytest.mark.parametrize(
    ("form", "pointer", "code"),
    [
        ({}, "/rules/0", "missing"),
        ({"clock": {}}, "/rules/0/clock", "missing"),
        ({"clock": {"anniversary": "year", "after": "7d"}}, "/rules/0/clock", "not_allowed_here"),
        ({"clock": {"anniversary": "day"}}, "/rules/0/clock/anniversary", "unknown_value"),
        ({"clock": {"after": "7d"}, "earns": "actor"}, "/rules/0/earns", "not_allowed_here"),
        ({"clock": {"after": "7d"}, "stacks": {"group": "a", "by": "sum"}}, "/rules/0/stacks", "not_allowed_here"),
        (
            {"clock": {"after": "7d"}, "when": {"field": "platform", "is": "x"}},
            "/rules/0/when/field",
            "unknown_field",
        ),
        (
            {"clock": {"after": "7d"}, "limits": [{"times": 1, "per": "day"}]},
            "/rules/0/limits/0/times",
            "not_allowed_here",
        ),
        ({"challenge": {"steps": []}}, "/rules/0/challenge/steps", "too_small"),
        ({"challenge": {"steps": [{"key": "a"}]}}, "/rules/0/challenge/steps/0", "missing"),
        (
            {"challenge": {"steps": [{"key": "a", "on": "post_created"}] * 2}},
            "/rules/0/challenge/steps/1/key",
            "duplicate",
        ),
        (
            {"challenge": {"steps": [{"key": "a", "on": "breach_confirmed"}]}},
            "/rules/0/challenge/steps/0/on",
            "unknown_kind",
        ),
        (
            {"challenge": {"steps": [{"key": key, "on": "post_created", "times": 50} for key in "abc"]}},
            "/rules/0/challenge",
            "too_large",
        ),
        (
            {"challenge": {"steps": [{"key": "a", "on": "post_created", "when": {"field": "data.votes", "is": 1}}]}},
            "/rules/0/challenge/steps/0/when/field",
            "unknown_field",
        ),
        ({"challenge": {"steps": [{"key": "a", "on": "post_created"}]}, "on": []}, "/rules/0/on", "not_allowed_here"),
    ],
    ids=str,
)
def test_a_rule_that_says_itself_what_it_hears_is_refused_with_its_place(
    form: dict[str, Any], pointer: str, code: str
) -> None:
    problems = problems_of({"rules": [{"key": "a", "gives": {"points": 1}, **form}]})
    assert (pointer, code) in [(problem.pointer, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ([], "", "wrong_type"),
        ("rules", "", "wrong_type"),
        (None, "", "wrong_type"),
        ({"rulez": []}, "/rulez", "unknown_field"),
        ({"rules": {}}, "/rules", "wrong_type"),
        ({"badges": [{"key": "a"}, {"key": "a"}]}, "/badges/1/key", "duplicate"),
        ({"badges": [{"key": "a", "revoke": "never"}]}, "/badges/0/revoke", "unknown_value"),
        ({"badges": [{"key": "a", "needs": {}}]}, "/badges/0/needs", "missing"),
        ({"badges": [{"key": "a", "needs": {"earned": {"pts": 5}}}]}, "/badges/0/needs/earned/pts", "unknown_value"),
        ({"badges": [{"key": "a", "needs": {"badges": ["a"]}}]}, "/badges/0/needs", "cycle"),
        ({"tiers": {"levels": []}}, "/tiers/levels", "too_small"),
        (
            {"tiers": {"levels": [{"key": "a", "reach": 5}, {"key": "b", "reach": 1}]}},
            "/tiers/levels/1/reach",
            "out_of_range",
        ),
        ({"tiers": {"levels": [{"key": "a", "reach": 5, "keep": 6}]}}, "/tiers/levels/0/keep", "out_of_range"),
        (
            {"tiers": {"levels": [{"key": "a", "reach": 5}], "period": "month", "grace": "60d"}},
            "/tiers/grace",
            "out_of_range",
        ),
        ({"boards": [{"key": "a", "period": "year"}]}, "/boards/0/period", "unknown_value"),
        ({"boards": [{"key": "a", "starts_on": "2026-10-01"}]}, "/boards/0", "missing"),
        ({"boards": [{"key": "a", "starts_on": "2026-10-01", "ends_on": "soon"}]}, "/boards/0/ends_on", "bad_date"),
        (
            {"boards": [{"key": "a", "starts_on": "2026-10-02", "ends_on": "2026-10-01"}]},
            "/boards/0/ends_on",
            "out_of_range",
        ),
        (
            {"boards": [{"key": "a", "period": "day", "starts_on": "2026-10-01", "ends_on": "2026-10-02"}]},
            "/boards/0/period",
            "not_allowed_here",
        ),
        ({"currencies": []}, "/currencies", "too_small"),
        ({"currencies": [{"key": "a"}, {"key": "a"}]}, "/currencies/1/key", "duplicate"),
    ],
    ids=str,
)
def test_a_document_is_refused_with_its_place(document: object, pointer: str, code: str) -> None:
    assert (pointer, code) in [(problem.pointer, problem.code) for problem in problems_of(document)]


def test_a_cycle_through_the_tiers_names_everything_on_it() -> None:
    (problem,) = problems_of(
        {
            "badges": [{"key": "x"}, {"key": "card", "needs": {"tier": "gold"}}],
            "tiers": {"levels": [{"key": "gold", "reach": 0, "needs_badges": ["card"]}]},
        }
    )
    assert (problem.pointer, problem.code) == ("/badges/1/needs", "cycle")
    assert "badge card" in problem.detail
    assert "tiers" in problem.detail


def test_every_problem_is_found_at_once() -> None:
    document = {
        "rules": [{"key": "a", "on": "nothing"}, {"key": "a", "on": "post_created", "gives": {"points": 0}}],
        "x": 1,
    }
    pointers = {problem.pointer for problem in problems_of(document)}
    assert pointers == {"/x", "/rules/0/on", "/rules/0", "/rules/1/key", "/rules/1/gives/points"}


def test_rules_of_one_group_stack_alike() -> None:
    rules = [
        {"key": key, "on": "post_created", "gives": {"points": 1}, "stacks": {"group": "g", "by": by}}
        for key, by in [("a", "first"), ("b", "highest")]
    ]
    assert [(p.pointer, p.code) for p in problems_of({"rules": rules})] == [("/rules/1/stacks", "not_allowed_here")]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def test_what_is_too_deep_is_not_read() -> None:
    assert [problem.code for problem in problems_of({"rules": nested(100_000)})] == ["too_deep"]


def test_a_document_that_contains_itself_is_refused() -> None:
    rules: list[object] = []
    rules.append(rules)
    assert [problem.code for problem in problems_of({"rules": rules})] == ["too_deep"]


def test_a_document_that_is_large_by_repeating_itself_is_refused() -> None:
    lump: object = "lol"
    for _ in range(9):
        lump = [lump] * 10
    assert [problem.code for problem in problems_of({"rules": lump})] == ["too_large"]


def test_very_many_problems_are_cut_off() -> None:
    rules = [{"key": f"r{number}", "on": "nothing", "gives": {"points": 0}} for number in range(1_000)]
    assert len(problems_of({"rules": rules})) == document.MAX_PROBLEMS


def test_a_date_from_yaml_means_the_same_as_text() -> None:
    text, date = ({"active": {"from": value}} for value in ("2026-12-01", dt.date(2026, 12, 1)))
    assert render(rulebook(text)) == render(rulebook(date))


def test_a_bare_on_from_yaml_is_the_field_on() -> None:
    assert parse({"rules": [{"key": "a", True: "post_created", "gives": {"points": 1}}]}, KINDS).rules[0].kinds == (
        "post_created",
    )


def test_the_document_is_the_rulebooks_own() -> None:
    source = {"rules": [{"key": "a", "on": "post_created", "gives": {"points": 1}}]}
    parsed = parse(source, KINDS)
    source["rules"][0]["key"] = "changed"
    render(parsed)["rules"][0]["key"] = "changed as well"
    assert render(parsed)["rules"][0]["key"] == "a"


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(RulebookRefused, match="no time zone"):
        parse({}, KINDS, "Nowhere")


def test_rules_are_indexed_by_kind_in_the_order_of_their_keys() -> None:
    parsed = rulebook({"key": "b"}, {"key": "a"}, {"key": "c", "on": ["post_created", "comment_created"]})
    assert {kind: [rule.key for rule in rules] for kind, rules in parsed.by_kind.items()} == {
        "post_created": ["a", "b", "c"],
        "comment_created": ["c"],
    }


def _crowd(rules: int, conditions: int, boosts: int = 0) -> dict[str, Any]:
    when = {"all": [{"field": "data.length", "at_least": number} for number in range(conditions)]}
    plain = [
        {"key": f"r{number}", "on": "post_created", "when": when, "gives": {"points": 1}} for number in range(rules)
    ]
    more = [
        {"key": f"b{number}", "on": "post_created", "boost": {"percent": 110, "of": "all"}} for number in range(boosts)
    ]
    return {"rules": plain + more}


@pytest.mark.parametrize(
    ("document", "accepted"),
    [
        (_crowd(1_000, 40), True),
        (_crowd(1_000, 60), False),
        (_crowd(200, 1, boosts=200), True),
        (_crowd(300, 1, boosts=300), False),
    ],
    ids=["many rules", "too many conditions", "many boosts", "too many boosts"],
)
def test_what_one_activity_makes_the_rules_look_at_is_bounded(document: dict[str, Any], accepted: bool) -> None:
    assert [problem.code for problem in problems_of(document)] == ([] if accepted else ["too_costly"])


def test_what_the_examples_are_tried_on_is_bounded() -> None:
    given = {"times": 1_000, "before": [{"times": 1_000}] * 20}
    rules = [
        {
            "key": f"r{number}",
            "on": "post_created",
            "gives": {"points": 1},
            "examples": [{"given": given, "then": [{"points": 1}]}],
        }
        for number in range(5)
    ]
    assert [problem.code for problem in problems_of({"rules": rules[:4]})] == []
    assert [problem.code for problem in problems_of({"rules": rules})] == ["too_costly"]
