"""Decisions as sentences in the reader's language: what a rule gave, or why it gave nothing.

A rule's `tells` decides how much: `exact` says the numbers; `intent` says what mattered but no number of a condition,
limit or threshold; `private` is one neutral line. Points that were given are always said, so that the lines still add
up. What comes next is said by `ahead`, what a rule asks by `describe`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules_engine import reasons, words
from rules_engine.dates import spoken
from rules_engine.effects import ADJUSTMENT, AWARD, GIVEN, TAKING, TIER_LOCK, Decision
from rules_engine.names import badge_name, currency_name, has_own_name, said, tier_name
from rules_engine.rules import CompiledRule, Rulebook

_BY_HAND = (ADJUSTMENT, AWARD, TAKING, TIER_LOCK)


def sentence(decision: Decision, rulebook: Rulebook, language: str) -> str:
    """One decision as a sentence for the member it is about."""
    texts = words.told(language)
    rule = rulebook.rule(decision.rule)
    tells = rule.tells if rule is not None else "exact"
    if decision.outcome == GIVEN:
        if tells == "private":
            return neutral(decision.effects, rulebook, language)
        given = _given(decision.effects, rulebook, texts, language)
        title = _title(rule, decision.rule, texts, language)
        if decision.rule in _BY_HAND and decision.found:
            return texts["corrected"].format(rule=title, effects=given, reason=decision.found)
        return texts["given"].format(rule=title, effects=given)
    if rule is None or tells == "private":
        return texts["private_refused"]
    reason = reasons.said_of(decision, rule, rulebook, language)
    return texts["not_given"].format(rule=_title(rule, decision.rule, texts, language), reason=reason)


def settled(rule: str, points: int, currency: str, rulebook: Rulebook, language: str) -> str:
    """Points that were set aside are spent, or, where they are less than none, no longer: no balance moves."""
    texts, name = words.told(language), currency_name(rulebook, currency, language)
    form = texts["settled" if points > 0 else "unsettled"]
    return form.format(rule=texts.get(rule, rule), points=abs(points), currency=name)


def neutral(effects: Sequence[Mapping[str, Any]], rulebook: Rulebook, language: str) -> str:
    """What something that keeps to itself gave, in the one line that there is for it."""
    texts = words.told(language)
    return texts["private"].format(effects=_given(effects, rulebook, texts, language))


def by_rulebook(text: str, label: str, language: str) -> str:
    """A sentence about something that no activity brought, but the rulebook published on the day of that label."""
    texts = words.told(language)
    return texts["by_rulebook"].format(sentence=text.removesuffix("."), date=spoken(label, language))


def _title(rule: CompiledRule | None, word: str, texts: Mapping[str, str], language: str) -> str:
    return said(rule.name, language, rule.key) if rule is not None else texts.get(word, word)


def _given(effects: Sequence[Mapping[str, Any]], rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    return ", ".join(_effect(effect, rulebook, texts, language) for effect in effects) or texts["nothing"]


def _effect(effect: Mapping[str, Any], rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    if "points" in effect:
        return f"{effect['points']:+d} {currency_name(rulebook, effect['currency'], language)}"
    if "badge" in effect:
        level = effect.get("level", 1)
        form = "badge" if level == 1 or has_own_name(rulebook, effect["badge"], level) else "badge_level"
        return texts[form].format(badge=badge_name(rulebook, effect["badge"], language, level), level=level)
    if "paused_days" in effect:
        return words.numbered(texts, "paused_days", effect["paused_days"]).format(days=effect["paused_days"])
    if "lost" in effect:
        return texts["lost"].format(badge=badge_name(rulebook, effect["lost"], language))
    if "taken" in effect:
        return texts["badge"].format(badge=badge_name(rulebook, effect["taken"], language))
    if "tier" in effect:
        return texts["tier_free"] if effect["tier"] is None else tier_name(rulebook, effect["tier"], language)
    return texts["boost"].format(percent=effect["boost"])
