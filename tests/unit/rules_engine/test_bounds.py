"""What is too large, too deep or too costly to be read as a rulebook, however it is written."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine import document
from tests.unit.rules_engine.builders import problems_of


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


@pytest.mark.parametrize(("rules", "codes"), [(10, []), (11, ["too_costly"])])
def test_what_all_rules_remember_of_different_ones_together_is_bounded(rules: int, codes: list[str]) -> None:
    terms = {"of": "counterparty", "at": [1, 500]}
    crowd = [{"key": f"r{n}", "on": "post_created", "diversity": terms, "gives": {"points": 1}} for n in range(rules)]
    assert [problem.code for problem in problems_of({"rules": crowd})] == codes


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
