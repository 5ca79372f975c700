"""What a rule gives on one occasion: points within its limits and budgets, and badges that can be won.

It wants the transfers, uses up the limits in points, and adds to `gains` and `won`, which `Step.take_in` adds to the
standing when every rule has had its turn. Whether the rule holds was decided before.
"""

from __future__ import annotations

from typing import Any

from rules_engine import badges, limits
from rules_engine.amounts import MAX_POINTS, Bucket, Points
from rules_engine.answers import Ask
from rules_engine.counts import Count
from rules_engine.days import Day
from rules_engine.diversity import Diversity
from rules_engine.effects import ISSUANCE, MEMBER, Effect
from rules_engine.facts import Fact
from rules_engine.rules import CompiledRule
from rules_engine.step import Step
from rules_engine.terms import Ordered, word


def give(
    step: Step,
    rule: CompiledRule,
    occasion: str,
    at: int,
    fact: Fact | None,
    percent: int,
    counterparty: str | None,
    gains: dict[Bucket, int],
    won: list[tuple[str, int]],
) -> int:
    """Wants what the rule gives, clipped by its limits in points. The points given; -1 if there was nothing."""
    total = 0
    clipped: str | None = None
    evidence = fact.id if fact is not None else None
    amounts: list[tuple[Points, int]] = []
    for item in rule.points:
        amount = item.base if item.per is None else item.amount(fact)
        if percent != 100:
            amount = min(amount * percent // 100, MAX_POINTS)
        for cap in rule.caps:
            left = limits.room(cap, step.standing.windows, counterparty) - total
            if left < amount:
                amount, clipped = max(left, 0), cap.path
        if amount > 0:
            total += amount
            amounts.append((item, amount))
    new_badges = [award for award in rule.badges if badges.can_win(step.standing, *award)]
    if not total and not new_badges:
        if step.keep:
            code = "limit_reached" if clipped else badges.why_not(step.standing, rule.badges)
            step.book_refusal(rule.key, occasion, code, clipped or "/gives", evidence, at, None)
        return -1
    if rule.budgets and not _granted(step, rule, occasion, at, fact, total):
        return -1
    for item, amount in amounts:
        step.effects.append(
            Effect(rule.key, occasion, item.effect, item.currency, ISSUANCE, MEMBER, amount, at, evidence)
        )
        bucket = item.plain or item.bucket(at, step.zone)
        gains[bucket] = gains.get(bucket, 0) + amount
    won += new_badges
    step.gave(rule.key)
    for cap in rule.caps:
        limits.use(cap, step.standing.windows, counterparty, total)
    if step.keep:
        given: list[dict[str, Any]] = [{"points": amount, "currency": item.currency} for item, amount in amounts]
        given += [badges.said(*award) for award in new_badges]
        step.decide(rule.key, occasion, evidence, at, given)
    return total


def reach(
    step: Step,
    rule: CompiledRule,
    terms: Ordered,
    ordinal: str,
    at: int,
    fact: Fact | None,
    counterparty: str | None,
    gains: dict[Bucket, int],
    won: list[tuple[str, int]],
) -> None:
    """Wants what the rule gives on the occasion that an ordinal of its `terms` names, and remembers the ordinal."""
    by = word(rule.key, terms)
    step.standing.levels[by] = ordinal
    limits.roll(step.standing.windows, step.zone.day(at))
    give(step, rule, f"{by}@{ordinal}", at, fact, 100, counterparty, gains, won)


def catch_up(step: Step, at: int, day: Day) -> None:
    """Gives the levels that the member had passed before the rulebook could give them."""
    gains: dict[Bucket, int] = {}
    won: list[tuple[str, int]] = []
    for rule in step.rulebook.counting:
        assert isinstance(rule.terms, (Count, Diversity))
        for ordinal in [*rule.terms.passed(step.standing, rule.key, day)]:
            reach(step, rule, rule.terms, ordinal, at, None, None, gains, won)
    step.take_in(gains, won, at, day)


def _granted(step: Step, rule: CompiledRule, occasion: str, at: int, fact: Fact | None, points: int) -> bool:
    """Whether the budgets of everyone together have room, as far as is known: what is not answered yet is asked."""
    day = step.zone.day(at)
    parts = tuple(limits.part(budget, day, points) for budget in rule.budgets)
    answered = step.answers.to(rule.key, occasion, parts)
    step.asks.append(Ask(rule.key, occasion, at, fact.key if fact is not None else "", parts, answered))
    if answered is False and step.keep:
        evidence = fact.id if fact is not None else None
        # An answer is to all of it, so which of several had no room is not known.
        path = rule.budgets[0].path if len(rule.budgets) == 1 else "/limits"
        step.book_refusal(rule.key, occasion, "budget_spent", path, evidence, at, None)
    return answered is not False
