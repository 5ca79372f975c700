"""Consideration: a fact, and every rule on its kind that the member could earn by.

Conditions read the standing before the step; then limits in times, stacking, boosts, limits in points, counters; what
depends on what was given comes last (`Step.take_in`). Rules are taken in the order of their keys. Where somebody is to
read it, a refusal is kept with the place in the rule that decided.
"""

from __future__ import annotations

from rules_engine import giving, limits, stacks
from rules_engine.amounts import Bucket
from rules_engine.boosts import Boost
from rules_engine.clocks import Clock
from rules_engine.conduct import Conduct
from rules_engine.days import Day
from rules_engine.facts import Fact
from rules_engine.forms import BOOST, SINGLE
from rules_engine.rules import CompiledRule, Considered
from rules_engine.standing import PERSON, Standing
from rules_engine.step import Step
from rules_engine.terms import Advance, Turn, latest

_FREES_NO_LIMIT = ("author", "counterparty")


def consider(step: Step, fact: Fact, considered: Considered, counterparty: str | None) -> None:
    """One step: every rule on this kind of fact that the member could earn by."""
    standing, at = step.standing, fact.at
    day = step.zone.day(at)
    windows = standing.windows
    if day.label > windows["day"][0]:
        limits.roll(windows, day)
    if standing.paused_until is not None and _is_paused(step, fact, considered):
        return
    if standing.role != PERSON or fact.actor == fact.beneficiary or fact.id in step.answers.withheld:
        if step.keep:
            code = "staff" if standing.role != PERSON else "withheld"
            for rule in considered.rules:
                step.refuse(rule, fact, "same_person" if fact.actor == fact.beneficiary else code, None, None)
        return
    taken = []
    for rule in considered.rules:
        if rule.active is not None and not rule.active.holds(at, day, step.zone):
            if step.keep:
                step.refuse(rule, fact, "outside_window", "/active", day.label)
            continue
        if rule.check is not None:
            path = rule.check(fact, standing)
            if path is not None:
                if step.keep:
                    step.refuse(rule, fact, "condition_failed", path, rule.found_at(path, fact, standing))
                continue
        for limit in rule.times:
            if limits.room(limit, windows, counterparty) <= 0:
                if step.keep:
                    step.refuse(rule, fact, "limit_reached", limit.path, limit.most)
                break
        else:
            if fact.undone_by is not None and fact.undone_by in rule.undone_by:
                if fact.undone_by in _FREES_NO_LIMIT and rule.form != BOOST:
                    for limit in rule.times:
                        limits.use(limit, windows, counterparty, 1)
                if step.keep:
                    step.refuse(rule, fact, "undone", "/undone_by", fact.undone_by)
            else:
                taken.append(rule)
    if taken:
        if considered.contested:
            taken = stacks.stack(step, fact, taken)
        boosts: list[tuple[CompiledRule, Boost]] = []
        if considered.boosted:
            boosts = [(rule, rule.terms) for rule in taken if isinstance(rule.terms, Boost)]
        _give_all(step, fact, day, taken, boosts, counterparty)


def _is_paused(step: Step, fact: Fact, considered: Considered) -> bool:
    """Whether earning is paused at the fact, which every rule then refuses; rules of conduct go on."""
    until = step.standing.paused_until
    if until is not None and fact.at >= until:
        step.standing.paused_until = None
        return False
    if considered.conduct:
        return False
    if step.keep:
        for rule in considered.rules:
            step.refuse(rule, fact, "paused", None, until)
    return True


def _give_all(
    step: Step,
    fact: Fact,
    day: Day,
    taken: list[CompiledRule],
    boosts: list[tuple[CompiledRule, Boost]],
    counterparty: str | None,
) -> None:
    windows = step.standing.windows
    gains: dict[Bucket, int] = {}
    won: list[tuple[str, int]] = []
    boosted: set[str] = set()
    for rule in taken:
        if rule.form == BOOST:
            continue
        if rule.form == SINGLE:
            percent = 100
            for _, boost in boosts:
                if boost.of is None or rule.key in boost.of:
                    percent += boost.percent - 100
            points = giving.give(step, rule, fact.id, fact.at, fact, percent, counterparty, gains, won)
            if points < 0:
                continue
            for limit in rule.times:
                limits.use(limit, windows, counterparty, 1)
            if points and percent != 100:
                boosted.add(rule.key)
            continue
        if isinstance(rule.terms, Conduct):
            _sanction(step, rule, rule.terms, fact, day)
            continue
        for limit in rule.times:
            limits.use(limit, windows, counterparty, 1)
        _count(step, rule, fact, day, counterparty, gains, won)
    for rule, boost in boosts:
        if not (boosted if boost.of is None else boosted & boost.of):
            if step.keep:
                step.refuse(rule, fact, "nothing_to_boost", "/boost/of", None)
            continue
        for limit in rule.times:
            limits.use(limit, windows, counterparty, 1)
        step.gave(rule.key)
        if step.keep:
            step.decide(rule.key, fact.id, fact.id, fact.at, [{"boost": boost.percent}])
    step.take_in(gains, won, fact.at, day)


def _count(
    step: Step,
    rule: CompiledRule,
    fact: Fact,
    day: Day,
    counterparty: str | None,
    gains: dict[Bucket, int],
    won: list[tuple[str, int]],
) -> None:
    """Counts a fact for a rule that counts them, and gives for what it reaches now, if it reaches something."""
    terms = rule.terms
    assert terms is not None
    assert not isinstance(terms, (Boost, Clock, Conduct)), "these count no facts"
    came = terms.advance(step.standing, Turn(rule.key, fact, day, step.zone, counterparty))
    if came.ordinal is None:
        if step.keep:
            step.refuse(rule, fact, came.code or "not_yet", came.path, _looked_at(rule, came, fact, step.standing))
    elif came.ordinal <= latest(step.standing, rule.key, terms):
        if step.keep:
            step.refuse(rule, fact, "given_before", f"/{rule.form}", None)
    else:
        giving.reach(step, rule, terms, came.ordinal, fact.at, fact, counterparty, gains, won)


def _looked_at(rule: CompiledRule, came: Advance, fact: Fact, standing: Standing) -> object:
    """What an advance found, or the condition of a step compared."""
    if came.path is None or came.path not in rule.reads:
        return came.found
    return rule.found_at(came.path, fact, standing)


def _sanction(step: Step, rule: CompiledRule, conduct: Conduct, fact: Fact, day: Day) -> None:
    """Has a confirmed breach its consequences."""
    effects, did = conduct.carry_out(step.standing, rule.key, fact, day)
    step.effects += effects
    step.gave(rule.key)
    if step.keep:
        step.decide(rule.key, fact.id, fact.id, fact.at, did)
    step.settle(fact.at, day)
