"""How a badge is won, in plain sentences: by rules, by what each level needs, by a person, or as a surprise."""

from __future__ import annotations

from rules_engine.badges import Badge, Needs
from rules_engine.describe.speech import Speech
from rules_engine.names import said, tier_name


def sentence(one: Badge, speech: Speech) -> str:
    """All ways to it that may be told."""
    givers = [rule for rule in speech.rulebook.rules if any(key == one.key for key, _ in rule.badges)]
    shown = [rule.key for rule in givers if rule.tells != "private"]
    ways = [speech.texts["by_rule"].format(rules=speech.rules(shown))] if shown else []
    for number, level in enumerate(one.levels, 1):
        if level.needs is not None:
            form = "needs" if len(one.levels) == 1 else "level_needs"
            name = said(one.called(number), speech.language, one.key)
            ways.append(speech.texts[form].format(needs=_needs(level.needs, speech), level=number, name=name))
    if ways and one.keeps:
        ways.append(speech.texts["keeps"])
    return " ".join(ways) or speech.texts["surprise" if givers else "by_hand"]


def _needs(needs: Needs, speech: Speech) -> str:
    parts = [
        speech.texts["earned"].format(points=points, currency=speech.currency(currency))
        for currency, points in needs.earned.items()
    ]
    parts += [speech.badge(key) for key in needs.badges]
    if needs.tier is not None:
        tier = tier_name(speech.rulebook, needs.tier, speech.language)
        parts.append(speech.texts["tier"].format(tier=tier))
    return speech.join("and", parts)
