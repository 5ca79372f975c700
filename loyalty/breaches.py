"""Breaches of the guidelines that a person confirmed, and their lifting.

A breach is a fact in the member's timeline, which rules of conduct hear: what it brings is theirs to say. One that
names an activity is about the identity with which the member took part in it, and goes where that goes. To lift it is
to undo that fact, and all that followed is undone with it. Whether a breach was lifted is asked of the log, which is
the only place that knows.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from loyalty import audit, clock, facts, guidelines, identities, ids, locks, record, retractions, sayings
from loyalty.activities import Identity, Speaker
from loyalty.errors import Conflict, NotFound
from loyalty.models import Breach, FactRow
from loyalty.models import Identity as IdentityRow
from loyalty.record import Recorded
from rules_engine.errors import Sentence
from rules_engine.facts import BREACH_CONFIRMED


class Told(NamedTuple):
    """A breach, the member whom it is about by now (none: their identity left), and whether it was lifted."""

    row: Breach
    member_id: str | None
    lifted: bool


def confirm(
    session: Session,
    community_id: str,
    member_id: str,
    *,
    guideline: str,
    severity: str,
    reason: str,
    by: str,
    activity_id: str | None = None,
    note: str = "",
) -> tuple[Breach, Recorded]:
    """Record that a member went against a guideline. `reason` is for the member, `note` for moderators. Raises
    `NotFound`.
    """
    locks.guard(session, community_id)
    through = None if activity_id is None else _taken_part(session, community_id, member_id, activity_id)
    version = guidelines.in_force(session, community_id)
    key = ids.new("bre")
    data = {"severity": severity, "guideline": guideline, "guidelines_version": version, "reason": reason, "by": by}
    recorded = record.record_own(
        session, community_id, member_id, BREACH_CONFIRMED, data, key=f"setia:{BREACH_CONFIRMED}:{key}", through=through
    )
    salt = identities.salt(session, community_id)
    row = Breach(
        id=key,
        community_id=community_id,
        identity=identities.own_identity(salt, member_id) if through is None else identities.identity_id(salt, through),
        fact=recorded.activity_id,
        guideline=guideline,
        guidelines_version=version,
        severity=severity,
        activity_id=activity_id,
        note=note,
        reason=reason,
        confirmed_at=clock.now(),
        confirmed_by=by,
    )
    session.add(row)
    audit.note(session, community_id, by, "breach.confirmed", row.id, None, {**data, "member": member_id}, note)
    session.flush()
    return row, recorded


def _taken_part(session: Session, community_id: str, member_id: str, activity_id: str) -> Identity | None:
    """The identity of the member that did an activity, or else for which it was done; none where neither is theirs.
    Raises `NotFound`.
    """
    rows = facts.history(session, community_id, activity_id)
    if all(row.kind == BREACH_CONFIRMED for row in rows):
        raise NotFound("activity_not_found", Sentence("There is no activity {activity}.", activity=activity_id))
    held = sayings.held(rows)
    sides = () if held is None else (held.actor, held.beneficiary)
    for one in sides:
        row = None if one is None else session.get(IdentityRow, one, populate_existing=True)
        if row is not None and row.member_id == member_id:
            return Identity(row.platform, row.scope, row.external_id)
    return None


def lift(session: Session, community_id: str, breach_id: str, reason: str, by: str) -> Recorded:
    """Undo a breach and all that it brought. Raises `NotFound`, and `Conflict` (`already_lifted`)."""
    one = get(session, community_id, breach_id)
    facts.lock_anchors(session, [one.row.fact])
    if get(session, community_id, breach_id).lifted:
        raise Conflict("already_lifted", Sentence("This breach was lifted already."))
    recorded = retractions.retract(session, community_id, one.row.fact, "moderator", reason, Speaker(by, admin=True))
    audit.note(session, community_id, by, "breach.lifted", breach_id, {"lifted": False}, {"lifted": True}, reason)
    return recorded


def get(session: Session, community_id: str, breach_id: str) -> Told:
    """One breach. Raises `NotFound`."""
    found = [*_told(session, community_id, Breach.id == breach_id, limit=1)]
    if not found:
        raise NotFound("breach_not_found", Sentence("There is no breach {breach}.", breach=breach_id))
    return found[0]


def list_for(
    session: Session, community_id: str, member_id: str | None = None, before: str | None = None, limit: int = 50
) -> list[Told]:
    """The breaches before the one with that id, the latest first; of everybody or of one member."""
    wanted = []
    if member_id is not None:
        wanted.append(IdentityRow.member_id == member_id)
    if before is not None:
        wanted.append(Breach.id < before)
    return _told(session, community_id, *wanted, limit=limit)


def _told(session: Session, community_id: str, *wanted: ColumnElement[bool], limit: int) -> list[Told]:
    query = (
        select(Breach, IdentityRow.member_id, FactRow.undone_by)
        .join(IdentityRow, IdentityRow.id == Breach.identity)
        .join(FactRow, (FactRow.activity_id == Breach.fact) & FactRow.stands)
        .where(Breach.community_id == community_id, *wanted)
    )
    rows = session.execute(query.order_by(Breach.id.desc()).limit(limit))
    return [Told(row, member_id, undone_by is not None) for row, member_id, undone_by in rows]
