"""What comes next for a member, in sentences: for each rule that counts, each badge by needs and the next tier.

As of the standing's `through`. A rule that tells its intent has no numbers (None), a private one is left out, as is
what is hidden from the member, what is over and what is reached for good; for staff and bots nothing comes. How far a
rule is, in numbers, is `rule_progress`'s.
"""

from __future__ import annotations

from typing import Any

from rules_engine.ahead import badges, rules, tiers
from rules_engine.badges import Badge
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing


def progress(rulebook: Rulebook, standing: Standing, language: str) -> list[dict[str, Any]]:
    """What comes next: for each count, streak, badge by points and the next tier, what the member has and needs.

    Each is `{"rule" | "badge" | "tier": key, "have", "need", "sentence"}`.
    """
    steps = [rules.step(rule, rulebook, standing, language) for rule in rulebook.rules]
    steps += [badges.step(badge, rulebook, standing, language) for badge in rulebook.badges.values()]
    steps.append(tiers.step(rulebook, standing, language))
    return [step for step in steps if step is not None]


def challenges(rulebook: Rulebook, standing: Standing, language: str) -> list[dict[str, Any]]:
    """How far the member is with each challenge, as `progress` has it, and which of them they completed for good
    (`done`).
    """
    steps = (rules.challenge(rule, rulebook, standing, language) for rule in rulebook.rules)
    return [step for step in steps if step is not None]


def badge_progress(badge: Badge, rulebook: Rulebook, standing: Standing, language: str) -> dict[str, Any] | None:
    """How far the member is on the way to the badge, or to its next level: `{"level", "have", "need", "sentence"}`.

    None where there is nothing to tell: all levels are held, it is hidden from them, only a person or a private rule
    gives it, or a person took it away. Of several ways it is the one on which the member is furthest.
    """
    step = badges.step(badge, rulebook, standing, language)
    level = badges.next_level(badge, standing)
    ways = [] if step is None else [step]
    if level is not None:
        giving = (rule for rule in rulebook.rules if any(key == badge.key and to >= level for key, to in rule.badges))
        steps = [rules.step(rule, rulebook, standing, language) for rule in giving]
        ways += [step for step in steps if step is not None]
    if not ways:
        return None
    best = max(ways, key=lambda way: way["have"] / way["need"] if way["need"] else 0)
    return {"level": level, **{name: best[name] for name in ("have", "need", "sentence")}}
