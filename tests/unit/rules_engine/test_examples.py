"""Examples: run against the rule alone, on a member as described, inside the rule's window."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.parse import run_examples
from tests.unit.rules_engine.builders import problems_of_rule, rulebook


def test_an_example_that_does_not_hold_says_what_was_expected_and_what_came() -> None:
    book = rulebook({"examples": [{"given": {}, "then": [{"points": 1}]}, {"given": {}, "then": [{"points": 2}]}]})
    (problem,) = run_examples(book)
    assert problem.pointer == "/rules/0/examples/1"
    assert problem.code == "example_failed"
    assert '{"points": 2}' in problem.detail
    assert '{"points": 1, "currency": "points"}' in problem.detail


def test_a_refusal_is_named() -> None:
    when = {"field": "data.length", "at_least": 5}
    (problem,) = run_examples(rulebook({"when": when, "examples": [{"given": {}, "then": [{"points": 1}]}]}))
    assert "condition_failed at /when" in problem.detail


@pytest.mark.parametrize(
    "rule",
    [
        {"active": {"from": "2031-05-01", "weekdays": ["sun"]}},
        {"active": {"until": "2001-05-01"}},
        {"active": {"dates": ["2030-01-01"]}},
        {"active": {"dates": ["2026-12-25", "2027-12-25", "2028-12-25"], "weekdays": ["mon"]}},
        {"active": {"dates": ["2026-12-25", "2029-12-25"], "from": "2027-01-01"}},
        {"active": {"from": "2030-01-01T12:00:00Z", "until": "2030-01-01T12:00:01Z"}},
        {"when": {"field": "member.tier", "is": "gold"}, "member": {"tier": "gold"}},
        {"when": {"field": "member.groups", "has": "team"}, "member": {"groups": ["team"]}},
        {"when": {"field": "member.badges", "has": "medal"}, "member": {"badges": ["medal"]}},
        {"when": {"field": "member.attributes.plan", "is": "pro"}, "member": {"attributes": {"plan": "pro"}}},
        {"when": {"field": "member.earned", "at_least": 50}, "member": {"earned": 50}},
        {"earns": "beneficiary"},
        {
            "on": None,
            "clock": {"anniversary": "year"},
            "when": {"field": "member.tier", "is": "gold"},
            "member": {"tier": "gold"},
        },
        {
            "on": None,
            "clock": {"after": "7d"},
            "when": {"field": "member.badges", "has": "medal"},
            "member": {"badges": ["medal"]},
        },
    ],
    ids=str,
)
def test_a_described_fact_finds_the_rule_active_and_the_member_as_said(rule: dict[str, Any]) -> None:
    member = rule.pop("member", {})
    book = rulebook(
        {**rule, "examples": [{"given": {"member": member}, "then": [{"points": 1}]}]},
        badges=[{"key": "medal"}],
        tiers={"levels": [{"key": "gold", "reach": 1_000}]},
    )
    assert run_examples(book) == []


def test_an_example_can_say_who_undid_it_and_who_took_part() -> None:
    given = [{"undone_by": "author"}, {"actor": "x", "beneficiary": "x"}, {"actor": None}]
    assert run_examples(rulebook({"examples": [{"given": one, "then": []} for one in given]})) == []


def test_an_example_repeats_for_counts_and_streaks() -> None:
    books = rulebook(
        {
            "count": {"every": 3},
            "examples": [{"given": {"times": 3}, "then": [{"points": 1}]}, {"given": {"times": 4}, "then": []}],
        },
        {
            "streak": {"days": 3},
            "examples": [{"given": {"times": 3}, "then": [{"points": 1}]}, {"given": {"times": 2}, "then": []}],
        },
    )
    assert run_examples(books) == []


def test_other_rules_do_not_change_an_example_and_a_boost_sees_what_it_boosts() -> None:
    book = rulebook(
        {"key": "post", "examples": [{"given": {}, "then": [{"points": 1}]}], "gives": {"points": 1}},
        {
            "key": "double",
            "boost": {"percent": 200, "of": "post"},
            "examples": [{"given": {}, "then": [{"boost": 200}]}],
        },
    )
    assert run_examples(book) == []


def test_a_clock_can_strike_in_an_example_as_often_and_as_late_as_may_be_said() -> None:
    given = {"at": "8000-12-31", "times": 1_000}
    yearly = {"on": None, "clock": {"anniversary": "year"}, "gives": {"points": 1, "expires_after": "3650d"}}
    assert run_examples(rulebook({**yearly, "examples": [{"given": given, "then": [{"points": 1}]}]})) == []
    (problem,) = problems_of_rule(examples=[{"given": {**given, "at": "8001-01-01"}, "then": []}])
    assert (problem.pointer, problem.code) == ("/rules/0/examples/0/given/at", "bad_date")


def test_a_rule_that_is_never_active_cannot_have_an_example() -> None:
    active = {"from": "2026-12-01", "until": "2026-12-02", "weekdays": ["sun"]}
    (problem,) = run_examples(rulebook({"active": active, "examples": [{"given": {}, "then": []}]}))
    assert "never active" in problem.detail
