"""What differs between two rulebooks, and that nothing else is said to."""

from __future__ import annotations

import copy
from typing import Any

from rules_engine.changes import ABSENT, ADDED, CHANGED, REMOVED, Change, FieldChange, between, in_order_of

BEFORE: dict[str, Any] = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 1}},
        {"key": "answer", "on": "answer_accepted", "gives": [{"points": 10}, {"badge": "first"}]},
    ],
    "badges": [{"key": "first"}],
    "boards": [{"key": "week", "period": "week"}, {"key": "all"}],
    "tiers": {"period": "year", "levels": [{"key": "low", "reach": 0}, {"key": "high", "reach": 5}]},
    "currencies": [{"key": "points"}, {"key": "stars"}],
}


def after(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BEFORE), **changes}


def test_a_rulebook_does_not_differ_from_itself_in_another_order() -> None:
    shuffled = after(rules=BEFORE["rules"][::-1], boards=BEFORE["boards"][::-1])
    assert between(BEFORE, shuffled) == []


def test_what_came_and_what_went_is_named() -> None:
    found = between(BEFORE, after(rules=[BEFORE["rules"][0], {"key": "video", "on": "video_posted"}], badges=[]))
    assert found == [
        Change(REMOVED, "rule", "answer"),
        Change(ADDED, "rule", "video"),
        Change(REMOVED, "badge", "first"),
    ]


def test_a_change_is_told_field_by_field_as_deep_as_it_is() -> None:
    new = after()
    new["rules"][1]["gives"] = [{"points": 12}]
    new["rules"][1]["tells"] = "intent"
    fields = [
        FieldChange("/gives/0/points", 10, 12),
        FieldChange("/gives/1", {"badge": "first"}, ABSENT),
        FieldChange("/tells", ABSENT, "intent"),
    ]
    assert between(BEFORE, new) == [Change(CHANGED, "rule", "answer", fields)]


def test_true_is_not_one() -> None:
    old, new = ({"rules": [{"key": "a", "when": {"is": value}}]} for value in (1, True))
    assert between(old, new) == [Change(CHANGED, "rule", "a", [FieldChange("/when/is", 1, True)])]


def test_levels_change_by_key_and_the_ladder_as_a_whole() -> None:
    ladder = {
        "period": "month",
        "levels": [{"key": "low", "reach": 0}, {"key": "mid", "reach": 2}, {"key": "high", "reach": 4}],
    }
    assert between(BEFORE, after(tiers=ladder)) == [
        Change(CHANGED, "tier", "high", [FieldChange("/reach", 5, 4)]),
        Change(ADDED, "tier", "mid"),
        Change(CHANGED, "tiers", "tiers", [FieldChange("/period", "year", "month")]),
    ]


def test_the_order_of_currencies_says_which_one_is_meant_by_none() -> None:
    new = after(currencies=BEFORE["currencies"][::-1])
    order = FieldChange("", ["points", "stars"], ["stars", "points"])
    assert between(BEFORE, new) == [Change(CHANGED, "currencies", "currencies", [order])]


def test_what_was_there_keeps_its_place_and_what_is_new_comes_last() -> None:
    rules = [{"key": "a-new"}, {"key": "answer"}, {"key": "post"}]
    ordered = in_order_of(BEFORE, after(rules=rules))
    assert [rule["key"] for rule in ordered["rules"]] == ["post", "answer", "a-new"]
