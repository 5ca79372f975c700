"""What a tier asks, in plain sentences: points to come into it, points to stay, badges."""

from __future__ import annotations

from rules_engine.describe.speech import Speech
from rules_engine.tiers import Level


def sentence(level: Level, speech: Speech) -> str:
    """What the tier asks of who wants to come into it and stay."""
    ladder = speech.rulebook.tiers
    assert ladder is not None
    badges = speech.join("and", [speech.badge(key) for key in level.needs_badges])
    needs = speech.texts["with_badges"].format(badges=badges) if badges else ""
    if level.reach == 0:
        return speech.texts["start"] + needs
    period = speech.texts[f"period_{ladder.period}"]
    reach = speech.texts["reach"].format(points=level.reach, currency=speech.currency(ladder.currency), period=period)
    keep = speech.texts["keep"].format(points=level.keep) if ladder.period != "ever" and level.keep else ""
    return f"{reach}{keep}.{needs}"
