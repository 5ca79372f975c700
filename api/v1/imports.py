"""Imports: history from before the community was connected, as NDJSON of any age."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.bodies import NDJSON
from api.errors import PlaceSchema, places
from api.fields import AnswerSchema, RequestSchema, WholeParameter, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import imports
from loyalty.errors import Forbidden
from loyalty.imports import Wrong
from loyalty.models import Import
from rules_engine.errors import Sentence

resource = Resource("imports", __name__, "History of any age: opened, loaded in chunks, looked at, closed, reverted.")
CHUNK_LIMIT = 5 * 1024 * 1024
MOST_SHOWN = 100
_LINES = {
    "type": "string",
    "description": "An activity as `POST /v1/activities` takes it on each line, of any age, `op: apply` alone.",
}


class ImportSchema(RequestSchema):
    """What is going to be imported, and who says it."""

    name = text_field("What it is, as admins will see it.", 100, 1, required=True)
    source = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(1, 64),
        metadata={"description": "The source that it speaks for, for an admin; absent: the key that opens it."},
    )
    platforms = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(1, 64)),
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(min=1, max=100),
        metadata={"description": "The platforms that it may speak for; absent: those of the key or the source."},
    )


class LinesSchema(AnswerSchema):
    """How many lines are in each state."""

    waiting = ma.fields.Integer(required=True, metadata={"description": "Good, and not recorded yet."})
    refused = ma.fields.Integer(required=True)
    recorded = ma.fields.Integer(required=True)
    known = ma.fields.Integer(required=True, metadata={"description": "About what was on record: they add nothing."})
    reverted = ma.fields.Integer(required=True)


class ImportAnswerSchema(AnswerSchema):
    """An import, and how far it is."""

    id = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    source = ma.fields.String(required=True, allow_none=True)
    platforms = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(imports.STATES))
    loaded = ma.fields.Integer(required=True, metadata={"description": "Lines in all."})
    lines = ma.fields.Nested(LinesSchema, required=True)
    rate = ma.fields.Integer(required=True, metadata={"description": "Lines done a second; 0 before the first."})
    earliest_at = ma.fields.DateTime(required=True, allow_none=True)
    latest_at = ma.fields.DateTime(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True, metadata={"description": "Why it was reverted."})
    error = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Why the latest batch failed; it is tried again."}
    )
    opened_at = ma.fields.DateTime(required=True)
    closed_at = ma.fields.DateTime(required=True, allow_none=True)
    finished_at = ma.fields.DateTime(required=True, allow_none=True)


class WrongLineSchema(AnswerSchema):
    """A line that is refused, or adds nothing."""

    line = ma.fields.Integer(required=True)
    errors = ma.fields.List(ma.fields.Nested(PlaceSchema), required=True)


class LoadedSchema(AnswerSchema):
    """What became of a chunk."""

    good = ma.fields.Integer(required=True)
    bad = ma.fields.Integer(required=True)
    errors = ma.fields.List(
        ma.fields.Nested(WrongLineSchema),
        required=True,
        metadata={"description": f"Of up to {MOST_SHOWN} lines; all are in the preview."},
    )


class PreviewSchema(page_of(WrongLineSchema)):  # type: ignore[misc]  # a class made of fields
    """What recording it will do, or did, with a page of the lines that are wrong."""

    good = ma.fields.Integer(required=True)
    bad = ma.fields.Integer(required=True)
    earliest_at = ma.fields.DateTime(required=True, allow_none=True)
    latest_at = ma.fields.DateTime(required=True, allow_none=True)


class ChunkQuery(RequestSchema):
    """Where the chunk belongs."""

    first = WholeParameter(
        required=True,
        validate=ma.validate.Range(1, imports.LAST_LINE),
        metadata={"description": "Number of its first line. The same chunk again changes nothing."},
    )


class RevertSchema(RequestSchema):
    """Why."""

    reason = text_field("A sentence for whoever wonders later.", 500, 1, required=True)


@resource.operation("POST", "/imports", scope="import", body=ImportSchema, answer=ImportAnswerSchema, status=201)
def begin(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Open an import. Nothing counts before it is closed."""
    if body["source"] is not None and not caller.admin:
        raise Forbidden("scope_missing", Sentence("Speaking for a source takes a key with the scope admin."))
    one = imports.begin(
        session,
        caller.community_id,
        name=body["name"],
        voice=caller.voice,
        by=caller.id,
        source_id=body["source"],
        platforms=body["platforms"],
    )
    return Answer(_shown(one), 201)


