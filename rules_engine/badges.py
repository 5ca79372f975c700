"""Badges, and what they need where they are compounds.

A badge with needs is held while they are met: it follows the facts. `keeps` holds on to it when time or a new
rulebook takes the ground away (a tier falls, a threshold is raised); a fact that is undone always takes it along, since
the fold then starts from before. Badges that a rule or a person gave stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_engine.document import Names, Node, items_of, nearest, shown
from rules_engine.standing import Standing

ICONS = (
    "book",
    "bridge",
    "chat",
    "compass",
    "flame",
    "hands",
    "heart",
    "hibiscus",
    "lantern",
    "megaphone",
    "seedling",
    "star",
    "sunrise",
    "tea",
    "trophy",
    "wau",
)
"""The pictures that a badge can bear; they are drawn where badges are shown."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be true together: points earned by currency, badges held, at least a tier."""

    earned: Mapping[str, int]
    badges: Sequence[str]
    tier: str | None


@dataclass(frozen=True, slots=True)
class Badge:
    """One achievement that a rulebook knows. `icon` is one of `ICONS`, `colour` is `#rrggbb`, or there is none."""

    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    needs: Needs | None
    keeps: bool
    icon: str | None
    colour: str | None


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


def parse(node: Node, names: Names) -> Badge | None:
    """The badge that a mapping describes; None where its key is none."""
    found = node.fields(required=("key",), optional=("name", "description", "icon", "colour", "needs", "keeps"))
    key = found["key"].key() if "key" in found else ""
    needs = _needs(found["needs"], names) if "needs" in found else None
    keeps = found["keeps"].truth() if "keeps" in found else False
    if keeps and "needs" not in found:
        found["keeps"].refuse("not_allowed_here", "only a badge with needs can outlast what it needed")
    name = found["name"].name() if "name" in found else {}
    description = found["description"].prose() if "description" in found else {}
    icon = found["icon"].choice(ICONS) if "icon" in found else None
    colour = _colour(found["colour"]) if "colour" in found else None
    return Badge(key, name, description, needs, keeps, icon, colour) if key else None


def _colour(node: Node) -> str | None:
    if isinstance(node.value, str) and _COLOUR.match(node.value):
        return node.value
    node.refuse("bad_colour", f"a colour such as #0b7a75 is needed, found {shown(node.value)}")
    return None


def _needs(node: Node, names: Names) -> Needs:
    found = node.fields(optional=("earned", "badges", "tier"))
    if not found:
        node.refuse("missing", "one of earned, badges, tier is needed")
    earned = {}
    for currency, points in (found["earned"].open_fields() if "earned" in found else {}).items():
        if currency in names.currencies:
            earned[currency] = points.whole(1, 2**53)
        else:
            points.refuse("unknown_value", f"unknown currency {shown(currency)}", nearest(currency, names.currencies))
    badges = [badge.choice(names.badges) for badge in items_of(found, "badges", 50, 1)]
    tier = found["tier"].choice(names.tiers) if "tier" in found else None
    return Needs(earned, tuple(badges), tier)
