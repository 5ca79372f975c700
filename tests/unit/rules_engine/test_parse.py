"""Documents that are read, and those that are refused as a whole: where and why."""

from __future__ import annotations

import datetime as dt

import pytest

from rules_engine.errors import RulebookRefused
from rules_engine.fields import KINDS
from rules_engine.parse import parse, render
from tests.unit.rules_engine.builders import problems_of, rulebook


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
