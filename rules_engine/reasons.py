"""Why a rule gave nothing, as the part of a sentence that follows "because", in the reader's language.

No more than the rule tells: numbers of conditions, limits and thresholds only where it tells exactly; another rule that
counted instead is named unless it is private. A private rule has no reason at all, which `explain` sees to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_engine import words
from rules_engine.effects import Decision
from rules_engine.names import called, field_label, said
from rules_engine.rules import CompiledRule, Rulebook

_UNNUMBERED = {"limit_reached": "limit_intent", "budget_spent": "budget_intent"}
"""How a limit is spoken of by whoever does not say its number, or does not know which one it was."""


def said_of(decision: Decision, rule: CompiledRule, rulebook: Rulebook, language: str) -> str:
    """The reason for which the rule refused."""
    texts = words.told(language)
    code, exact = decision.code or "refused", rule.tells == "exact"
    if code == "condition_failed":
        return _condition(decision, rule, rulebook, texts, language)
    if code in _UNNUMBERED:
        return (_limit(decision, rule, texts) if exact else None) or texts[_UNNUMBERED[code]]
    if code == "not_yet":
        if not exact or not isinstance(decision.found, dict) or decision.found.get("need") is None:
            return texts["not_yet_intent"]
        have, need = decision.found["have"], decision.found["need"]
        return words.numbered(texts, "not_yet", need - have).format(more=need - have, have=have, need=need)
    if code == "outstacked":
        winner = rulebook.rule(str(decision.found))
        if winner is None or winner.tells == "private":
            return texts["refused"]
        return texts["outstacked"].format(winner=said(winner.name, language, winner.key))
    return texts.get(code, texts["refused"])


def _condition(
    decision: Decision, rule: CompiledRule, rulebook: Rulebook, texts: Mapping[str, str], language: str
) -> str:
    leaf: Any = rule.document
    for step in (decision.path or "").split("/")[1:]:
        leaf = leaf[int(step)] if isinstance(leaf, list) else leaf[step]
    if "field" not in leaf:
        return texts["condition_group"]
    word = next(name for name in leaf if name != "field")
    value = leaf[word]
    field = field_label(leaf["field"], language)
    if rule.tells != "exact":
        return texts["condition_intent"].format(field=field)
    if word == "exists":
        return texts["condition_failed"].format(field=field, operator=texts["exists_true" if value else "exists_false"])

    def listed(values: object) -> str:
        each = values if isinstance(values, list) else [values]
        return ", ".join(called(leaf["field"], one, rulebook, language) for one in each)

    operator = texts[word].format(value=listed(value))
    if decision.found is None:
        return texts["condition_absent"].format(field=field, operator=operator)
    return texts["condition_found"].format(field=field, operator=operator, found=listed(decision.found) or "[]")


def _limit(decision: Decision, rule: CompiledRule, texts: Mapping[str, str]) -> str | None:
    limit = next((limit for limit in (*rule.times, *rule.caps, *rule.budgets) if limit.path == decision.path), None)
    if limit is None:
        return None
    sort = "budget" if limit.budget else "limit"
    form = f"{sort}_points" if limit.points else f"{sort}_times"
    return texts[f"{form}_pair" if limit.pair else form].format(most=limit.most, per=texts[limit.per])
