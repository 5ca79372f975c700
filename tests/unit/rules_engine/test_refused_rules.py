"""Rules that are refused: where, why, and what was probably meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules_engine.builders import problems_of, problems_of_rule


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


def test_rules_of_one_group_stack_alike() -> None:
    rules = [
        {"key": key, "on": "post_created", "gives": {"points": 1}, "stacks": {"group": "g", "by": by}}
        for key, by in [("a", "first"), ("b", "highest")]
    ]
    assert [(p.pointer, p.code) for p in problems_of({"rules": rules})] == [("/rules/1/stacks", "not_allowed_here")]
