"""Short ways to say a rulebook, a fact and a fold in the tests of the engine."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import Any

from rules_engine.errors import Problem, RulebookRefused
from rules_engine.facts import Fact
from rules_engine.fields import KINDS
from rules_engine.fold import Era, Outcome, fold
from rules_engine.parse import parse
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing

ADA, BEN = "mem_ada", "mem_ben"
KUALA_LUMPUR = "Asia/Kuala_Lumpur"


def at(text: str, zone: str = "UTC") -> int:
    """The instant of a local time in microseconds."""
    moment = dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(moment.timestamp()) * 1_000_000


def rulebook(*rules: dict[str, Any], **parts: Any) -> Rulebook:
    """A rulebook of these rules, which give one point for a post by Ada unless they say otherwise; None: not at all."""
    plain = {"on": "post_created", "gives": {"points": 1}}
    filled = [
        {"key": f"rule-{n}", **(plain | ({"gives": None} if "boost" in rule else {}) | rule)}
        for n, rule in enumerate(rules)
    ]
    said = [{name: part for name, part in rule.items() if part is not None} for rule in filled]
    return parse({"rules": said, **parts}, KINDS)


def problems_of(document: object) -> list[Problem]:
    """What is wrong with a document."""
    try:
        parse(document, KINDS)
    except RulebookRefused as refused:
        return refused.problems
    return []


def problems_of_rule(**rule: Any) -> list[Problem]:
    """What is wrong with one rule, which is right but for what is said."""
    return problems_of({"rules": [{"key": "a", "on": "post_created", "gives": {"points": 1}, **rule}]})


def fact(number: int, when: str | int, kind: str = "post_created", **changes: Any) -> Fact:
    """A fact by Ada."""
    instant = when if isinstance(when, int) else at(when)
    plain = Fact(f"act_{number}", f"key:{number:04}", instant, kind, ADA, None, "discourse", {}, {}, None)
    return plain._replace(**changes)


def run(book: Rulebook, *facts: Fact, as_of: int | None = None, zone: str = "UTC") -> Outcome:
    """Ada's timeline under one rulebook."""
    return fold([Era(0, book, zone)], ADA, Standing.new(), facts, facts[-1].at if as_of is None else as_of)


def given(outcome: Outcome) -> list[Mapping[str, Any]]:
    """Everything that was given, in order."""
    return [effect for decision in outcome.decisions for effect in decision.effects]
