"""A rulebook in plain sentences: what each rule gives and for what, how a badge is won, what a tier asks.

A rule's `tells` decides how much, as in `explain`: `exact` says everything; `intent` says what is done and what it
gives, but no number of a condition or limit; a `private` rule is not described, and a badge that only such rules give
is a surprise.
"""

from __future__ import annotations

from rules_engine.badges import Badge
from rules_engine.describe import badges, rules, tiers
from rules_engine.describe.speech import Speech
from rules_engine.rules import CompiledRule, Rulebook
from rules_engine.tiers import Level


def rule(one: CompiledRule, rulebook: Rulebook, language: str) -> str | None:
    """What the rule gives and for what; None for a private one."""
    if one.tells == "private":
        return None
    return rules.sentence(one, Speech(rulebook, language))


def badge(one: Badge, rulebook: Rulebook, language: str) -> str:
    """How the badge is won."""
    return badges.sentence(one, Speech(rulebook, language))


def tier(level: Level, rulebook: Rulebook, language: str) -> str:
    """What the tier asks of who wants to come into it and stay."""
    return tiers.sentence(level, Speech(rulebook, language))
