"""Tier changes and warnings: the only writer of the tables that say when a member came into which tier, and for the end
of which period they were warned.

The tier itself, and who is at risk, is decided by the fold and remembered by the standing; here it is kept as history,
in the order in which it was found out: the last row agrees with the standing, and an earlier one with what was known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, notices, rulebook
from loyalty.db import Statement, Write
from loyalty.models import TierChange
from rules_engine import tiers
from rules_engine.days import zone
from rules_engine.standing import Standing
from rules_engine.tiers import Risk

_BOOK = Statement(
    """INSERT INTO tier_changes (member_id, revision, community_id, from_tier, to_tier, at, booked_at)
    SELECT r.member_id, (SELECT count(*) + 1 FROM tier_changes t WHERE t.member_id = r.member_id),
        :community, CASE WHEN r.from_tier = r.to_tier THEN (
            SELECT t.from_tier FROM tier_changes t WHERE t.member_id = r.member_id ORDER BY t.revision DESC LIMIT 1
        ) ELSE r.from_tier END, r.to_tier, r.at, :now
    FROM {rows}""",
    member_id="text",
    from_tier="text",
    to_tier="text",
    at="int",
)

_WARN = Statement(
    """INSERT INTO tier_warnings (member_id, judged_at, community_id, tier, at, booked_at)
    SELECT r.member_id, r.judged_at, :community, r.tier, r.at, :now FROM {rows} WHERE true
    ON CONFLICT (member_id, judged_at) DO NOTHING RETURNING member_id, tier, judged_at""",
    member_id="text",
    judged_at="int",
    tier="text",
    at="int",
)

Warned = tuple[str, int, str, int]
"""(member, when the period ends, tier, when they were to be warned)."""

Change = tuple[str, str | None, str | None, int]
"""(member, from tier, to tier, since when). From a tier to itself: the same change, but since another instant."""


def book(community_id: str, changes: Sequence[Change], now: int) -> Write:
    """The changes, to be appended; the standings of their members are locked."""
    return Write(_BOOK, changes, {"community": community_id, "now": now})


def warn(session: Session, community_id: str, warnings: Sequence[Warned], now: int) -> list[tuple[str, dict[str, Any]]]:
    """Keep warnings; the notices of those that were not told for their period before."""
    if not warnings:
        return []
    new = _WARN.run(session, warnings, community=community_id, now=now)
    return [
        (notices.TIER_WARNED, {"member": member, "tier": tier, "judged_at": judged_at})
        for member, tier, judged_at in sorted(new)
    ]


def risk(session: Session, community_id: str, standing: Standing) -> Risk | None:
    """The fall that is near for a member as they stand now."""
    book, now = rulebook.book(session, community_id), clock.now()
    ladder = rulebook.compiled(session, community_id).tiers
    return None if ladder is None else tiers.risk(ladder, standing, zone(book.zone(now)), now)


def history(session: Session, member_id: str, limit: int = 50) -> Sequence[TierChange]:
    """A member's tier changes, the one recorded last first: what was found out late follows what it corrects."""
    query = select(TierChange).where(TierChange.member_id == member_id).order_by(TierChange.revision.desc())
    return session.scalars(query.limit(limit)).all()
