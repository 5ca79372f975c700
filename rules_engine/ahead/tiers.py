"""What is missing of the tier above the member's, as sentences: points of its period, and badges."""

from __future__ import annotations

from typing import Any

from rules_engine import tiers, words
from rules_engine.ahead.badges import not_held
from rules_engine.days import zone
from rules_engine.names import said
from rules_engine.rules import Rulebook
from rules_engine.standing import PERSON, Standing


def step(rulebook: Rulebook, standing: Standing, language: str) -> dict[str, Any] | None:
    """`{"tier", "have", "need", "sentence"}`; None in the highest tier, in a locked one, or where none comes."""
    ladder = rulebook.tiers
    if ladder is None or standing.tier_lock is not None or standing.role != PERSON:
        return None
    following = ladder.index(standing.tier_key) + 1
    if following >= len(ladder.levels):
        return None
    level, texts = ladder.levels[following], words.told(language)
    have = tiers.score(ladder, standing, zone(rulebook.zone).day(max(standing.through, 0)))
    name = said(level.name, language, level.key)
    more = level.reach - have
    sentences = [words.numbered(texts, "next_tier", more).format(more=more, name=name)] if more > 0 else []
    missing = [badge for badge in level.needs_badges if badge not in standing.badges]
    if missing:
        listed = ", ".join(not_held(badge, rulebook, standing, language) for badge in missing)
        sentences.append(texts["next_tier_badges"].format(name=name, badges=listed))
    return {"tier": level.key, "have": have, "need": level.reach, "sentence": " ".join(sentences)}
