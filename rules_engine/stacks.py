"""Stacking: of rules that are rivals on one fact, which of a group counts."""

from __future__ import annotations

from rules_engine.boosts import Boost
from rules_engine.facts import Fact
from rules_engine.rules import FIRST, SUM, CompiledRule
from rules_engine.step import Step


def stack(step: Step, fact: Fact, taken: list[CompiledRule]) -> list[CompiledRule]:
    """Of rivals in one group, the one that gives most (or comes first by key); the others are out."""
    winners: dict[str, CompiledRule] = {}
    for rule in taken:  # in the order of keys, so the first of equals stays
        if rule.group is None or rule.by == SUM:
            continue
        best = winners.get(rule.group)
        if best is None or (rule.by != FIRST and _worth(rule, fact) > _worth(best, fact)):
            winners[rule.group] = rule
    kept = []
    for rule in taken:
        if rule.group is not None and rule.by != SUM and winners[rule.group] is not rule:
            if step.keep:
                step.refuse(rule, fact, "outstacked", "/stacks", winners[rule.group].key)
        else:
            kept.append(rule)
    return kept


def _worth(rule: CompiledRule, fact: Fact) -> int:
    return rule.terms.percent if isinstance(rule.terms, Boost) else sum(item.amount(fact) for item in rule.points)
