"""Activity kinds: the built-in ones, and those that the community declares."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, NameSchema, RequestSchema
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import kinds
from rules_engine.fields import DATA_TYPES

resource = Resource("kinds", __name__, "What may be said about members: activity kinds and the fields of their data.")
_TYPE = ma.fields.String(validate=ma.validate.OneOf(DATA_TYPES))


class KindSchema(RequestSchema):
    """A kind that the community declares."""

    name = ma.fields.Nested(NameSchema, required=True)
    fields_ = ma.fields.Dict(
        keys=ma.fields.String(),
        values=_TYPE,
        load_default=dict,
        data_key="fields",
        metadata={
            "description": "The type of each field of `data`, for rules to read.",
            "example": {"minutes": "whole"},
        },
    )


class KindAnswerSchema(AnswerSchema):
    """A kind as it is known."""

    kind = ma.fields.String(required=True)
    name = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    fields_ = ma.fields.Dict(keys=ma.fields.String(), values=_TYPE, required=True, data_key="fields")
    built_in = ma.fields.Boolean(required=True)
    revision = ma.fields.Integer(required=True, allow_none=True)


@resource.operation("GET", "/kinds", scope="read", query=PageQuery, answer=page_of(KindAnswerSchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """Every kind that the community knows."""
    after = read_place(query["cursor"], str) or ""
    every = [one for one in kinds.list_for(session, caller.community_id) if one.kind.key > after]
    return page(every, query["limit"], _shown, lambda one: [one.kind.key])


@resource.operation("GET", "/kinds/<kind>", scope="read", answer=KindAnswerSchema)
def read(session: Session, caller: Caller, kind: str) -> Answer:
    """One kind."""
    return _answer(kinds.get(session, caller.community_id, kind))


@resource.operation("PUT", "/kinds/<kind>", scope="admin", body=KindSchema, answer=KindAnswerSchema, edited=True)
def declare(session: Session, caller: Caller, kind: str, body: dict[str, Any]) -> Answer:
    """Declare a kind, or add fields to one. Fields are never taken away: rules and facts rely on them."""
    return _answer(
        kinds.declare(session, caller.community_id, kind, body["name"], body["fields_"], caller.id, expected_revision())
    )


def _shown(one: kinds.Declared) -> dict[str, Any]:
    return {
        "kind": one.kind.key,
        "name": dict(one.kind.name),
        "fields": dict(one.kind.fields),
        "built_in": one.revision is None,
        "revision": one.revision,
    }


def _answer(one: kinds.Declared) -> Answer:
    return Answer(_shown(one), etag=None if one.revision is None else str(one.revision))
