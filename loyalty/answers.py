"""The first answer to an idempotency key is the answer to every repetition, for 72 hours.

The row is inserted before the work and in its transaction, so a twin that runs at the same time waits at the unique key
for the first to end and then reads what it answered. What failed inside the service leaves no row and may be tried
again. What a request means and how an answer travels is the caller's business; here are only bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.fernet import Fernet
from sqlalchemy import ColumnElement, delete, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from loyalty import clock
from loyalty.db import Statement
from loyalty.models.answers import KeptAnswer

KEPT_FOR = 72 * clock.HOUR


class Request(NamedTuple):
    """What makes a repetition: the same caller, method, path and idempotency key. `digest` is of the content."""

    community_id: str
    caller: str
    method: str
    path: str
    key: str
    digest: str


class Answer(NamedTuple):
    """What was answered: an HTTP status and the body."""

    status: int
    body: bytes


class Mismatch(Exception):
    """The idempotency key was used before, for a request with other content."""


_CLAIM = Statement(
    "INSERT INTO kept_answers (community_id, caller, method, path, key, request, kept_at)"
    " VALUES (:community_id, :caller, :method, :path, :key, :request, :kept_at)"
    " ON CONFLICT DO NOTHING RETURNING 1"
)


def claim(session: Session, request: Request, sealer: Fernet) -> Answer | None:
    """None: the request is new and the caller is to do it. Else the answer that was kept.

    Waits for a twin that is at work. Raises `Mismatch` when the key stands for a request with other content.
    """
    now = clock.now()
    session.execute(delete(KeptAnswer).where(*_is(request), KeptAnswer.kept_at < now - KEPT_FOR))
    names = {name: getattr(request, name) for name in ("community_id", "caller", "method", "path", "key")}
    if _CLAIM.run(session, **names, request=request.digest, kept_at=now):
        return None
    kept = session.execute(select(KeptAnswer.request, KeptAnswer.status, KeptAnswer.body).where(*_is(request))).one()
    if kept.request != request.digest:
        raise Mismatch
    return Answer(kept.status, sealer.decrypt(kept.body))


def keep(session: Session, request: Request, answer: Answer, sealer: Fernet) -> None:
    """Store the answer to a request that was claimed in this transaction."""
    session.execute(
        update(KeptAnswer).where(*_is(request)).values(status=answer.status, body=sealer.encrypt(answer.body))
    )


def forget_old(session: Session, limit: int = 10_000) -> int:
    """Delete up to `limit` answers that were kept for longer than 72 hours; says how many."""
    key = tuple_(*inspect(KeptAnswer).primary_key)
    old = select(*inspect(KeptAnswer).primary_key).where(KeptAnswer.kept_at < clock.now() - KEPT_FOR).limit(limit)
    return session.connection().execute(delete(KeptAnswer).where(key.in_(old))).rowcount


def _is(request: Request) -> list[ColumnElement[bool]]:
    return [
        KeptAnswer.community_id == request.community_id,
        KeptAnswer.caller == request.caller,
        KeptAnswer.method == request.method,
        KeptAnswer.path == request.path,
        KeptAnswer.key == request.key,
    ]