@resource.operation("GET", "/imports", scope="import", query=PageQuery, answer=page_of(ImportAnswerSchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """The imports, the latest first; for a key that is no admin's, its own."""
    before = read_place(query["cursor"], str)
    rows = imports.list_for(session, caller.community_id, before, query["limit"] + 1, voice=_voice(caller))
    return page(rows, query["limit"], _shown, lambda one: [one.id])


@resource.operation("GET", "/imports/<import_id>", scope="import", answer=ImportAnswerSchema)
def read(session: Session, caller: Caller, import_id: str) -> dict[str, Any]:
    """How far it is."""
    return _shown(imports.get(session, caller.community_id, import_id, voice=_voice(caller)))


@resource.operation(
    "POST",
    "/imports/<import_id>/lines",
    scope="import",
    query=ChunkQuery,
    reads_itself=_LINES,
    body_type=NDJSON,
    body_limit=CHUNK_LIMIT,
    answer=LoadedSchema,
    by_nature=True,
)
def load(session: Session, caller: Caller, import_id: str, query: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Load a chunk of up to 5,000 lines. A line loaded again takes the place of the one with its number."""
    one = imports.get(session, caller.community_id, import_id, voice=_voice(caller), lock=True)
    loaded = imports.load(session, one, query["first"], body, caller.may_say)
    return {
        "good": loaded.good,
        "bad": len(loaded.wrong),
        "errors": [_wrong(line) for line in loaded.wrong[:MOST_SHOWN]],
    }


@resource.operation("GET", "/imports/<import_id>/preview", scope="import", query=PageQuery, answer=PreviewSchema)
def preview(session: Session, caller: Caller, import_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """What is good and what is wrong so far, line by line."""
    one = imports.get(session, caller.community_id, import_id, voice=_voice(caller))
    after = read_place(query["cursor"], int) or 0
    rows = imports.wrong(session, one, after, query["limit"] + 1)
    found = imports.progress(one)
    bad = found.lines[imports.REFUSED]
    return {
        "good": sum(found.lines.values()) - bad,
        "bad": bad,
        "earliest_at": moment(found.earliest_at),
        "latest_at": moment(found.latest_at),
        **page(rows, query["limit"], _wrong, lambda line: [line.number]),
    }


@resource.operation(
    "POST", "/imports/<import_id>/close", scope="import", answer=ImportAnswerSchema, status=202, by_nature=True
)
def close(session: Session, caller: Caller, import_id: str) -> Answer:
    """No more lines: what is good is recorded now, in batches, in the order in which it occurred."""
    one = imports.get(session, caller.community_id, import_id, voice=_voice(caller), lock=True)
    return Answer(_shown(imports.close(session, one, caller.id)), 202)


@resource.operation(
    "POST",
    "/imports/<import_id>/revert",
    scope="import",
    body=RevertSchema,
    answer=ImportAnswerSchema,
    status=202,
    by_nature=True,
)
def revert(session: Session, caller: Caller, import_id: str, body: dict[str, Any]) -> Answer:
    """Take back everything that it said, in batches: in the end it is as if it had never been imported.

    What others have said about the same since stands. The same lines can be imported again.
    """
    one = imports.get(session, caller.community_id, import_id, voice=_voice(caller), lock=True)
    return Answer(_shown(imports.revert(session, one, body["reason"], caller.id)), 202)


def _voice(caller: Caller) -> str | None:
    """Whose imports the caller may touch; None: everybody's."""
    return None if caller.admin else caller.voice


def _wrong(line: Wrong) -> dict[str, Any]:
    return {"line": line.number, "errors": places(line.problems)}


def _shown(one: Import) -> dict[str, Any]:
    found = imports.progress(one)
    return {
        "id": one.id,
        "name": one.name,
        "source": one.source_id,
        "platforms": one.platforms,
        "state": one.state,
        "loaded": sum(found.lines.values()),
        "lines": dict(found.lines),
        "rate": found.rate,
        "earliest_at": moment(found.earliest_at),
        "latest_at": moment(found.latest_at),
        "reason": one.reason,
        "error": one.error,
        "opened_at": moment(one.opened_at),
        "closed_at": moment(one.closed_at),
        "finished_at": moment(one.finished_at),
    }
