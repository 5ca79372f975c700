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
        "lots": {},
        "debt": {},
        "held": {},
        "earned": {},
        "scores": {},
        "tallies": {},
        "windows": {"day": ["", {}], "week": ["", {}], "month": ["", {}], "ever": ["", {}]},
        "counts": {},
        "streaks": {},
        "levels": {},
        "badges": {},
        "by_needs": [],
        "tier": [None, None, None, None, None],
    }


_NEW = _new()


class Standing:
    """What a member has and what the rules count of them, after `count` facts, up to the instant `through`.

    `at`, `key`: position of the last folded fact. `stepped_at`: the last instant at which time alone changed something
    (an expiry, a tier's period, a new era); a fact before it belongs before what time did, so it needs a re-fold even
    though it comes after the last fact.
    `lots`: currency -> [[expires_at or None, matures_at or 0, amount], ...], soonest-expiring first.
    `held`: redemption -> {currency, points, lots that were consumed, short: points no lot covered}.
    `windows`: per day, week, month and ever -> [label, {limit: used}]. `counts`, `streaks`: by rule.
    `levels`: the greatest ordinal decided, by rule or word. `tallies`: points earned in the quarter and the year.
    `tier`: [key, since_at, judged_at, grace_until, falls_to]. `by_needs`: badges held because their needs are met.
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
    lots: dict[str, list[list[Any]]]
    debt: dict[str, int]
    held: dict[str, dict[str, Any]]
    earned: dict[str, int]
    scores: dict[str, dict[str, list[Any]]]
    tallies: dict[str, dict[str, list[Any]]]
    windows: dict[str, list[Any]]
    counts: dict[str, int]
    streaks: dict[str, list[int]]
    levels: dict[str, str]
    badges: dict[str, list[int]]
    by_needs: list[str]
    tier: list[Any]

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
        """The key of the tier that the member is in, if any."""
        return self.tier[0]  # type: ignore[no-any-return]  # a standing is plain JSON

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
        """The next instant at which time alone changes something: points expire, a tier's period or grace ends."""
        dues = [lots[0][0] for lots in self.lots.values() if lots and lots[0][0] is not None]
        dues += [due for due in self.tier[2:4] if due is not None]
        return min(dues, default=None)
