"""What just happened in a community: badges won and tiers reached, of members who show themselves.

What was taken back is not told, and neither is a fall. Reads only; as much as is asked for, found through an index.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import and_, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from loyalty import clock
from loyalty.models import Award, StandingRow, TierChange


class Happening(NamedTuple):
    """A member won a badge (at a level), or reached a tier."""

    at: int
    member_id: str
    badge: str | None
    level: int
    tier: str | None


def latest(
    session: Session, community_id: str, tier_keys: Sequence[str], limit: int, untold: Collection[str] = ()
) -> list[Happening]:
    """The latest ones first. `tier_keys` are the tiers worth telling of, lowest first, after the one below them all;
    `untold` are the badges that not everybody is to hear of.
    """
    won = [
        Happening(row.at, row.member_id, row.badge, row.level, None)
        for row in _won(session, community_id, limit, untold)
    ]
    risen = [
        Happening(row.at, row.member_id, None, 1, row.to_tier)
        for row in _risen(session, community_id, tier_keys, limit)
    ]
    return list(islice(heapq.merge(won, risen, key=lambda one: -one.at), limit))


def _won(session: Session, community_id: str, limit: int, untold: Collection[str]) -> Sequence[Award]:
    later = aliased(Award)
    corrected = exists().where(
        later.member_id == Award.member_id, later.badge == Award.badge, later.revision > Award.revision
    )
    query = select(Award).join(StandingRow, StandingRow.member_id == Award.member_id).where(StandingRow.ranks)
    query = query.where(Award.community_id == community_id, Award.at <= clock.now(), Award.held, ~corrected)
    query = query.where(Award.badge.not_in(sorted(untold)))
    return session.scalars(query.order_by(Award.at.desc(), Award.member_id).limit(limit)).all()


def _risen(session: Session, community_id: str, tier_keys: Sequence[str], limit: int) -> Sequence[TierChange]:
    rises = [
        and_(
            TierChange.to_tier == key,
            or_(TierChange.from_tier.is_(None), TierChange.from_tier.not_in(tier_keys[index:])),
        )
        for index, key in enumerate(tier_keys)
    ]
    later = aliased(TierChange)
    corrected = exists().where(later.member_id == TierChange.member_id, later.revision > TierChange.revision)
    query = select(TierChange).join(StandingRow, StandingRow.member_id == TierChange.member_id).where(StandingRow.ranks)
    query = query.where(TierChange.community_id == community_id, TierChange.at <= clock.now())
    query = query.where(or_(false(), *rises), ~corrected)
    return session.scalars(query.order_by(TierChange.at.desc(), TierChange.member_id).limit(limit)).all()
