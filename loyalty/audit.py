"""The audit log: who changed what, when, from what to what, and why. The only writer of its table.

A line is written in the transaction of the change itself, by the domain function that makes it, so that there is no
change without one and no line without a change. It holds what differs and never a secret; what happens on
platforms is in the log of facts, not here. Nothing is ever changed or deleted in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, ids
from loyalty.models import AuditLine


def note(
    session: Session,
    community_id: str,
    by: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    why: str = "",
) -> None:
    """Write that `by` (a key's id, `member:` and a member's, or a word) did `action` (`noun.past_participle`) to
    `subject`. Of two states of the same thing only what differs is kept; None: there was nothing, or nothing is left.
    """
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        before = {name: before[name] for name in names if name in before}
        after = {name: after[name] for name in names if name in after}
    row = AuditLine(
        id=ids.new("aud"),
        community_id=community_id,
        at=clock.now(),
        by=by,
        action=action,
        subject=subject,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        why=why,
    )
    session.add(row)


def lines(
    session: Session,
    community_id: str,
    *,
    subject: str | None = None,
    by: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[AuditLine]:
    """The lines before the one with that id, the latest first; of one subject, of one who acts."""
    query = select(AuditLine).where(AuditLine.community_id == community_id)
    if subject is not None:
        query = query.where(AuditLine.subject == subject)
    if by is not None:
        query = query.where(AuditLine.by == by)
    if before is not None:
        query = query.where(AuditLine.id < before)
    return session.scalars(query.order_by(AuditLine.id.desc()).limit(limit)).all()
