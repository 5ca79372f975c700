"""What is missing of a badge that comes by its needs, as sentences, as far as the member may know of it.

A hidden badge is nothing that comes next, and where another needs it, it is called a surprise.
"""

from __future__ import annotations

from typing import Any

from rules_engine import words
from rules_engine.badges import Badge, Needs, met
from rules_engine.names import badge_name, said, tier_name
from rules_engine.rules import Rulebook
from rules_engine.standing import PERSON, Standing


def next_level(badge: Badge, standing: Standing) -> int | None:
    """The level that the member could come to next, as far as they may know of it."""
    if standing.role != PERSON or not badge.shows_to(standing.badges) or badge.key in standing.taken:
        return None
    held = standing.badges.get(badge.key, (0, 0))[0]
    return held + 1 if held < len(badge.levels) else None


def step(badge: Badge, rulebook: Rulebook, standing: Standing, language: str) -> dict[str, Any] | None:
    """What is missing of the needs of the badge's next level: `{"badge", "have", "need", "sentence"}`.

    The numbers are those of what is furthest away. None where nothing is missing, or nothing may be told.
    """
    level = next_level(badge, standing)
    needs = badge.levels[level - 1].needs if level is not None else None
    if level is None or needs is None:
        return None
    texts, name = words.told(language), said(badge.called(level), language, badge.key)
    parts: list[tuple[int, int]] = []
    sentences: list[str] = []
    for currency, need in needs.earned.items():
        have = standing.earned.get(currency, 0)
        if have < need:
            parts.append((have, need))
            sentences.append(words.numbered(texts, "next_badge", need - have).format(more=need - have, name=name))
    missing = [key for key in needs.badges if key not in standing.badges]
    others = [not_held(key, rulebook, standing, language) for key in missing]
    if missing:
        parts.append((len(needs.badges) - len(missing), len(needs.badges)))
    if needs.tier is not None and not met(Needs({}, (), needs.tier), standing, rulebook.tier_keys):
        parts.append((0, 1))
        others.append(texts["tier"].format(tier=tier_name(rulebook, needs.tier, language)))
    if others:
        sentences.append(texts["next_badge_needs"].format(name=name, needs=", ".join(others)))
    if not parts:
        return None
    have, need = min(parts, key=lambda part: part[0] / part[1])
    return {"badge": badge.key, "have": have, "need": need, "sentence": " ".join(sentences)}


def not_held(key: str, rulebook: Rulebook, standing: Standing, language: str) -> str:
    """A badge that the member does not hold, as far as they may know of it."""
    texts, badge = words.told(language), rulebook.badges.get(key)
    if badge is not None and not badge.shows_to(standing.badges):
        return texts["surprise"]
    return texts["badge"].format(badge=badge_name(rulebook, key, language))
