"""The outbox: takes committed notices in batches and remembers how carrying each of them out went.

A notice is carried out at least once: a claim lasts `LEASE`, so what a killed process had claimed is taken again. One
that fails comes back later and later, on its own; it is never given up, since what it tells is true. This module
neither knows what a kind means nor runs anything.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from loyalty import clock
from loyalty.db import is_postgresql
from loyalty.models import Notice

LEASE = 15 * clock.SECOND  # whatever takes longer may be carried out twice, which does no harm
LONGEST_WAIT = clock.HOUR
KEEP = 30 * clock.DAY


class Claimed(NamedTuple):
    """A notice that this process now carries out; `attempts` counts this attempt."""

    id: str
    kind: str
    community_id: str
    payload: dict[str, Any]
    attempts: int


class Lag(NamedTuple):
    """How far behind the outbox is: notices that are due, the age of the oldest in µs, and how many failed before."""

    due: int
    oldest: int
    failing: int


def claim(session: Session, limit: int = 100) -> list[Claimed]:
    """Take up to `limit` due notices, oldest first. No two processes hold the same one, and neither waits."""
    now = clock.now()
    due = (
        select(Notice.id)
        .where(Notice.done_at.is_(None), Notice.due_at <= now)
        .where((Notice.claimed_until.is_(None)) | (Notice.claimed_until < now))
        .order_by(Notice.due_at, Notice.id)
        .limit(limit)
    )
    if is_postgresql(session):
        due = due.with_for_update(skip_locked=True)
    chosen = due.cte()  # evaluated once: a plan that ran the subquery again would lock more than `limit`
    taken = session.execute(
        update(Notice)
        .where(Notice.id.in_(select(chosen.c.id)))
        .values(claimed_until=now + LEASE, attempts=Notice.attempts + 1)
        .returning(Notice.id, Notice.kind, Notice.community_id, Notice.payload, Notice.attempts)
        .execution_options(synchronize_session=False)
    )
    return sorted((Claimed(*row) for row in taken), key=lambda claimed: claimed.id)


def finish(session: Session, notice_ids: Collection[str]) -> None:
    """They were carried out. Call in the transaction of what carried them out, so that both are true or neither."""
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids))
        .values(done_at=clock.now(), claimed_until=None, error=None)
        .execution_options(synchronize_session=False)
    )


def put_off(session: Session, claimed: Claimed, error: str) -> None:
    """It could not be carried out now: it comes back after 1 s, 2 s, 4 s, … and at last every hour."""
    wait = min(clock.SECOND << min(claimed.attempts - 1, 20), LONGEST_WAIT)
    session.execute(
        update(Notice)
        .where(Notice.id == claimed.id)
        .values(due_at=clock.now() + wait, claimed_until=None, error=error[:500])
        .execution_options(synchronize_session=False)
    )


def lag(session: Session, community_id: str | None = None) -> Lag:
    """What waits although it is due, of one community or of all."""
    now = clock.now()
    query = select(func.count(), func.min(Notice.due_at), func.count().filter(Notice.error.is_not(None))).where(
        Notice.done_at.is_(None), Notice.due_at <= now
    )
    if community_id is not None:
        query = query.where(Notice.community_id == community_id)
    due, oldest, failing = session.execute(query).one()
    return Lag(due, now - oldest if due else 0, failing)


def failing(session: Session, community_id: str, limit: int = 50) -> list[Notice]:
    """The community's notices that could not be carried out so far, the oldest first."""
    query = (
        select(Notice)
        .where(Notice.done_at.is_(None), Notice.error.is_not(None), Notice.community_id == community_id)
        .order_by(Notice.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def forget_done(session: Session, limit: int = 10_000) -> int:
    """Delete up to `limit` notices that were carried out more than 30 days ago; answers how many."""
    old = select(Notice.id).where(Notice.done_at < clock.now() - KEEP).limit(limit)
    return session.connection().execute(delete(Notice).where(Notice.id.in_(old))).rowcount
