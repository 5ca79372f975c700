"""Tiers: the levels a member climbs by points earned within a period, and may fall from when a period ends.

Reaching and keeping are apart. A member rises the moment the period's score reaches a level. When the period ends, its
score has to reach what the level asks to keep; else, after the grace, the member falls to the highest level that the
ended score keeps, unless the new period's score lifts them again before. `standing.tier` is
[key, since_at, judged_at, grace_until, falls_to]; a member who cannot fall has no due instant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules_engine.days import DAY, Day, Zone
from rules_engine.document import Names, Node, items_of
from rules_engine.standing import Standing

PERIODS = ("ever", "year", "quarter", "month")
MAX_LEVELS = 30
_GRACE_UNDER = {"ever": 0, "year": 365 * DAY, "quarter": 90 * DAY, "month": 28 * DAY}
KEY, SINCE, JUDGED, GRACE, FALLS_TO = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Level:
    """One tier: points to reach it, points to keep it, badges that it needs, what it brings."""

    key: str
    name: Mapping[str, str]
    reach: int
    keep: int
    needs_badges: Sequence[str]
    benefits: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Tiers:
    """The ladder of one currency, lowest level first. `grace` in microseconds."""

    currency: str
    period: str
    grace: int
    levels: Sequence[Level]
    keys: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(level.key for level in self.levels))

    def index(self, key: str | None) -> int:
        """The place of a level, -1 for none or one that is no more."""
        return self.keys.index(key) if key in self.keys else -1


def score(tiers: Tiers, standing: Standing, day: Day) -> int:
    """The points earned so far in the period of the day."""
    if tiers.period == "ever":
        return standing.earned.get(tiers.currency, 0)
    windows = standing.scores if tiers.period == "month" else standing.tallies
    label, points = windows.get(tiers.currency, {}).get(tiers.period, ("", 0))[:2]
    return points if label == getattr(day, tiers.period) else 0


def rise(tiers: Tiers, standing: Standing, zone: Zone, day: Day, at: int) -> bool:
    """Lifts the member to the highest level reached, and ends a grace that is earned back. True if anything changed."""
    points = score(tiers, standing, day)
    here = tiers.index(standing.tier[KEY])
    best = _best(tiers, standing, points, here)
    if best > here:
        _enter(tiers, standing, zone, best, at)
        return True
    if standing.tier[GRACE] is not None and points >= tiers.levels[here].keep:
        standing.tier[GRACE] = standing.tier[FALLS_TO] = None
        return True
    return False


def pass_time(tiers: Tiers, standing: Standing, zone: Zone, at: int) -> None:
    """Does what is due at the instant: the end of a grace, the judgement of a period that has just ended.

    Who falls further than the new period's score reaches is lifted by the `rise` that has to follow.
    """
    if standing.tier[GRACE] is not None and standing.tier[GRACE] <= at:
        _enter(tiers, standing, zone, tiers.index(standing.tier[FALLS_TO]), at)
    if standing.tier[JUDGED] is not None and standing.tier[JUDGED] <= at:
        _judge(tiers, standing, zone, at)


def adopt(tiers: Tiers, standing: Standing, zone: Zone, day: Day, at: int) -> None:
    """Brings the member under these tiers when they come into force, from whatever was before."""
    here = tiers.index(standing.tier[KEY])
    if tiers.period == "ever" or here < 0:
        here = _best(tiers, standing, score(tiers, standing, day), -1)
        _enter(tiers, standing, zone, here, at)
        return
    falls_to = standing.tier[FALLS_TO]
    if falls_to is not None and falls_to not in tiers.keys:
        standing.tier[GRACE] = standing.tier[FALLS_TO] = None
    standing.tier[JUDGED] = zone.end_of_period(at, tiers.period) if tiers.levels[here].keep else None
    rise(tiers, standing, zone, day, at)


def _best(tiers: Tiers, standing: Standing, points: int, above: int) -> int:
    """The highest level over `above` whose score and badges the member has, else `above`."""
    for index in range(len(tiers.levels) - 1, above, -1):
        level = tiers.levels[index]
        if points >= level.reach and all(badge in standing.badges for badge in level.needs_badges):
            return index
    return above


def _enter(tiers: Tiers, standing: Standing, zone: Zone, index: int, at: int) -> None:
    key = tiers.keys[index] if index >= 0 else None
    since_at = standing.tier[SINCE] if key == standing.tier[KEY] else at
    falls = index >= 0 and tiers.period != "ever" and tiers.levels[index].keep > 0
    standing.tier = [
        key,
        since_at if key is not None else None,
        zone.end_of_period(at, tiers.period) if falls else None,
        None,
        None,
    ]


def _judge(tiers: Tiers, standing: Standing, zone: Zone, at: int) -> None:
    here = tiers.index(standing.tier[KEY])
    points = score(tiers, standing, zone.day(at - 1))
    if points >= tiers.levels[here].keep:
        standing.tier[JUDGED] = zone.end_of_period(at, tiers.period)
        return
    target = next((index for index in range(here - 1, -1, -1) if tiers.levels[index].keep <= points), -1)
    if tiers.grace:
        standing.tier[JUDGED] = zone.end_of_period(at, tiers.period)
        standing.tier[GRACE] = zone.midnight_from(at + tiers.grace)
        standing.tier[FALLS_TO] = tiers.keys[target] if target >= 0 else None
    else:
        _enter(tiers, standing, zone, target, at)


def parse(node: Node, names: Names) -> Tiers | None:
    """The ladder that a mapping describes; None where it has no level."""
    found = node.fields(required=("levels",), optional=("currency", "period", "grace"))
    currency = found["currency"].choice(names.currencies) if "currency" in found else names.currencies[0]
    period = (found["period"].choice(PERIODS) if "period" in found else "ever") or "ever"
    grace = found["grace"].days() if "grace" in found else 0
    if grace and grace >= _GRACE_UNDER[period]:
        found["grace"].refuse("out_of_range", f"a grace is shorter than the period, which is {period}")
    levels: list[Level] = []
    for item in items_of(found, "levels", MAX_LEVELS, 1):
        levels += _level(item, names, levels)
    return Tiers(currency, period, grace, tuple(levels)) if levels else None


def _level(node: Node, names: Names, below: list[Level]) -> list[Level]:
    found = node.fields(required=("key", "reach"), optional=("name", "keep", "needs_badges", "benefits"))
    if "key" not in found or "reach" not in found:
        return []
    reach = found["reach"].whole(0, 2**53)
    keep = found["keep"].whole(0, 2**53) if "keep" in found else reach
    if keep > reach:
        found["keep"].refuse("out_of_range", "keeping cannot ask for more than reaching")
    if below and reach < below[-1].reach:
        found["reach"].refuse("out_of_range", "levels come lowest first")
    elif below and keep < below[-1].keep:
        node.refuse("out_of_range", "keeping a level cannot ask for less than keeping the one below")
    needs = [badge.choice(names.badges) for badge in items_of(found, "needs_badges", 50)]
    benefits = [benefit.prose() for benefit in items_of(found, "benefits", 50)]
    name = found["name"].name() if "name" in found else {}
    return [Level(found["key"].key(), name, reach, keep, tuple(needs), tuple(benefits))]
