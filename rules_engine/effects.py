"""What a fold asks for, and what it said about each rule.

An `Effect` is one wanted transfer of points under its decision key `(rule, occasion, effect)`; no two effects of one
fold share that key. A `Decision` is what one rule said on one occasion, for people to read. Nothing is booked here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ISSUANCE = "issuance"
MEMBER = "member"
HELD = "held"
REDEEMED = "redeemed"
EXPIRED = "expired"

ADJUSTMENT = "adjustment"
AWARD = "award"
EXPIRY = "expiry"
KEPT = "kept"
REDEMPTION = "redemption"
TAKING = "taking"
TIER_LOCK = "tier_lock"
OWN_WORDS = frozenset({ADJUSTMENT, AWARD, EXPIRY, KEPT, REDEMPTION, TAKING, "private"})
"""What stands in the place of a rule's key where no rule, or none that may be told, has moved points."""


class Effect(NamedTuple):
    """One wanted transfer of `amount` whole points (more than 0) from the account `debit` to the account `credit`.

    `rule` is a rule's key, or one of `OWN_WORDS`. `occasion` is the fact's id, or `<word>@<ordinal>` where the ordinals
    of one word sort as text. `fact` is the evidence, where there is one.
    """

    rule: str
    occasion: str
    effect: str
    currency: str
    debit: str
    credit: str
    amount: int
    at: int
    fact: str | None


class Decision(NamedTuple):
    """What one rule said on one occasion: given, or refused with a code, the place that refused and what it found.

    `path` is a JSON pointer into the rule's document. `effects` of what is given are mappings such as
    `{"points": 16, "currency": "points"}`, `{"badge": "first-helper"}`, `{"boost": 150}`. Of a correction, `found` is
    the reason that was written for it, and effects may be `{"taken": "first-helper"}` and `{"tier": "gold"}` too
    (None: no longer set by hand).
    """

    rule: str
    occasion: str
    outcome: str
    code: str | None
    path: str | None
    effects: list[dict[str, Any]]
    fact: str | None
    at: int
    found: object = None


GIVEN = "given"
REFUSED = "refused"
