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
from loyalty.models import Identity as IdentityRow
from rules_engine.conduct import WITHDRAWN
from rules_engine.effects import ADJUSTMENT, ISSUANCE
from rules_engine.facts import POINTS_ADJUSTED


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


_SIDE = """SELECT * FROM (SELECT activity_id, n, at, '{side}' AS part FROM facts
    WHERE {side} = :identity AND stands AND platform <> :own
        AND at <= :at AND (at < :at OR activity_id < :activity)
    ORDER BY at DESC, activity_id DESC LIMIT :limit) AS {side}s"""
_BEFORE = Statement(f"{_SIDE.format(side='actor')} UNION ALL {_SIDE.format(side='beneficiary')}")
_BODIES = Statement(
    """SELECT f.activity_id, f.key, f.kind, f.at, f.platform, f.body, f.undone_by
    FROM {rows} JOIN facts f ON f.activity_id = r.activity_id AND f.n = r.n""",
    activity_id="text",
    n="int",
)


def activities(session: Session, member_id: str, before: tuple[int, str] | None, limit: int) -> list[Taken]:
    """Up to `limit` activities of the member, before (at, activity id) of the last one seen.

    However long the timeline, no more of it is read than the page for each identity and part.
    """
    at, activity = before or (clock.FAR, "")
    places: dict[tuple[int, str], tuple[int, set[str]]] = {}
    for identity in session.scalars(select(IdentityRow.id).where(IdentityRow.member_id == member_id)):
        for activity_id, n, occurred_at, part in _BEFORE.run(
            session, identity=identity, own=OWN, at=at, activity=activity, limit=limit
        ):
            places.setdefault((occurred_at, activity_id), (n, set()))[1].add(part)
    latest = [(place, *places[place]) for place in sorted(places, reverse=True)[:limit]]
    bodies = {row[0]: row[1:] for row in _BODIES.run(session, sorted((place[1], n) for place, n, _ in latest))}
    found = []
    for (_, activity_id), _, parts in latest:
        key, kind, occurred_at, platform, body, undone_by = bodies[activity_id]
        said = json.loads(body)
        found.append(
            Taken(
                activity_id,
                key,
                kind,
                occurred_at,
                platform,
                said["object"],
                said["data"],
                undone_by,
                tuple(sorted(parts)),
            )
        )
    return found


def earned(session: Session, member_id: str, before: tuple[int, int] | None = None, limit: int = 50) -> Sequence[Entry]:
    """What rules gave the member and took back, the latest first, before (at, number) of the last one seen: the part
    of the account that others may see. What a breach cost is between the member and the moderators.
    """
    query = select(Entry).where(Entry.member_id == member_id, Entry.rule != ADJUSTMENT)
    query = query.where(~Entry.effect.startswith(WITHDRAWN, autoescape=True))
    query = query.where(or_(Entry.debit == ISSUANCE, Entry.credit == ISSUANCE))
    if before is not None:
        query = query.where(tuple_(Entry.at, Entry.number) < before)
    return session.scalars(query.order_by(Entry.at.desc(), Entry.number.desc()).limit(limit)).all()


def reasons_of(session: Session, activity_ids: Collection[str]) -> dict[str, str]:
    """What was written for each of these activities that is a correction."""
    query = select(FactRow.activity_id, FactRow.body).where(FactRow.activity_id.in_(sorted(activity_ids)))
    rows = session.execute(query.where(FactRow.stands, FactRow.kind == POINTS_ADJUSTED))
    return {row.activity_id: json.loads(row.body)["data"]["reason"] for row in rows}


def kinds_of(session: Session, activity_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The kind and the platform of each of these activities."""
    query = select(FactRow.activity_id, FactRow.kind, FactRow.platform).distinct()
    rows = session.execute(
        query.where(FactRow.activity_id.in_(sorted(activity_ids)), FactRow.stands, FactRow.platform != OWN)
    )
    return {row.activity_id: (row.kind, row.platform) for row in rows}
