"""One line of a member's timeline, as the engine reads it.

Facts are ordered by `(at, key)`, which does not depend on when they were recorded. The people on a fact are members
already: identities were resolved before. Setia's own facts (`RESERVED`) are about `actor` alone, and a rulebook can
neither award nor forbid them; only those that are `HEARD` are for rules, and no platform can say them either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

ROLE_GIVEN = "role_given"
MEMBER_CHANGED = "member_changed"
POINTS_ADJUSTED = "points_adjusted"
BADGE_GIVEN = "badge_given"
BADGE_TAKEN = "badge_taken"
TIER_LOCKED = "tier_locked"
TIER_UNLOCKED = "tier_unlocked"
REDEMPTION_HELD = "redemption_held"
REDEMPTION_SETTLED = "redemption_settled"
REDEMPTION_RELEASED = "redemption_released"
GAINS_KEPT = "gains_kept"
CASE_DECIDED = "case_decided"

RESERVED = frozenset(
    {
        ROLE_GIVEN,
        MEMBER_CHANGED,
        POINTS_ADJUSTED,
        BADGE_GIVEN,
        BADGE_TAKEN,
        TIER_LOCKED,
        TIER_UNLOCKED,
        REDEMPTION_HELD,
        REDEMPTION_SETTLED,
        REDEMPTION_RELEASED,
        GAINS_KEPT,
        CASE_DECIDED,
    }
)

BREACH_CONFIRMED = "breach_confirmed"
SEVERITIES = ("minor", "serious", "grave")
"""What a confirmed breach says of itself in `data.severity`."""
HEARD = frozenset({BREACH_CONFIRMED})

UNDOERS = ("author", "moderator", "counterparty", "platform")


class Fact(NamedTuple):
    """Something that happened and in which the member takes part; `undone_by` says who took it back, if anybody did."""

    id: str
    key: str
    at: int
    kind: str
    actor: str | None
    beneficiary: str | None
    platform: str
    object: Mapping[str, Any]
    data: Mapping[str, Any]
    undone_by: str | None
