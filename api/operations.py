"""One operation of the API: a door, what goes in, one transaction, what comes out, and its entry in the document.

A view is a function `(session, caller, <path parts>, query=..., body=...)` that calls the domain and answers plain JSON
values, or an `Answer`. It never commits. Around it, in this order: the request is read and checked, then one
transaction is opened (a read for `GET`, else a write, repeated as a whole after a deadlock: so a view changes nothing
that it is given), then its answer becomes a response.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

import flask_smorest
import marshmallow as ma
import structlog
from flask import Flask, Response, current_app, g
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api import idempotency, logs, spec_operations
from api.auth import Caller, Door, opens
from api.bodies import BODY_LIMIT, JSON, StrictParser, has_to_say, read_json, read_raw, refuse_query
from api.errors import MEDIA_TYPE, ProblemSchema
from loyalty import trail
from loyalty.db import db, reading, transact
from telemetry import commits

_TAKEN = (IntegrityError, UniqueViolation, sqlite3.IntegrityError)  # batch statements raise the drivers' own
View = Callable[..., Any]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with more to say about it. `etag` names the revision that an admin edits; other reads are hashed.

    `kept` False undoes whatever the transaction did: a rehearsal.
    """

    body: Any
    status: int = 200
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: bool = True


class Rehearsed(Exception):
    """Carries an answer out of a transaction that is to be rolled back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("rehearsed")
        self.answer = answer


class Resource(flask_smorest.Blueprint):
    """A file of operations under /v1."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix="/v1", description=description)
        self._prepare_doc_cbks.append(spec_operations.put_headers)

    def operation(
        self,
        method: str,
        rule: str,
        *,
        scope: str | None,
        answer: type[ma.Schema] | None = None,
        status: int = 200,
        media_type: str | None = None,
        members: bool = False,
        query: type[ma.Schema] | None = None,
        body: type[ma.Schema] | None = None,
        reads_itself: type[ma.Schema] | Mapping[str, Any] | None = None,
        body_type: str = JSON,
        body_limit: int = BODY_LIMIT,
        answers: Mapping[int, str] | None = None,
        writes: bool | None = None,
        by_nature: bool = False,
        edited: bool = False,
    ) -> Callable[[View], View]:
        """Register a view.

        `scope` is what a key needs, `members` lets member tokens in; `answer` is the schema of the answer with
        `status`, `answers` further statuses with a word about each. `body` is loaded through its schema; what
        `reads_itself` documents is handed on as plain JSON, of at most `body_limit` bytes, to a domain that reads it;
        of another `body_type`, as the bytes themselves.
        `writes` is told by the method unless said. `by_nature`: the `POST` is idempotent in itself and takes no
        `Idempotency-Key`. `edited`: an admin edits it, or acts on what is edited, so it takes `If-Match`.
        """
        writing = (method != "GET") if writes is None else writes
        keyed = method == "POST" and writing and not by_nature
        read_it = partial(read_json if body_type == JSON else partial(read_raw, body_type), body_limit)

        def register(view: View) -> View:
            run = opens(Door(scope, members))(
                _carry_out(view, writing, keyed, None if reads_itself is None else read_it, query is not None)
            )
            operation = run
            if body is not None:
                operation = self.arguments(body, arg_name="body", required=has_to_say(body()))(operation)
            if query is not None:
                operation = self.arguments(query, location="query", arg_name="query")(operation)
            shape = answer if media_type is None else {"type": "string"}
            operation = self.response(status, shape, content_type=media_type)(operation)
            has_body = body is not None or reads_itself is not None
            for code in spec_operations.refusals(method, rule, scope, has_body, edited):
                operation = self.alt_response(code, schema=ProblemSchema, content_type=MEDIA_TYPE)(operation)
            for code, description in (answers or {}).items():
                schema = answer if code < 300 else None if code < 400 else ProblemSchema
                kind = MEDIA_TYPE if code >= 400 else None
                operation = self.alt_response(code, schema=schema, content_type=kind, description=description)(
                    operation
                )
            if method == "GET":
                operation = self.alt_response(304, description="Not changed since the ETag that you have.")(operation)
            notes: dict[str, Any] = {"operationId": f"{self.name}.{view.__name__}"}
            notes["security"] = spec_operations.security(scope, members)
            if reads_itself is not None:
                notes["requestBody"] = {"required": True, "content": {body_type: {"schema": reads_itself}}}
            operation = self.doc(**notes)(operation)
            operation._apidoc["headers"] = spec_operations.headers(method, keyed, edited)
            self.add_url_rule(rule, view.__name__, opens(run.door)(operation), methods=[method])
            return view

        return register


def after_commit(app: Flask) -> None:
    """Tell whoever carries notices that there may be some. Their being away is no business of the caller's."""
    try:
        app.extensions["setia.on_commit"]()
    except Exception:  # noqa: BLE001  # anything: the request is done and committed, and the clock finds the notices anyway
        _log.warning("kick_failed", exc_info=True)


def _carry_out(view: View, writing: bool, keyed: bool, read_it: Callable[[], Any] | None, queried: bool) -> View:
    @wraps(view)
    def carry_out(**arguments: Any) -> Response:
        caller: Caller | None = g.get("caller")
        if not queried:
            refuse_query()
        if read_it is not None:
            arguments["body"] = read_it()
        asked = idempotency.asked(caller, arguments.get("body")) if keyed and caller is not None else None

        def work(session: Session) -> Answer:
            said = view(session, caller, **arguments)
            answer = said if isinstance(said, Answer) else Answer(said)
            if not answer.kept:
                raise Rehearsed(answer)
            return answer

        def work_once(session: Session) -> Answer:
            assert asked is not None
            status, body, replayed = idempotency.once(session, asked, lambda inner: _plain(work(inner)))
            return Answer(body, status, headers={idempotency.REPLAYED: "true"} if replayed else {})

        session = db.session()
        if not writing:
            return _response(work(reading(session)))
        try:
            answer = _committed(session, work if asked is None else work_once)
        except Rehearsed as rehearsed:
            return _response(rehearsed.answer)
        after_commit(current_app)
        return _response(answer)

    return carry_out


def _committed(session: Session, work: Callable[[Session], Answer]) -> Answer:
    """Do the work in one transaction; again when somebody made the same row meanwhile, which then is there."""
    work = trail.left_by(work)
    try:
        answer = transact(session, work)
    except _TAKEN:
        answer = transact(session, work)
    logs.note(**commits.report(trail.of(session)))
    return answer


def _plain(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.body


def _response(answer: Answer) -> Response:
    if isinstance(answer.body, Response):
        return answer.body
    kind = MEDIA_TYPE if answer.status >= 400 else "application/json"
    response = Response("" if answer.status == 204 else json.dumps(answer.body), answer.status, content_type=kind)
    response.headers.extend(dict(answer.headers))
    if answer.etag is not None:
        response.set_etag(answer.etag)
    return response
