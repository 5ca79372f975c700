"""The examples of a rule, run: what the rule alone gives for a described fact must be what the example says.

A rule is tried by itself (a boost together with the rules it boosts), on a fresh member who is as `given.member` says,
so that other rules never change whether an example holds. `given.times` repeats the fact, a minute apart, or a day
apart for a streak; `then` is what the last one gives. Everything is read from the normalised document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rules_engine.days import DAY, SECOND, zone
from rules_engine.document import Names, Node, items_of, shown
from rules_engine.effects import GIVEN
from rules_engine.errors import Problem
from rules_engine.facts import UNDOERS, Fact
from rules_engine.fields import Kind
from rules_engine.fold import Era, fold
from rules_engine.rules import ACTOR, BOOST, STREAK, CompiledRule, Rulebook
from rules_engine.standing import Standing

MAX_EXAMPLES = 50
MAX_THEN = 10
GIVEN_FIELDS = ("kind", "platform", "actor", "beneficiary", "object", "data", "undone_by", "at", "times", "member")

_DEFAULT_AT = 1_767_614_400 * SECOND  # noon UTC on a Monday, 2026-01-05
_EARNER, _OTHER = "ada", "ben"


def run_examples(rulebook: Rulebook) -> list[Problem]:
    """Runs every example of every rule; a problem at `/rules/i/examples/j` for each that does not hold."""
    problems = []
    for index, rule in enumerate(rulebook.rules):
        for number, example in enumerate(rule.document.get("examples", ())):
            problem = _try(rulebook, rule, example, f"/rules/{index}/examples/{number}")
            if problem is not None:
                problems.append(problem)
    return problems


def check(node: Node, kinds: Mapping[str, Kind], names: Names) -> None:
    """Books what is wrong with how the examples of a rule are written; running them is another matter."""
    for item in node.items(MAX_EXAMPLES):
        parts = item.fields(required=("given", "then"))
        if "given" in parts:
            _check_given(parts["given"], kinds, names)
        for then in items_of(parts, "then", MAX_THEN):
            wanted = then.fields(optional=("points", "currency", "badge", "level", "boost"))
            if sum(word in wanted for word in ("points", "badge", "boost")) != 1:
                then.refuse("missing", "one of points, badge, boost is needed")
            for word in ("points", "level", "boost"):
                if word in wanted:
                    wanted[word].whole(1, 2**53)
            if "currency" in wanted:
                wanted["currency"].choice(names.currencies)
            if "badge" in wanted:
                wanted["badge"].choice(names.badges)


def _check_given(node: Node, kinds: Mapping[str, Kind], names: Names) -> None:
    given = node.fields(optional=GIVEN_FIELDS)
    if "kind" in given:
        given["kind"].choice(sorted(kinds), "unknown_kind")
    if "platform" in given:
        given["platform"].text(64)
    for person in ("actor", "beneficiary"):
        if person in given and given[person].value is not None:
            given[person].text(200)
    for mapping in ("object", "data"):
        if mapping in given:
            given[mapping].open_fields()
    if "undone_by" in given:
        given["undone_by"].choice(UNDOERS)
    if "at" in given:
        given["at"].date_or_moment()
    if "times" in given:
        given["times"].whole(1, 1_000)
    if "member" in given:
        member = given["member"].fields(optional=("tier", "groups", "badges", "attributes", "earned"))
        if "tier" in member:
            member["tier"].choice(names.tiers)
        for group in items_of(member, "groups", 100):
            group.text(200)
        for badge in items_of(member, "badges", 100):
            badge.choice(names.badges)
        if "attributes" in member:
            member["attributes"].open_fields()
        if "earned" in member:
            member["earned"].whole(0, 2**53)


def _try(rulebook: Rulebook, rule: CompiledRule, example: Mapping[str, Any], pointer: str) -> Problem | None:
    given = example["given"]
    at = _instant(rulebook, rule, given)
    if at is None:
        return Problem(pointer, "example_failed", "the rule is never active")
    facts = _facts(rule, given, at)
    standing = _member(rulebook, given.get("member", {}))
    eras = [Era(0, rulebook.only({rule.key, *rule.boosts}), rulebook.zone)]
    last = facts[-1]
    outcome = fold(eras, _EARNER, standing, facts, last.at)
    decided = [decision for decision in outcome.decisions if decision.rule == rule.key and decision.fact == last.id]
    got = [effect for decision in decided if decision.outcome == GIVEN for effect in decision.effects]
    default = rulebook.currencies[0].key
    if _canonical(got, default) == _canonical(example["then"], default):
        return None
    why = next((f"; refused: {decision.code} at {decision.path}" for decision in decided if decision.code), "")
    return Problem(pointer, "example_failed", f"expected {_said(example['then'])}, got {_said(got)}{why}")


def _instant(rulebook: Rulebook, rule: CompiledRule, given: Mapping[str, Any]) -> int | None:
    stated = given.get("at")
    if isinstance(stated, str):
        if len(stated) == 10:
            return zone(rulebook.zone).start_of(dt.date.fromisoformat(stated)) + DAY // 2
        return int(dt.datetime.fromisoformat(stated).timestamp()) * SECOND
    if rule.active is not None:
        return rule.active.first(zone(rulebook.zone), _DEFAULT_AT)
    return _DEFAULT_AT


def _facts(rule: CompiledRule, given: Mapping[str, Any], at: int) -> list[Fact]:
    people = (_EARNER, _OTHER) if rule.earns == ACTOR else (_OTHER, _EARNER)
    actor, beneficiary = given.get("actor", people[0]), given.get("beneficiary", people[1])
    step = DAY if rule.form == STREAK else 60 * SECOND
    # Whatever the example calls the one who earns, it is the member whose timeline this is.
    earner = actor if rule.earns == ACTOR else beneficiary
    actor, beneficiary = (
        _EARNER if person is not None and person == earner else person for person in (actor, beneficiary)
    )
    return [
        Fact(
            id=f"example-{number}",
            key=f"example-{number:04}",
            at=at + number * step,
            kind=given.get("kind", rule.kinds[0]),
            actor=actor,
            beneficiary=beneficiary,
            platform=given.get("platform", "example"),
            object=given.get("object", {}),
            data=given.get("data", {}),
            undone_by=given.get("undone_by"),
        )
        for number in range(given.get("times", 1))
    ]


def _member(rulebook: Rulebook, described: Mapping[str, Any]) -> Standing:
    standing = Standing.new()
    standing.era = 0
    standing.tier[0] = described.get("tier")
    standing.groups = sorted(described.get("groups", ()))
    standing.badges = {badge: [1, 0] for badge in described.get("badges", ())}
    standing.attributes = dict(described.get("attributes", {}))
    if described.get("earned"):
        standing.earned[rulebook.currencies[0].key] = described["earned"]
    return standing


def _canonical(effects: list[dict[str, Any]], currency: str) -> list[tuple[str, object, object]]:
    said: list[tuple[str, object, object]] = []
    for effect in effects:
        if "points" in effect:
            said.append(("points", effect["points"], effect.get("currency", currency)))
        elif "badge" in effect:
            said.append(("badge", effect["badge"], effect.get("level", 1)))
        else:
            said.append((BOOST, effect.get("boost"), None))
    return sorted(said, key=repr)


def _said(effects: list[dict[str, Any]]) -> str:
    return shown(effects) if effects else "nothing"
