"""`Idempotency-Key`: a `POST` repeated with it gets the first answer again.

Only what ran is kept: an answer of the work itself, 2xx or a refusal such as `insufficient_points`. What was refused
before (no key, not JSON, wrong shape, too many) left no trace and may be sent again under the same key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from cryptography.fernet import Fernet
from flask import current_app, request
from sqlalchemy.orm import Session

from api.auth import Caller
from api.errors import Refused, of_domain
from loyalty import answers
from loyalty.errors import DomainError, Problem
from rules_engine.errors import Sentence

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 200

Work = Callable[[Session], tuple[int, Any]]


def asked(caller: Caller, body: Any) -> answers.Request | None:
    """What this request is a repetition of, if its sender says that it may be repeated."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            Sentence("The idempotency key can't be taken."),
            [Problem(f"/{HEADER}", Sentence("1 to {most} printable ASCII characters", most=LONGEST))],
            "header",
        )
    said = json.dumps([body, sorted(request.args.items(multi=True))], sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()
    return answers.Request(caller.community_id, caller.voice, request.method, request.path, key, digest)


def once(session: Session, asked_for: answers.Request, work: Work) -> tuple[int, Any, bool]:
    """Do `work` unless it was done before: status, body, and whether this is the first answer again."""
    sealer = _sealer()
    try:
        kept = answers.claim(session, asked_for, sealer)
    except answers.Mismatch:
        detail = Sentence(
            "This Idempotency-Key was used for another request. Take a fresh one for each thing you want done."
        )
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail) from None
    if kept is not None:
        return kept.status, json.loads(kept.body), True
    try:
        with session.begin_nested():
            status, body = work(session)
    except DomainError as error:
        body = of_domain(error)
        status = body["status"]
    answers.keep(session, asked_for, answers.Answer(status, json.dumps(body).encode()), sealer)
    return status, body, False


def _sealer() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(current_app.extensions["setia"].derive("answers")))
