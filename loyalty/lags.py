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

_MOVES_BOARDS = (notices.STANDINGS_CHANGED, notices.BOARDS_REBUILD)


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
    now = clock.now()

    def waiting(
        since: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], until: int, *conditions: Any
    ) -> Waiting:
        query = select(func.count(), func.min(since)).where(*conditions)
        if community_id is not None:
            query = query.where(since.class_.community_id == community_id)
        number, oldest = session.execute(query).one()
        return Waiting(number, 0 if oldest is None else max(0, until - oldest))

    grace = now - GRACE
    undone = Notice.done_at.is_(None)
    return Lags(
        outbox=outbox.lag(session, community_id),
        deliveries=waiting(Delivery.due_at, now, deliveries.WAITS, Delivery.due_at <= now),
        clock=waiting(StandingRow.next_due_at, grace, StandingRow.next_due_at <= grace),
        boards=waiting(Notice.due_at, now, undone, Notice.due_at <= now, Notice.kind.in_(_MOVES_BOARDS)),
        folds=waiting(
            StandingRow.changed_at, now, or_(StandingRow.stale_at.is_not(None), StandingRow.settling_at.is_not(None))
        ),
    )
