"""Conditions: what each operator holds for, what fails where, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.effects import GIVEN
from rules_engine.errors import RulebookRefused
from rules_engine.facts import Fact
from rules_engine.fields import KINDS
from rules_engine.parse import parse
from tests.unit.rules_engine.builders import ADA, BEN, fact, problems_of_rule, rulebook, run

FACT = fact(
    1, "2026-11-22 09:00", "purchase_made",
    object={"kind": "order", "id": "17", "tags": ["gift", "sale"]},
    data={"amount_minor": 500, "currency": "MYR", "first": True, "products": ["tea", "mug"]},
)  # fmt: skip


def path_that_failed(when: dict[str, Any], one: Fact = FACT, **rule: Any) -> str | None:
    outcome = run(rulebook({"on": "purchase_made", "when": when, **rule}), one)
    (decision,) = outcome.decisions
    assert decision.code in (None, "condition_failed")
    return decision.path


@pytest.mark.parametrize(
    "when",
    [
        {"field": "data.amount_minor", "is": 500},
        {"field": "data.amount_minor", "is_not": 5},
        {"field": "data.amount_minor", "at_least": 500},
        {"field": "data.amount_minor", "at_most": 500},
        {"field": "data.amount_minor", "one_of": [5, 500]},
        {"field": "data.amount_minor", "exists": True},
        {"field": "data.currency", "is": "MYR"},
        {"field": "data.currency", "one_of": ["MYR", "SGD"]},
        {"field": "data.first", "is": True},
        {"field": "data.products", "has": "tea"},
        {"field": "data.products", "has_any": ["cup", "mug"]},
        {"field": "object.tags", "has": "sale"},
        {"field": "object.kind", "is": "order"},
        {"field": "platform", "is_not": "telegram"},
        {"field": "kind", "is": "purchase_made"},
        {"field": "member.groups", "exists": True},
        {"field": "member.earned", "at_most": 0},
        {"field": "member.attributes.plan", "exists": False},
        {"field": "member.attributes.plan", "is_not": "gold"},
        {"field": "counterparty.known", "is": False},
        {"any": [{"field": "data.currency", "is": "SGD"}, {"field": "data.first", "is": True}]},
        {"not": {"all": [{"field": "data.first", "is": True}, {"field": "data.currency", "is": "SGD"}]}},
    ],
    ids=str,
)
def test_it_holds(when: dict[str, Any]) -> None:
    assert path_that_failed(when) is None
    assert path_that_failed({"not": when}) == "/when"


def test_the_path_leads_to_the_innermost_condition_that_failed() -> None:
    first, paid = {"field": "data.first", "is": True}, {"field": "data.amount_minor", "at_least": 501}
    assert path_that_failed({"all": [first, {"all": [first, paid]}]}) == "/when/all/1/all/1"


def test_of_alternatives_that_all_fail_the_path_is_theirs_together() -> None:
    paid = {"field": "data.amount_minor", "at_least": 501}
    assert path_that_failed({"all": [{"any": [paid, paid]}]}) == "/when/all/0"


def test_what_was_found_is_kept_for_the_explanation() -> None:
    outcome = run(rulebook({"on": "purchase_made", "when": {"field": "data.amount_minor", "at_least": 501}}), FACT)
    assert outcome.decisions[0].found == 500


@pytest.mark.parametrize("value", ["500", 500.5, True, None, [500]])
def test_data_of_another_type_than_declared_is_as_good_as_absent(value: object) -> None:
    odd = FACT._replace(data={"amount_minor": value})
    assert path_that_failed({"field": "data.amount_minor", "at_least": 0}, odd) == "/when"
    assert path_that_failed({"field": "data.amount_minor", "exists": False}, odd) is None


def test_tags_that_are_no_list_are_as_good_as_absent() -> None:
    assert path_that_failed({"field": "object.tags", "has": "sale"}, FACT._replace(object={"tags": "sale"})) == "/when"


def test_a_truth_is_not_the_number_one() -> None:
    attributes = fact(0, 0, "member_changed", data={"attributes": {"plan": True}})
    outcome = run(rulebook({"when": {"field": "member.attributes.plan", "is": 1}}), attributes, fact(1, 1))
    assert outcome.decisions[0].code == "condition_failed"


def test_conditions_on_the_member_read_the_standing_of_who_earns() -> None:
    changed = fact(0, 0, "member_changed", data={"groups": ["founders"], "attributes": {"plan": "gold"}})
    both = {"all": [{"field": "member.groups", "has": "founders"}, {"field": "member.attributes.plan", "is": "gold"}]}
    assert run(rulebook({"when": both}), changed, fact(1, 1)).decisions[0].outcome == GIVEN


@pytest.mark.parametrize(("earns", "actor", "beneficiary"), [("actor", ADA, BEN), ("beneficiary", BEN, ADA)])
def test_the_counterparty_is_the_other_one(earns: str, actor: str, beneficiary: str) -> None:
    known = {"field": "counterparty.known", "is": True}
    assert path_that_failed(known, FACT._replace(actor=actor, beneficiary=beneficiary), earns=earns) is None
    alone = FACT._replace(actor=ADA if earns == "actor" else None, beneficiary=None if earns == "actor" else ADA)
    assert path_that_failed(known, alone, earns=earns) == "/when"


@pytest.mark.parametrize(
    ("when", "pointer", "code", "nearest"),
    [
        ({"field": "data.lenght", "at_least": 1}, "/rules/0/when/field", "unknown_field", "data.length"),
        ({"field": "object.tag", "has": "x"}, "/rules/0/when/field", "unknown_field", "object.tags"),
        ({"field": "data.length", "has": 1}, "/rules/0/when/has", "not_allowed_here", None),
        ({"field": "data.length", "at_leest": 1}, "/rules/0/when/at_leest", "unknown_field", "at_least"),
        ({"field": "data.length", "at_least": "1"}, "/rules/0/when/at_least", "wrong_type", None),
        ({"field": "data.length", "at_least": True}, "/rules/0/when/at_least", "wrong_type", None),
        ({"field": "data.length"}, "/rules/0/when", "missing", None),
        ({"field": "data.length", "at_least": 1, "at_most": 2}, "/rules/0/when", "not_allowed_here", None),
        ({"all": []}, "/rules/0/when/all", "too_small", None),
        ({"all": [{}], "any": []}, "/rules/0/when/any", "unknown_field", None),
        ({"field": "member.tier", "is": "gold"}, "/rules/0/when/is", "unknown_value", None),
        ({"field": "kind", "one_of": ["post_creatd"]}, "/rules/0/when/one_of/0", "unknown_value", "post_created"),
        ([], "/rules/0/when", "wrong_type", None),
    ],
    ids=str,
)
def test_it_is_refused_with_its_place(when: object, pointer: str, code: str, nearest: str | None) -> None:
    assert (pointer, code, nearest) in [(p.pointer, p.code, p.nearest) for p in problems_of_rule(when=when)]


def test_conditions_do_not_nest_without_bound() -> None:
    when: dict[str, Any] = {"field": "data.length", "at_least": 1}
    for _ in range(12):
        when = {"not": when}
    assert [problem.code for problem in problems_of_rule(when=when)] == ["too_deep"]


@pytest.mark.parametrize(
    ("tests", "possible"),
    [
        ([{"at_least": 5}, {"at_most": 3}], False),
        ([{"at_least": 3}, {"at_most": 3}], True),
        ([{"is": 1}, {"is": 2}], False),
        ([{"one_of": [1, 2]}, {"one_of": [2, 3]}], True),
        ([{"one_of": [1, 2]}, {"one_of": [3]}], False),
        ([{"is": 2}, {"is_not": 2}], False),
        ([{"one_of": [1, 9]}, {"at_least": 3}], True),
        ([{"exists": False}, {"at_least": 3}], False),
        ([{"exists": False}, {"is_not": 3}], True),
    ],
)
def test_what_nothing_can_meet_is_refused_where_it_stands(tests: list[dict[str, Any]], possible: bool) -> None:
    leaves = [{"field": "data.votes", **test} for test in tests]
    for when, place in (({"all": leaves}, "/when/all"), ({"all": [{"all": leaves[:1]}, *leaves[1:]]}, "/when/all")):
        document = {"rules": [{"key": "r", "on": "answer_accepted", "when": when, "gives": {"points": 1}}]}
        try:
            parse(document, KINDS)
            found = []
        except RulebookRefused as refused:
            found = [(one.pointer, one.code) for one in refused.problems]
        assert found == ([] if possible else [(f"/rules/0{place}", "contradiction")])
