"""Notices: what happened, written down with what it tells so that others hear of it once it is committed.

`publish` is one insert into the outbox and runs in the transaction of what it tells about: either both are there or
neither. Carrying notices out is the business of `outbox` and of the jobs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from loyalty import clock, ids
from loyalty.db import Statement

STANDINGS_CHANGED = "standings.changed"
"""`{"members": [member id], "past": [[member id, instant]]}`: scores moved; `past` names windows that are over."""
MEMBER_STALE = "member.stale"
"""`{"member": member id}`: a long timeline waits to be folded again."""
RULEBOOK_PUBLISHED = "rulebook.published"
"""`{"publication": id, "after": member id}`: every member after this one has yet to meet the publication."""
BOARDS_REBUILD = "boards.rebuild"
"""`{}`: the community's boards are missing or doubted; make them again from the database."""

KINDS = frozenset({STANDINGS_CHANGED, MEMBER_STALE, RULEBOOK_PUBLISHED, BOARDS_REBUILD})

_PUBLISH = Statement(
    """INSERT INTO notices (id, kind, community_id, payload, due_at, attempts, created_at)
    VALUES (:id, :kind, :community, :payload, :due_at, 0, :created_at)"""
)


def publish(
    session: Session, kind: str, community_id: str, payload: Mapping[str, Any], due_at: int | None = None
) -> None:
    """Write one notice of a kind out of `KINDS`; it is carried out after the commit, and not before `due_at`."""
    now = clock.now()
    _PUBLISH.run(
        session,
        id=ids.new("ntc"),
        kind=kind,
        community=community_id,
        payload=json.dumps(payload, separators=(",", ":")),
        due_at=now if due_at is None else due_at,
        created_at=now,
    )
