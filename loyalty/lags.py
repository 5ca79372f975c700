"""How far what is to be done lags behind what is committed: notices, deliveries, the clock, boards, long folds.

Each number is of what is due and not done; nothing here does any of it. Without a community: of the whole service.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import clock, deliveries, notices, outbox
from loyalty.models import Delivery, Notice, StandingRow
from loyalty.settlement import GRACE


class Waiting(NamedTuple):
    """How much waits, and for how long the oldest of it has been due, in µs."""

    number: int
    oldest: int


class Lags(NamedTuple):
    """`outbox`: notices; `deliveries`: stored and not read; `clock`: members for whom time did something, beyond the
    grace that is left to the night's late events; `boards`: notices that will move boards; `folds`: members whose long
    timeline waits to be folded again.
    """

    outbox: outbox.Lag
    deliveries: Waiting
    clock: Waiting
    boards: Waiting
    folds: Waiting


def read(session: Session, community_id: str | None = None) -> Lags:
    """All lags as they are now."""
    return Lags(
        outbox=outbox.lag(session, community_id),
        deliveries=unread(session, community_id),
        clock=overdue(session, community_id),
        boards=_unheard(session, community_id),
        folds=_unfolded(session, community_id),
    )


def unread(session: Session, community_id: str | None = None) -> Waiting:
    """Deliveries that are stored and not read."""
    now = clock.now()
    return _waiting(session, community_id, Delivery.due_at, now, deliveries.WAITS, Delivery.due_at <= now)


def overdue(session: Session, community_id: str | None = None) -> Waiting:
    """Members for whom time did something, beyond the grace."""
    until = clock.now() - GRACE
    return _waiting(session, community_id, StandingRow.next_due_at, until, StandingRow.next_due_at <= until)


def _unheard(session: Session, community_id: str | None) -> Waiting:
    now = clock.now()
    due = Notice.done_at.is_(None), Notice.due_at <= now
    return _waiting(session, community_id, Notice.due_at, now, *due, Notice.kind.in_(notices.MOVES_BOARDS))


def _unfolded(session: Session, community_id: str | None) -> Waiting:
    waits = or_(StandingRow.stale_at.is_not(None), StandingRow.settling_at.is_not(None))
    return _waiting(session, community_id, StandingRow.changed_at, clock.now(), waits)


def _waiting(
    session: Session,
    community_id: str | None,
    since: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    until: int,
    *conditions: Any,
) -> Waiting:
    """How many rows meet the conditions, and how long before `until` the first of them was due."""
    query = select(func.count(), func.min(since)).where(*conditions)
    if community_id is not None:
        query = query.where(since.class_.community_id == community_id)
    number, oldest = session.execute(query).one()
    return Waiting(number, 0 if oldest is None else max(0, until - oldest))
