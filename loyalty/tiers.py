"""Tier changes: the only writer of the table that says when a member came into which tier.

The tier itself is decided by the fold and remembered by the standing; here it is kept as history.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import Statement, Write
from loyalty.models import TierChange

_BOOK = Statement(
    """INSERT INTO tier_changes (member_id, revision, community_id, from_tier, to_tier, at, booked_at)
    SELECT r.member_id, (SELECT count(*) + 1 FROM tier_changes t WHERE t.member_id = r.member_id),
        :community, r.from_tier, r.to_tier, r.at, :now
    FROM {rows}""",
    member_id="text",
    from_tier="text",
    to_tier="text",
    at="int",
)

Change = tuple[str, str | None, str | None, int]
"""(member, from tier, to tier, at)."""


def book(community_id: str, changes: Sequence[Change], now: int) -> Write:
    """The changes, to be appended; the standings of their members are locked."""
    return Write(_BOOK, changes, {"community": community_id, "now": now})


def history(session: Session, member_id: str, limit: int = 50) -> Sequence[TierChange]:
    """A member's latest tier changes, the last one first."""
    query = select(TierChange).where(TierChange.member_id == member_id).order_by(TierChange.revision.desc())
    return session.scalars(query.limit(limit)).all()
