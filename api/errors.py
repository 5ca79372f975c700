"""Everything that is refused, as RFC 9457 problems: a stable code, a sentence, and where in the input it went wrong.

Here, where it is known who asks, sentences are told in the reader's language.

No input gives a 500: what is not expected is logged under the request's id and answered without details.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import marshmallow as ma
import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from api import unavailable
from api.field_faults import fault
from api.fields import AnswerSchema
from api.languages import language, told
from loyalty import errors as domain
from loyalty.errors import step, unknown_field
from rules_engine.errors import Sentence

MEDIA_TYPE = "application/problem+json"
_STATUSES: list[tuple[type[domain.DomainError], HTTPStatus]] = [
    (domain.NotFound, HTTPStatus.NOT_FOUND),
    (domain.Forbidden, HTTPStatus.FORBIDDEN),
    (domain.Conflict, HTTPStatus.CONFLICT),
    (domain.Stale, HTTPStatus.PRECONDITION_FAILED),
    (domain.Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
]
_log = structlog.get_logger(__name__)


class PlaceSchema(AnswerSchema):
    """One thing wrong with the input."""

    pointer = ma.fields.String(required=True, metadata={"description": "RFC 6901 pointer into what `in` names."})
    detail = ma.fields.String(required=True)
    code = ma.fields.String(metadata={"description": "Which sort, where the input is a rulebook; it is stable."})
    nearest = ma.fields.String(metadata={"description": "The nearest right name in a rulebook, where there is one."})
    in_ = ma.fields.String(
        data_key="in",
        validate=ma.validate.OneOf(["body", "query", "path", "header"]),
        metadata={"description": "Where the pointer points; the body when it is absent."},
    )


class ProblemSchema(AnswerSchema):
    """RFC 9457 problem details."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String(required=True, metadata={"description": "Names this occurrence in the logs."})
    code = ma.fields.String(required=True, metadata={"description": "Stable; branch on this, not on `detail`."})
    errors = ma.fields.List(ma.fields.Nested(PlaceSchema), required=True)


class Refused(Exception):
    """An answer of the HTTP layer itself, with everything a problem needs."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: Sentence,
        problems: Iterable[domain.Problem] = (),
        where: str = "body",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.where = status, code, detail, where
        self.problems, self.headers = list(problems), dict(headers or {})


def problem(
    status: int,
    code: str,
    detail: Sentence,
    problems: Iterable[domain.Problem] = (),
    where: str = "body",
) -> dict[str, Any]:
    """The body of a problem, for an answer or for one item of a batch."""
    apart = {} if where == "body" else {"in": where}
    return {
        "type": f"urn:setia:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": told(detail, language()),
        "instance": f"urn:setia:request:{g.get('request_id', 'unknown')}",
        "code": code,
        "errors": [place | apart for place in places(problems)],
    }


def places(problems: Iterable[domain.Problem]) -> list[dict[str, str]]:
    """What is wrong where, as an answer says it."""
    return [
        {name: value for name, value in one._asdict().items() if value is not None}
        | {"detail": told(one.detail, language())}
        for one in problems
    ]


def respond(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an HTTP answer."""
    response = Response(json.dumps(body), status=body["status"], content_type=MEDIA_TYPE)
    response.headers.extend(headers or {})
    return response


def of_domain(error: domain.DomainError) -> dict[str, Any]:
    """The problem that a refusal of the domain is."""
    unprocessable = HTTPStatus.UNPROCESSABLE_ENTITY
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), unprocessable)
    return problem(status, error.code, error.detail, error.problems)


def register(app: Flask) -> None:
    """Make every failure under this app a problem."""
    app.register_error_handler(domain.DomainError, _answer_domain)
    app.register_error_handler(Refused, _answer_refused)
    app.register_error_handler(HTTPException, _answer_http)
    for kind in unavailable.KINDS:
        app.register_error_handler(kind, _answer_unavailable)
    app.register_error_handler(Exception, _answer_unexpected)


def _answer_domain(error: domain.DomainError) -> Response:
    later = {"Retry-After": "5"} if isinstance(error, domain.Unavailable) else {}
    return respond(of_domain(error), later)


def _answer_refused(error: Refused) -> Response:
    return respond(problem(error.status, error.code, error.detail, error.problems, error.where), error.headers)


def _answer_http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error  # a redirect, or an answer that somebody made in full
    headers = {name: value for name, value in error.get_headers() if name.lower() not in _BODY_HEADERS}
    phrase = HTTPStatus(error.code).phrase
    plain = re.sub(r"\W+", "_", phrase.lower()), Sentence("This can't be answered: {status}.", status=phrase)
    return respond(problem(error.code, *_SAID.get(error.code, plain)), headers)


_BODY_HEADERS = {"content-type", "content-length"}
# Said here, since what Python calls a status changes with its version, and codes are promised to stay.
_SAID = {
    400: ("bad_request", Sentence("The request can't be read.")),
    404: ("not_found", Sentence("There is nothing at this path. The paths are listed at /v1/docs.")),
    405: ("method_not_allowed", Sentence("This path does not take that method; `Allow` lists those that it takes.")),
    413: (
        "body_too_large",
        Sentence("The body is too large: 1 MiB is the most, 5 MiB for a batch, a rulebook or a chunk of an import."),
    ),
    429: ("too_many_requests", Sentence("Too many requests; try again when `Retry-After` is over.")),
}


def _answer_unavailable(error: Exception) -> Response:
    cause = unavailable.cause(error)
    if cause is None:
        return _answer_unexpected(error)
    _log.error(cause.code, error=type(error).__name__, path=request.path)
    return respond(problem(503, cause.code, cause.detail), {"Retry-After": str(cause.seconds)})


def _answer_unexpected(_error: Exception) -> Response:
    _log.exception("unexpected_error", method=request.method, path=request.path)
    detail = Sentence("Something went wrong here, not with the request. It is in the logs under `instance`.")
    return respond(problem(500, "unexpected_error", detail))


def problems_of(error: ma.ValidationError, schema: ma.Schema) -> list[domain.Problem]:
    """Marshmallow's nested messages as pointers, an unknown field with the nearest right name."""
    return list(_walk(error.messages, "", schema))


def _walk(messages: Any, pointer: str, schema: ma.Schema | None) -> Iterator[domain.Problem]:
    if not isinstance(messages, dict):
        for message in messages if isinstance(messages, list) else [messages]:
            yield domain.Problem(pointer, fault(message))
        return
    for name, inner in messages.items():
        if name == "_schema":
            yield from _walk(inner, pointer, schema)
            continue
        deeper = pointer + step(name)
        field = _field(schema, name)
        if schema is not None and field is None and isinstance(name, str) and isinstance(inner, list):
            known = [one.data_key or key for key, one in schema.load_fields.items()]
            yield domain.Problem(deeper, unknown_field(name, known))
        elif isinstance(field, ma.fields.Mapping) and isinstance(inner, dict):
            for entry, parts in inner.items():  # marshmallow tells of an entry's key and of its value apart
                for said in parts.values():
                    yield from _walk(said, deeper + step(entry), None)
        else:
            yield from _walk(inner, deeper, _schema_of(field))


def _field(schema: ma.Schema | None, name: Any) -> ma.fields.Field[Any] | None:
    if schema is None:
        return None
    return next((one for key, one in schema.load_fields.items() if (one.data_key or key) == name), None)


def _schema_of(field: ma.fields.Field[Any] | None) -> ma.Schema | None:
    return field.schema if isinstance(field, ma.fields.Nested) else None
