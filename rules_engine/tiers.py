"""Tiers: the levels a member climbs by points earned within a period, and may fall from when a period ends.

Reaching and keeping are apart. A member rises the moment the period's score reaches a level. When the period ends, its
score has to reach what the level asks to keep; else, after the grace, the member falls to the highest level that the
ended score keeps, unless the new period's score lifts them again before. Who is short of it `warn_before` the end is
warned, once a period. `standing.tier` has, as far as it holds: `key`, `since_at`, `judged_at` (the period ends),
`warns_at` (then it is seen whether to warn), `warned_at`, `grace_until`, `falls_to`, `kept` (a tier for ever that no
rulebook takes); who cannot fall is never due.

A lock lies over all that: while it lasts the member is in exactly the locked tier, neither above nor below, and the
ladder goes on unseen beneath it; when it ends the member is where the ladder has them by then. It outlasts publications
as long as there is that tier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rules_engine.days import DAY, Day, Zone
from rules_engine.document import Names, Node, items_of
from rules_engine.errors import Sentence
from rules_engine.standing import PERSON, Standing

PERIODS = ("ever", "year", "quarter", "month")
MAX_LEVELS = 30
_SHORTEST = {"ever": 0, "year": 365 * DAY, "quarter": 90 * DAY, "month": 28 * DAY}


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
    """The ladder of one currency, lowest level first. `grace` and `warn_before` in microseconds; 0: there is none."""

    currency: str
    period: str
    grace: int
    warn_before: int
    levels: Sequence[Level]
    keys: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(level.key for level in self.levels))

    def index(self, key: str | None) -> int:
        """The place of a level, -1 for none or one that is no more."""
        return self.keys.index(key) if key in self.keys else -1

    def level(self, key: str | None) -> Level | None:
        """The level of that key."""
        return self.levels[self.index(key)] if key in self.keys else None


class Risk(NamedTuple):
    """A member falls to a tier (None: out of all) at an instant, unless they earn `needs` points more before."""

    falls_to: str | None
    at: int
    needs: int


def score(tiers: Tiers, standing: Standing, day: Day) -> int:
    """The points earned so far in the period of the day, or in the one already reached if that is later."""
    if tiers.period == "ever":
        return standing.earned.get(tiers.currency, 0)
    label, points = _tally(tiers, standing)
    return points if label >= getattr(day, tiers.period) else 0


def rise(tiers: Tiers, standing: Standing, zone: Zone, day: Day, at: int) -> bool:
    """Lifts the member to the highest level reached, and ends a grace that is earned back. True if anything changed."""
    points = score(tiers, standing, day)
    here = tiers.index(standing.tier.get("key"))
    best = _best(tiers, standing, points, here)
    if best > here:
        _enter(tiers, standing, zone, best, at)
        return True
    if "grace_until" in standing.tier and points >= tiers.levels[here].keep:
        _end_grace(standing)
        return True
    return False


def pass_time(tiers: Tiers, standing: Standing, zone: Zone, at: int) -> None:
    """Does what is due at the instant: a lock or a grace ends, a period that has just ended is judged, a fall is near.

    Who falls further than the new period's score reaches is lifted by the `rise` that has to follow.
    """
    if standing.tier_lock is not None and standing.tier_lock.get("until", at + 1) <= at:
        unlock(standing, at)
    if standing.tier.get("grace_until", at + 1) <= at:
        _enter(tiers, standing, zone, tiers.index(standing.tier.get("falls_to")), at)
    if standing.tier.get("judged_at", at + 1) <= at:
        _judge(tiers, standing, zone, at)
    if standing.tier.get("warns_at", at + 1) <= at:
        _look_ahead(tiers, standing, zone, at)


def adopt(tiers: Tiers, standing: Standing, zone: Zone, day: Day, at: int) -> None:
    """Brings the member under these tiers when they come into force, from whatever was before. Badges are needed to
    come into a level, not to stay in it.
    """
    here = tiers.index(standing.tier.get("key"))
    if tiers.period == "ever" or here < 0:
        kept, points = standing.tier.get("kept"), score(tiers, standing, day)
        stays = next((index for index in range(here, -1, -1) if tiers.levels[index].reach <= points), -1)
        here = max(_best(tiers, standing, points, stays), tiers.index(kept))
        _enter(tiers, standing, zone, here, at)
        if kept in tiers.keys:
            standing.tier["kept"] = kept
        return
    if standing.tier.get("falls_to") not in (None, *tiers.keys):
        _end_grace(standing)
    _await_judgement(tiers, standing, zone, at)
    rise(tiers, standing, zone, day, at)


def keep(tiers: Tiers, standing: Standing, zone: Zone, key: str, since_at: int, at: int) -> None:
    """Has the member in a tier that a publication would have cost them, as if they had been there `since_at`. Where
    periods are judged they may fall from it as from any other; for ever, no rulebook takes it that has the tier.
    """
    _enter(tiers, standing, zone, tiers.index(key), at)
    standing.tier["since_at"] = since_at
    if tiers.period == "ever":
        standing.tier["kept"] = key


def leave(standing: Standing, tiers: Tiers | None, at: int) -> None:
    """Prepares for tiers that come into force: none, and staff, leave no tier; a lock to a tier that is gone ends."""
    if tiers is None or standing.role != PERSON:
        standing.tier = {}
    if standing.tier_lock is not None and (tiers is None or standing.tier_lock["tier"] not in tiers.keys):
        unlock(standing, at)


def lock(standing: Standing, tier: str, until: int | None, fact: str, at: int) -> None:
    """Puts the member into a tier by hand, until an instant or for good; an earlier lock ends."""
    since_at = standing.tier_since_at if standing.tier_key == tier else at
    standing.tier_lock = {"tier": tier, "since_at": since_at, "fact": fact}
    if until is not None:
        standing.tier_lock["until"] = until


def unlock(standing: Standing, at: int) -> None:
    """Ends a lock, if there is one."""
    ended, standing.tier_lock = standing.tier_lock, None
    if ended is not None and standing.tier:
        standing.tier["since_at"] = ended["since_at"] if ended["tier"] == standing.tier["key"] else at


def risk(tiers: Tiers, standing: Standing, zone: Zone, as_of: int) -> Risk | None:
    """The fall that is near at the instant: within a grace, or after a warning, while points are missing."""
    here = tiers.index(standing.tier_key)
    if standing.tier_lock is not None or here < 0:
        return None
    points = score(tiers, standing, zone.day(as_of))
    missing = tiers.levels[here].keep - points
    if missing <= 0:
        return None
    if "grace_until" in standing.tier:
        lands = max(tiers.index(standing.tier.get("falls_to")), _best(tiers, standing, points, -1))
        return Risk(_key(tiers, lands), standing.tier["grace_until"], missing)
    if "warned_at" in standing.tier:
        lands = _kept(tiers, here, points)
        return Risk(_key(tiers, lands), _falls_at(tiers, zone, standing.tier["judged_at"]), missing)
    return None


def _key(tiers: Tiers, index: int) -> str | None:
    return tiers.keys[index] if index >= 0 else None


def _best(tiers: Tiers, standing: Standing, points: int, above: int) -> int:
    """The highest level over `above` whose score and badges the member has, else `above`."""
    for index in range(len(tiers.levels) - 1, above, -1):
        level = tiers.levels[index]
        if points >= level.reach and all(badge in standing.badges for badge in level.needs_badges):
            return index
    return above


def _kept(tiers: Tiers, below: int, points: int) -> int:
    """The highest level under `below` that the score keeps, -1 for none."""
    return next((index for index in range(below - 1, -1, -1) if tiers.levels[index].keep <= points), -1)


def _tally(tiers: Tiers, standing: Standing) -> tuple[str, int]:
    """The period of the latest gain, and the points earned in it."""
    label, points = standing.tallies.get(tiers.currency, {}).get(tiers.period, ("", 0))
    return label, points


def _falls_at(tiers: Tiers, zone: Zone, judged_at: int) -> int:
    return zone.midnight_from(judged_at + tiers.grace) if tiers.grace else judged_at


def _enter(tiers: Tiers, standing: Standing, zone: Zone, index: int, at: int) -> None:
    key = _key(tiers, index)
    if key is None:
        standing.tier = {}
        return
    since_at = standing.tier["since_at"] if key == standing.tier.get("key") else at
    standing.tier = {"key": key, "since_at": since_at}
    _await_judgement(tiers, standing, zone, at)


def _await_judgement(tiers: Tiers, standing: Standing, zone: Zone, at: int) -> None:
    """Sets when the level is judged next, and when to look whether the member has to be warned of it."""
    state = standing.tier
    state.pop("warns_at", None)
    level = tiers.level(state["key"])
    if level is None or not level.keep or tiers.period == "ever":
        state.pop("judged_at", None)
        state.pop("warned_at", None)
        return
    judged_at = zone.end_of_period(at, tiers.period)
    if _tally(tiers, standing)[0] > getattr(zone.day(at), tiers.period):  # judged in the zone that was before
        judged_at = zone.end_of_period(judged_at, tiers.period)
    if state.get("judged_at") != judged_at:
        state["judged_at"] = judged_at
        state.pop("warned_at", None)
    if tiers.warn_before and "warned_at" not in state:
        state["warns_at"] = zone.midnight_from(judged_at - tiers.warn_before)
        if state["warns_at"] <= at:
            _look_ahead(tiers, standing, zone, at)


def _look_ahead(tiers: Tiers, standing: Standing, zone: Zone, at: int) -> None:
    del standing.tier["warns_at"]
    if score(tiers, standing, zone.day(at)) < tiers.levels[tiers.index(standing.tier["key"])].keep:
        standing.tier["warned_at"] = at


def _end_grace(standing: Standing) -> None:
    standing.tier.pop("grace_until", None)
    standing.tier.pop("falls_to", None)


def _judge(tiers: Tiers, standing: Standing, zone: Zone, at: int) -> None:
    here = tiers.index(standing.tier["key"])
    points = score(tiers, standing, zone.day(at - 1))
    if points >= tiers.levels[here].keep:
        _await_judgement(tiers, standing, zone, at)
        return
    target = _kept(tiers, here, points)
    if not tiers.grace:
        _enter(tiers, standing, zone, target, at)
        return
    _await_judgement(tiers, standing, zone, at)
    standing.tier["grace_until"] = _falls_at(tiers, zone, at)
    if target >= 0:
        standing.tier["falls_to"] = tiers.keys[target]


def parse(node: Node, names: Names) -> Tiers | None:
    """The ladder that a mapping describes; None where it has no level."""
    found = node.fields(required=("levels",), optional=("currency", "period", "grace", "warn_before"))
    currency = found["currency"].choice(names.currencies) if "currency" in found else names.currencies[0]
    period = (found["period"].choice(PERIODS) if "period" in found else "ever") or "ever"
    grace = found["grace"].days() if "grace" in found else 0
    if grace and grace >= _SHORTEST[period]:
        found["grace"].refuse(
            "out_of_range", Sentence("a grace is shorter than the period, which is {period}", period=period)
        )
    warn_before = found["warn_before"].days() if "warn_before" in found else 0
    if warn_before and warn_before >= _SHORTEST[period]:
        found["warn_before"].refuse(
            "out_of_range", Sentence("a warning comes within the period, which is {period}", period=period)
        )
    levels: list[Level] = []
    for item in items_of(found, "levels", MAX_LEVELS, 1):
        levels += _level(item, names, levels)
    return Tiers(currency, period, grace, warn_before, tuple(levels)) if levels else None


def _level(node: Node, names: Names, below: list[Level]) -> list[Level]:
    found = node.fields(required=("key", "reach"), optional=("name", "keep", "needs_badges", "benefits"))
    if "key" not in found or "reach" not in found:
        return []
    reach = found["reach"].whole(0, 2**53)
    keep = found["keep"].whole(0, 2**53) if "keep" in found else reach
    if keep > reach:
        found["keep"].refuse("out_of_range", Sentence("keeping cannot ask for more than reaching"))
    if below and reach < below[-1].reach:
        found["reach"].refuse("out_of_range", Sentence("levels come lowest first"))
    elif below and keep < below[-1].keep:
        node.refuse("out_of_range", Sentence("keeping a level cannot ask for less than keeping the one below"))
    needs = [badge.choice(names.badges) for badge in items_of(found, "needs_badges", 50)]
    benefits = [benefit.prose() for benefit in items_of(found, "benefits", 50)]
    name = found["name"].name() if "name" in found else {}
    return [Level(found["key"].key(), name, reach, keep, tuple(needs), tuple(benefits))]
