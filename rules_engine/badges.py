"""Badges, and what they need where they are compounds.

A badge with needs is held while they are met: it follows the facts. `keeps` holds on to it when time or a new
rulebook takes the ground away (a tier falls, a threshold is raised); a fact that is undone always takes it along, since
the fold then starts from before. Badges that a rule or a person gave stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_engine.standing import Standing


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be true together: points earned by currency, badges held, at least a tier."""

    earned: Mapping[str, int]
    badges: Sequence[str]
    tier: str | None


@dataclass(frozen=True, slots=True)
class Badge:
    """One achievement that a rulebook knows."""

    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    needs: Needs | None
    keeps: bool


def met(needs: Needs, standing: Standing, tiers: Sequence[str]) -> bool:
    """Whether the standing has what is needed; `tiers` are the tiers' keys, lowest first."""
    if any(standing.earned.get(currency, 0) < points for currency, points in needs.earned.items()):
        return False
    if any(badge not in standing.badges for badge in needs.badges):
        return False
    if needs.tier is None:
        return True
    held = standing.tier_key
    return held in tiers and tiers.index(held) >= tiers.index(needs.tier)


def holds(standing: Standing, badge: str, level: int) -> bool:
    """Whether the member has the badge at that level or a higher one."""
    held = standing.badges.get(badge)
    return held is not None and held[0] >= level


def award(standing: Standing, badge: str, level: int, at: int) -> bool:
    """Gives a badge at a level; False where the member has it at that level or a higher one."""
    if holds(standing, badge, level):
        return False
    standing.badges[badge] = [level, at]
    return True


def said(badge: str, level: int) -> dict[str, str | int]:
    """The award as an effect of a decision; the first level goes without saying."""
    return {"badge": badge} if level == 1 else {"badge": badge, "level": level}


def settle(standing: Standing, badge: Badge, tiers: Sequence[str], at: int) -> None:
    """Gives or takes a badge with needs, as they are met or not."""
    assert badge.needs is not None
    if met(badge.needs, standing, tiers):
        if badge.key not in standing.badges:
            standing.badges[badge.key] = [1, at]
            standing.by_needs = sorted([*standing.by_needs, badge.key])
    elif badge.key in standing.by_needs and not badge.keeps:
        del standing.badges[badge.key]
        standing.by_needs = [key for key in standing.by_needs if key != badge.key]
