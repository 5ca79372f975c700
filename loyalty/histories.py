"""What a member took part in, the latest first: the timeline as people read it, in pages.

Facts that were undone are in it and say so; Setia's own facts (roles, corrections, redemptions) are not: the ledger
tells of those.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from loyalty import clock
from loyalty.db import Statement
from loyalty.identities import OWN
from loyalty.models import Entry, FactRow
from rules_engine.effects import ADJUSTMENT, ISSUANCE


class Taken(NamedTuple):
    """One activity with the part that the member had in it: `actor`, `beneficiary`, or both."""

    activity_id: str
    key: str
    kind: str
    at: int
    platform: str
    object: Mapping[str, Any]
    data: Mapping[str, Any]
    undone_by: str | None
    parts: tuple[str, ...]


_SIDE = """SELECT f.activity_id, f.key, f.kind, f.at, f.platform, f.body, f.undone_by, '{side}' AS part
    FROM identities i JOIN facts f ON f.{side} = i.id AND f.stands
    WHERE i.member_id = :member AND f.platform <> :own AND (f.at < :at OR (f.at = :at AND f.activity_id < :activity))"""
_BEFORE = Statement(
    f"""SELECT * FROM ({_SIDE.format(side="actor")} UNION ALL {_SIDE.format(side="beneficiary")}) AS taken
    ORDER BY at DESC, activity_id DESC LIMIT :limit"""
)


def activities(session: Session, member_id: str, before: tuple[int, str] | None, limit: int) -> list[Taken]:
    """Up to `limit` activities of the member, before (at, activity id) of the last one seen."""
    at, activity = before or (clock.FAR, "")
    # Each activity comes up to twice, once a part, and an odd end would cut one in half.
    rows = _BEFORE.run(session, member=member_id, own=OWN, at=at, activity=activity, limit=2 * limit)
    found: dict[str, Taken] = {}
    for activity_id, key, kind, occurred_at, platform, body, undone_by, part in rows:
        if activity_id in found:
            found[activity_id] = found[activity_id]._replace(parts=("actor", "beneficiary"))
        else:
            said = json.loads(body)
            found[activity_id] = Taken(
                activity_id, key, kind, occurred_at, platform, said["object"], said["data"], undone_by, (part,)
            )
    return list(found.values())[:limit]


def earned(session: Session, member_id: str, before: tuple[int, int] | None = None, limit: int = 50) -> Sequence[Entry]:
    """What rules gave the member and took back, the latest first, before (at, number) of the last one seen: the part
    of the account that others may see.
    """
    query = select(Entry).where(Entry.member_id == member_id, Entry.rule != ADJUSTMENT)
    query = query.where(or_(Entry.debit == ISSUANCE, Entry.credit == ISSUANCE))
    if before is not None:
        query = query.where(tuple_(Entry.at, Entry.number) < before)
    return session.scalars(query.order_by(Entry.at.desc(), Entry.number.desc()).limit(limit)).all()


def kinds_of(session: Session, activity_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The kind and the platform of each of these activities."""
    query = select(FactRow.activity_id, FactRow.kind, FactRow.platform).distinct()
    rows = session.execute(
        query.where(FactRow.activity_id.in_(sorted(activity_ids)), FactRow.stands, FactRow.platform != OWN)
    )
    return {row.activity_id: (row.kind, row.platform) for row in rows}
