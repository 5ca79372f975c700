"""What a request brings, read strictly: bodies within a limit as strict JSON or as they are, and no parameter, path or
query that nobody can read or store.

Whatever is wrong is refused with its place in it. What a body means is none of its business.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import marshmallow as ma
from flask import request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from api import strict_json
from api.errors import Refused, problems_of
from loyalty.errors import Problem, step
from rules_engine.errors import Sentence

BODY_LIMIT = 1024 * 1024
PATH_LIMIT = 2_000
"""Bytes: with an idempotency key beside it, a path is part of a key in the database, which bounds those."""
JSON, NDJSON = "application/json", "application/x-ndjson"


class StrictParser(FlaskParser):
    """Reads bodies as strict JSON; whatever goes wrong becomes a problem with pointers, an unknown parameter too."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": ma.RAISE}

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        """The body, checked; of the schema only the contents are checked afterwards. Where nothing has to be said,
        nothing may be sent.
        """
        if not req.mimetype and not has_to_say(schema) and not read_body(BODY_LIMIT):
            return {}
        return read_json()

    def handle_error(self, error: ma.ValidationError, req: Any, schema: ma.Schema, **_kwargs: Any) -> Any:
        """Raises `Refused` with a pointer for each message."""
        location, messages = next(iter(error.messages_dict.items()))
        inner = ma.ValidationError(messages)
        where = "body" if location == "json" else location
        detail = Sentence("The request is well formed, but not acceptable; `errors` says where.")
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, problems_of(inner, schema), where) from error


def has_to_say(schema: ma.Schema) -> bool:
    """Whether a body of this schema has a field that may not be left out."""
    return any(field.required for field in schema.fields.values())


def read_json(limit: int = BODY_LIMIT) -> Any:
    """The request's body as a strict JSON document of at most `limit` bytes."""
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", Sentence("Send JSON, as application/json.")
        )
    raw = read_body(limit)
    try:
        return strict_json.parse(raw)
    except strict_json.NotJson as error:
        raise Refused(
            HTTPStatus.BAD_REQUEST, "not_json", Sentence("The body is not JSON: {fault}.", fault=error.fault)
        ) from None
    except strict_json.Unacceptable as error:
        detail = Sentence("The body holds what can't be taken; `errors` says where.")
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, error.problems) from None


def read_raw(media_type: str, limit: int) -> bytes:
    """The request's body of this media type as it is, of at most `limit` bytes."""
    if request.mimetype != media_type:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", Sentence("Send it as {type}.", type=media_type)
        )
    return read_body(limit)


def read_body(limit: int) -> bytes:
    """The request's body, of at most `limit` bytes. Raises `RequestEntityTooLarge`.

    One byte more is let in, since a body of unannounced length is cut off at Werkzeug's bound without a word.
    """
    request.max_content_length = limit + 1
    raw = request.get_data()
    if len(raw) > limit:
        raise RequestEntityTooLarge
    return raw


def refuse_unstorable_urls() -> None:
    """Before each request: what a body may not hold, a path or a query may not either."""
    if "\x00" in request.path or len(request.path.encode()) > PATH_LIMIT:
        raise NotFound  # nothing can be stored under such a name
    problems = [
        Problem(step(name), Sentence("U+0000 can't be stored"))
        for name, value in request.args.items(multi=True)
        if "\x00" in name or "\x00" in value
    ]
    if problems:
        detail = Sentence("The query holds what can't be taken; `errors` says where.")
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, problems, "query")


def refuse_query() -> None:
    """A parameter nobody reads is refused: who adds `dry_run` where there is none must not find it carried out."""
    problems = [Problem(step(name), Sentence("unknown parameter; this takes none")) for name in request.args]
    if problems:
        detail = Sentence("This takes no parameters in its query.")
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, problems, "query")
