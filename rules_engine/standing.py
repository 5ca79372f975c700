"""All that the rules need to remember of one member.

Plain JSON containers, so that a standing can be stored, compared and continued: `load(dump())` continues to the same
end as the original, and equal standings give equal text. Only `fold` changes one. It stays small: what is counted
lives in windows that are replaced when they close, points live in day buckets.
"""

from __future__ import annotations

from typing import Any

import orjson

PERSON = "person"


def _new() -> dict[str, Any]:
    return {
        "count": 0,
        "at": -1,
        "key": "",
        "through": -1,
        "era": -1,
        "stepped_at": -1,
        "role": PERSON,
        "groups": [],
        "attributes": {},
        "zone": None,
        "zone_next": None,
        "first_at": None,
        "clock_at": None,
        "paused_until": None,
        "lots": {},
        "debt": {},
        "held": {},
        "earned": {},
        "scores": {},
        "tallies": {},
        "windows": {"day": ["", {}], "week": ["", {}], "month": ["", {}], "ever": ["", {}]},
        "counts": {},
        "streaks": {},
        "challenges": {},
        "different": {},
        "levels": {},
        "badges": {},
        "by_needs": {},
        "taken": [],
        "tier": {},
        "tier_lock": None,
    }


_NEW = _new()
_TIER_DUES = ("judged_at", "warns_at", "grace_until")


class Standing:
    """What a member has and what the rules count of them, after `count` facts, up to the instant `through`.

    `at`, `key`: position of the last folded fact. `stepped_at`: the last instant at which time alone changed something
    (an expiry, a tier's period, a new era); a fact before it belongs before what time did, so it needs a re-fold even
    though it comes after the last fact.
    `first_at`: the instant of the first activity. `clock_at`: when the next rule by the clock strikes. `paused_until`:
    before that instant nothing is earned.
    `lots`: currency -> [[expires_at or None, matures_at or 0, amount], ...], soonest-expiring first.
    `held`: redemption -> {currency, points, lots that were consumed, short: points no lot covered}.
    `windows`: per day, week, month and ever -> [label, {limit: used}]. What counts, streaks,
    challenges and diversity remember is by rule. `levels`: the greatest ordinal decided, by `terms.word` of a rule, or
    by another word. `tallies`: points earned in the month, the quarter and the year.
    `badges`: key -> [level, at]. `by_needs`: of those held because needs are met, [level, at] of what would be left,
    [0, 0] where nothing would. `taken`: badges that a person took away. `tier`: what the ladder says, see `tiers`;
    `tier_lock`: {tier, since_at, until if it ends, fact} while a person holds the member in one.
    """

    count: int
    at: int
    key: str
    through: int
    era: int
    stepped_at: int
    role: str
    groups: list[str]
    attributes: dict[str, Any]
    zone: str | None
    zone_next: list[Any] | None
    first_at: int | None
    clock_at: int | None
    paused_until: int | None
    lots: dict[str, list[list[Any]]]
    debt: dict[str, int]
    held: dict[str, dict[str, Any]]
    earned: dict[str, int]
    scores: dict[str, dict[str, list[Any]]]
    tallies: dict[str, dict[str, list[Any]]]
    windows: dict[str, list[Any]]
    counts: dict[str, int]
    streaks: dict[str, list[Any]]
    challenges: dict[str, dict[str, list[list[int]]]]
    different: dict[str, list[Any]]
    levels: dict[str, str]
    badges: dict[str, list[int]]
    by_needs: dict[str, list[int]]
    taken: list[str]
    tier: dict[str, Any]
    tier_lock: dict[str, Any] | None

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__ = values

    @classmethod
    def new(cls) -> Standing:
        """The standing of a member of whom nothing is known yet."""
        return cls(_new())

    @classmethod
    def load(cls, text: str) -> Standing:
        """The standing that `dump` wrote."""
        return cls(_new() | orjson.loads(text))

    def dump(self) -> str:
        """Canonical JSON: sorted keys, no spaces, and nothing that a new standing has as well."""
        values = {name: value for name, value in self.__dict__.items() if value != _NEW[name]}
        return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()

    @property
    def tier_key(self) -> str | None:
        """The key of the tier that the member is in, if any: the locked one rather than the earned one."""
        if self.role != PERSON:
            return None
        return self.tier.get("key") if self.tier_lock is None else self.tier_lock["tier"]

    @property
    def tier_since_at(self) -> int | None:
        """The instant at which the member came into that tier."""
        if self.role != PERSON:
            return None
        return self.tier.get("since_at") if self.tier_lock is None else self.tier_lock["since_at"]

    @property
    def tier_due_at(self) -> int | None:
        """The next instant at which time alone does something to the tier."""
        dues = [self.tier[name] for name in _TIER_DUES if name in self.tier]
        if self.tier_lock is not None and "until" in self.tier_lock:
            dues.append(self.tier_lock["until"])
        return min(dues, default=None)

    def balance(self, currency: str) -> int:
        """Points on the account: what there is in lots, or less than nothing where there is debt."""
        covered: int = sum(lot[2] for lot in self.lots.get(currency, ()))
        return covered - self.debt.get(currency, 0)

    def available(self, currency: str, as_of: int) -> int:
        """Points that can be spent at the instant: mature and not expired. Nothing under debt."""
        return sum(
            amount
            for expires_at, matures_at, amount in self.lots.get(currency, ())
            if matures_at <= as_of and (expires_at is None or expires_at > as_of)
        )

    def maturing(self, currency: str, as_of: int) -> int:
        """Points that are earned but cannot be spent yet at the instant."""
        return sum(
            amount
            for expires_at, matures_at, amount in self.lots.get(currency, ())
            if matures_at > as_of and (expires_at is None or expires_at > as_of)
        )

    def next_due_at(self) -> int | None:
        """The next instant at which time alone changes something: points expire, a tier is judged, a lock on it ends,
        a rule by the clock strikes.
        """
        dues = [lots[0][0] for lots in self.lots.values() if lots and lots[0][0] is not None]
        dues += [due for due in (self.tier_due_at, self.clock_at) if due is not None]
        return min(dues, default=None)
