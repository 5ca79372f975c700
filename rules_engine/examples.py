"""The examples of a rule, run: what the rule alone gives for a described fact must be what the example says.

A rule is tried by itself (a boost together with the rules it boosts), on a fresh member who is as `given.member` says,
so that other rules never change whether an example holds. `given.before` are facts that came first, a minute apart;
`given.times` repeats the fact: a minute apart, for a streak on the next day or week, for diversity with somebody or
something else each time, for a clock until it strikes again. `then` is what the last one brings. Everything is read
from the normalised document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rules_engine.clocks import Clock
from rules_engine.days import DAY, SECOND, zone
from rules_engine.diversity import COUNTERPARTY, Diversity
from rules_engine.document import Names, Node, items_of, shown
from rules_engine.effects import GIVEN, Decision
from rules_engine.errors import Problem, Sentence
from rules_engine.facts import UNDOERS, Fact
from rules_engine.fields import DATA, Kind
from rules_engine.fold import Era, fold
from rules_engine.rules import ACTOR, CompiledRule, Rulebook
from rules_engine.standing import Standing
from rules_engine.streaks import WEEK, Streak

MAX_EXAMPLES = 50
MAX_THEN = 10
MAX_BEFORE = 20
MAX_TIMES = 1_000
FACT_FIELDS = ("kind", "platform", "actor", "beneficiary", "object", "data", "undone_by", "times")
GIVEN_FIELDS = (*FACT_FIELDS, "at", "member", "before")
BROUGHT = ("points", "badge", "boost", "paused_days", "lost")
"""What a rule can bring; `then` names one of them at a time."""

_DEFAULT_AT = 1_767_614_400 * SECOND  # noon UTC on a Monday, 2026-01-05
MINUTE = 60 * SECOND
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
            wanted = then.fields(optional=(*BROUGHT, "currency", "level"))
            if sum(word in wanted for word in BROUGHT) != 1:
                then.refuse("missing", Sentence("one of {names} is needed", names=", ".join(BROUGHT)))
            for word in ("level", "boost", "paused_days"):
                if word in wanted:
                    wanted[word].whole(1, 2**53)
            if "points" in wanted:
                wanted["points"].whole(-(2**53), 2**53)
            if "currency" in wanted:
                wanted["currency"].choice(names.currencies)
            for word in ("badge", "lost"):
                if word in wanted:
                    wanted[word].choice(names.badges)


def facts_of(rule: Mapping[str, Any]) -> int:
    """How many facts the examples of a rule, as its document says them, are tried on."""
    given = [example["given"] for example in rule.get("examples", ()) if "given" in example]
    return sum(one.get("times", 1) + sum(before.get("times", 1) for before in one.get("before", ())) for one in given)


def _check_given(node: Node, kinds: Mapping[str, Kind], names: Names) -> None:
    given = node.fields(optional=GIVEN_FIELDS)
    _check_fact(given, kinds)
    if "at" in given:
        given["at"].date_or_moment()
    for before in items_of(given, "before", MAX_BEFORE):
        _check_fact(before.fields(optional=FACT_FIELDS), kinds)
    if "member" in given:
        member = given["member"].fields(optional=("tier", "groups", "badges", "attributes", "earned", "days"))
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
        if "days" in member:
            member["days"].whole(0, 20_000)


def _check_fact(given: Mapping[str, Node], kinds: Mapping[str, Kind]) -> None:
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
    if "times" in given:
        given["times"].whole(1, MAX_TIMES)


def _try(rulebook: Rulebook, rule: CompiledRule, example: Mapping[str, Any], pointer: str) -> Problem | None:
    given = example["given"]
    at = _instant(rulebook, rule, given)
    if at is None:
        return Problem(pointer, "example_failed", Sentence("the rule is never active"))
    standing = _member(rulebook, given.get("member", {}), at)
    alone = rulebook.only(rulebook.tried_with(rule))
    if isinstance(rule.terms, Clock):
        decided = _struck(alone, rule.terms, standing, given, at)
    else:
        facts = _facts(rule, given, at)
        outcome = fold([Era(0, alone, rulebook.zone)], _EARNER, standing, facts, facts[-1].at)
        decided = [one for one in outcome.decisions if one.rule == rule.key and one.fact == facts[-1].id]
    got = [effect for decision in decided if decision.outcome == GIVEN for effect in decision.effects]
    default = rulebook.currencies[0].key
    if _canonical(got, default) == _canonical(example["then"], default):
        return None
    expected, found = _said(example["then"]), _said(got)
    refused = next((decision for decision in decided if decision.code), None)
    if refused is None:
        detail = Sentence("expected {expected}, got {found}", expected=expected, found=found)
    else:
        detail = Sentence(
            "expected {expected}, got {found}; refused: {code} at {place}",
            expected=expected,
            found=found,
            code=refused.code or "",
            place=refused.path or "",
        )
    return Problem(pointer, "example_failed", detail)


def _instant(rulebook: Rulebook, rule: CompiledRule, given: Mapping[str, Any]) -> int | None:
    stated = given.get("at")
    if isinstance(stated, str):
        if len(stated) == 10:
            return zone(rulebook.zone).start_of(dt.date.fromisoformat(stated)) + DAY // 2
        return int(dt.datetime.fromisoformat(stated).timestamp()) * SECOND
    if rule.active is not None:
        return rule.active.first(zone(rulebook.zone), _DEFAULT_AT)
    return _DEFAULT_AT


def _struck(alone: Rulebook, clock: Clock, standing: Standing, given: Mapping[str, Any], at: int) -> list[Decision]:
    """What the clock decides when it strikes for the `times`-th time, for a member who began at the instant."""
    standing.first_at, days = at, zone(alone.zone)
    due = at
    for _ in range(given.get("times", 1)):
        strike = clock.next(at, due + 1, days)
        if strike is None:
            return []
        due = strike.at
        standing.clock_at = standing.clock_at or due
    outcome = fold([Era(0, alone, alone.zone)], _EARNER, standing, [], due)
    return [one for one in outcome.decisions if one.at == due]


def _facts(rule: CompiledRule, given: Mapping[str, Any], at: int) -> list[Fact]:
    """The facts that came before, then the fact itself, as often as it is repeated."""
    before = [
        fact
        for place, one in enumerate(given.get("before", ()))
        for fact in _repeated(rule, one, f"before-{place:02}", 0, MINUTE)
    ]
    step = (7 * DAY if rule.terms.unit == WEEK else DAY) if isinstance(rule.terms, Streak) else MINUTE
    itself = _repeated(rule, given, "example", at, step)
    return [fact._replace(at=at - (len(before) - place) * MINUTE) for place, fact in enumerate(before)] + itself


def _repeated(rule: CompiledRule, given: Mapping[str, Any], name: str, at: int, step: int) -> list[Fact]:
    people = (_EARNER, _OTHER) if rule.earns == ACTOR else (_OTHER, _EARNER)
    actor, beneficiary = given.get("actor", people[0]), given.get("beneficiary", people[1])
    # Whatever the example calls the one who earns, it is the member whose timeline this is.
    earner = actor if rule.earns == ACTOR else beneficiary
    actor, beneficiary = (
        _EARNER if person is not None and person == earner else person for person in (actor, beneficiary)
    )
    facts = [
        Fact(
            id=f"{name}-{number}",
            key=f"{name}-{number:04}",
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
    if isinstance(rule.terms, Diversity):
        return [_varied(fact, rule, rule.terms.of, number) for number, fact in enumerate(facts)]
    return facts


def _varied(fact: Fact, rule: CompiledRule, of: str, number: int) -> Fact:
    """The fact with somebody or something else in it, unless it is the first one."""
    if not number:
        return fact
    if of == COUNTERPARTY:
        other = f"{_OTHER}-{number}"
        return fact._replace(beneficiary=other) if rule.earns == ACTOR else fact._replace(actor=other)
    if of == "platform":
        return fact._replace(platform=f"{fact.platform}-{number}")
    if of == "object.id":
        return fact._replace(object={**fact.object, "id": f"{fact.object.get('id', '')}-{number}"})
    name = of.removeprefix(DATA)
    return fact._replace(data={**fact.data, name: f"{fact.data.get(name, '')}-{number}"})


def _member(rulebook: Rulebook, described: Mapping[str, Any], at: int) -> Standing:
    standing = Standing.new()
    standing.era = 0
    standing.first_at = at - described["days"] * DAY if "days" in described else None
    if described.get("tier") is not None:
        standing.tier["key"] = described["tier"]
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
            said += [(word, effect[word], None) for word in BROUGHT if word in effect]
    return sorted(said, key=repr)


def _said(effects: list[dict[str, Any]]) -> str:
    return shown(effects) if effects else Sentence("nothing")
