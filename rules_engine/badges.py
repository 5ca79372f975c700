"""Badges: their levels, what they need where they are compounds, and what takes one away again.

A level with needs is held while they are met, and those of every level below it; other levels are given by rules or by
hand. What was given lies under what the needs bring: when these go, the member is back at that. `revoke` says what
takes a badge that was won:

- `follows`: it goes with its ground: with the needs, and with the deed that a rule gave it for, whoever takes it back.
- `keeps`: it outlasts its ground. A tier that falls or a bar that is raised takes nothing, and the deed is taken back
  by a moderator alone; what else a rule gives has to follow, so a rule that gives such a badge gives nothing else.
  Points that are undone were never earned, so they meet no needs.

Either way a rulebook that counts from now on takes no badge that a rule gave, and one that counts from earlier says
what should have been. What a person took by hand only a person gives back.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from rules_engine.document import Names, Node, items_of, nearest, shown
from rules_engine.errors import Sentence
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
FOLLOWS, KEEPS = "follows", "keeps"
MAX_LEVEL = 99
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be true together: points earned by currency, badges held, at least a tier."""

    earned: Mapping[str, int]
    badges: Sequence[str]
    tier: str | None


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a badge: what it is called (empty: as the badge is), and what brings it by itself."""

    name: Mapping[str, str]
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class Badge:
    """One achievement that a rulebook knows. `icon` is one of `ICONS`, `colour` is `#rrggbb`, or there is none.

    There is at least one level. `highest` is the last that can be given; without levels in the document that is any.
    """

    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    levels: Sequence[Level]
    highest: int
    hidden: bool
    keeps: bool
    icon: str | None
    colour: str | None

    @property
    def needs(self) -> Sequence[Needs]:
        """What its levels need, of those that need something."""
        return [level.needs for level in self.levels if level.needs is not None]

    def called(self, level: int) -> Mapping[str, str]:
        """Its name at a level."""
        own = self.levels[level - 1].name if level <= len(self.levels) else {}
        return own or self.name

    def shows_to(self, held: Container[str]) -> bool:
        """Whether somebody who holds these badges may hear of it: of a hidden one, only who has it."""
        return not self.hidden or self.key in held


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
    """Whether the member was given the badge at that level or a higher one, so that it stays when needs go."""
    given = standing.by_needs.get(badge) or standing.badges.get(badge)
    return given is not None and given[0] >= level


def can_win(standing: Standing, badge: str, level: int) -> bool:
    """Whether there is anything to give: not what the member was given already, nor what a person took away."""
    return badge not in standing.taken and not holds(standing, badge, level)


def why_not(standing: Standing, awards: Sequence[tuple[str, int]]) -> str:
    """The code for which none of these badges, at these levels, can be won."""
    if not awards:
        return "nothing_to_give"
    return "badge_taken" if any(badge in standing.taken for badge, _ in awards) else "already_held"


def award(standing: Standing, badge: str, level: int, at: int) -> bool:
    """Gives a badge at a level; False where there is nothing to give."""
    if not can_win(standing, badge, level):
        return False
    if badge not in standing.by_needs:
        standing.badges[badge] = [level, at]
    elif level < standing.badges[badge][0]:
        standing.by_needs[badge] = [level, at]
    else:
        del standing.by_needs[badge]
        if level > standing.badges[badge][0]:
            standing.badges[badge] = [level, at]
    return True


def take(standing: Standing, badge: str) -> bool:
    """Takes a badge away, whatever brought it or would bring it, until `give_back`; False where it was not held."""
    standing.taken = sorted({*standing.taken, badge})
    standing.by_needs.pop(badge, None)
    return standing.badges.pop(badge, None) is not None


def give_back(standing: Standing, badge: str) -> None:
    """Lets a badge that was taken be won again."""
    standing.taken = [key for key in standing.taken if key != badge]


def said(badge: str, level: int) -> dict[str, str | int]:
    """The award as an effect of a decision; the first level goes without saying."""
    return {"badge": badge} if level == 1 else {"badge": badge, "level": level}


def settle(standing: Standing, badge: Badge, tiers: Sequence[str], at: int) -> None:
    """Gives or takes the levels of a badge with needs, as they are met or not."""
    key = badge.key
    if key in standing.taken:
        return
    held = standing.badges.get(key, [0, 0])
    given, brought = (standing.by_needs[key], held[0]) if key in standing.by_needs else (held, 0)
    reached = _reached(badge, standing, tiers)
    if badge.keeps:
        reached = max(reached, brought)
    if reached > given[0]:
        if reached != brought:
            standing.badges[key] = [reached, at]
            standing.by_needs[key] = given
    elif brought:
        del standing.by_needs[key]
        if given[0]:
            standing.badges[key] = given
        else:
            del standing.badges[key]


def _reached(badge: Badge, standing: Standing, tiers: Sequence[str]) -> int:
    reached = 0
    for number, level in enumerate(badge.levels, 1):
        if level.needs is not None:
            if not met(level.needs, standing, tiers):
                break
            reached = number
    return reached


def parse(node: Node, names: Names) -> Badge | None:
    """The badge that a mapping describes; None where its key is none."""
    optional = ("name", "description", "icon", "colour", "needs", "levels", "hidden", "revoke")
    found = node.fields(required=("key",), optional=optional)
    key = found["key"].key() if "key" in found else ""
    levels = [Level({}, _needs(found["needs"], names) if "needs" in found else None)]
    if "levels" in found:
        if "needs" in found:
            found["needs"].refuse("not_allowed_here", Sentence("what a badge with levels needs is said of each level"))
        levels = [_level(item, names) for item in found["levels"].items(MAX_LEVEL, 1)] or levels
    name = found["name"].name() if "name" in found else {}
    description = found["description"].prose() if "description" in found else {}
    hidden = found["hidden"].truth() if "hidden" in found else False
    keeps = found["revoke"].choice((FOLLOWS, KEEPS)) == KEEPS if "revoke" in found else False
    icon = found["icon"].choice(ICONS) if "icon" in found else None
    colour = _colour(found["colour"]) if "colour" in found else None
    highest = len(levels) if "levels" in found else MAX_LEVEL
    return Badge(key, name, description, tuple(levels), highest, hidden, keeps, icon, colour) if key else None


def _level(node: Node, names: Names) -> Level:
    found = node.fields(optional=("name", "needs"))
    name = found["name"].name() if "name" in found else {}
    return Level(name, _needs(found["needs"], names) if "needs" in found else None)


def _colour(node: Node) -> str | None:
    if isinstance(node.value, str) and _COLOUR.match(node.value):
        return node.value
    node.refuse("bad_colour", Sentence("a colour such as #0b7a75 is needed, found {found}", found=shown(node.value)))
    return None


def _needs(node: Node, names: Names) -> Needs:
    found = node.fields(optional=("earned", "badges", "tier"))
    if not found:
        node.refuse("missing", Sentence("one of {names} is needed", names="earned, badges, tier"))
    earned = {}
    for currency, points in (found["earned"].open_fields() if "earned" in found else {}).items():
        if currency in names.currencies:
            earned[currency] = points.whole(1, 2**53)
        else:
            detail = Sentence("unknown currency {found}", found=shown(currency))
            points.refuse("unknown_value", detail, nearest(currency, names.currencies))
    badges = [badge.choice(names.badges) for badge in items_of(found, "badges", 50, 1)]
    tier = found["tier"].choice(names.tiers) if "tier" in found else None
    return Needs(earned, tuple(badges), tier)
