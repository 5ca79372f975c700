"""API keys: made, listed, rotated and revoked by an admin. A key is shown once."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import current_app
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, Pattern, RequestSchema, WholeNumber, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import clock, keys
from loyalty.errors import Invalid, Problem
from loyalty.models import ApiKey
from rules_engine.errors import Sentence

resource = Resource("keys", __name__, "Keys for apps and admin tools, each with the least that it needs.")


def _names(description: str) -> ma.fields.List:
    return ma.fields.List(
        ma.fields.String(validate=Pattern(r"^[a-z0-9][a-z0-9_-]{0,63}$", error=Sentence("a key such as discourse"))),
        validate=ma.validate.Length(min=1, max=100),
        allow_none=True,
        metadata={"description": description},
    )


class KeySchema(RequestSchema):
    """A key to make."""

    name = text_field("What it is for, as admins will see it.", 100, 1, required=True)
    owner = text_field("The person or system that answers for it.", 100, 1, required=True)
    scopes = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(keys.SCOPES)),
        required=True,
        validate=ma.validate.Length(min=1, max=len(keys.SCOPES)),
        metadata={"description": "What it may do. `admin` may do everything."},
    )
    platforms = _names("The platforms that an `ingest` or `import` key may speak for; absent: all.")
    kinds = _names("The activity kinds that an `ingest` or `import` key may say; absent: all.")


class KeyAnswerSchema(AnswerSchema):
    """A key without its secret."""

    id = ma.fields.String(required=True)
    prefix = ma.fields.String(required=True, metadata={"description": "How the key begins, to recognise it by."})
    name = ma.fields.String(required=True)
    owner = ma.fields.String(required=True)
    scopes = ma.fields.List(ma.fields.String(), required=True)
    platforms = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    kinds = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    replaces = ma.fields.String(required=True, allow_none=True)
    created_at = ma.fields.DateTime(required=True)
    created_by = ma.fields.String(required=True)
    expires_at = ma.fields.DateTime(required=True, allow_none=True)
    revoked_at = ma.fields.DateTime(required=True, allow_none=True)
    last_used_at = ma.fields.DateTime(required=True, allow_none=True, metadata={"description": "To the hour."})


class IssuedKeySchema(KeyAnswerSchema):
    """A new key; `key` is shown this once."""

    key = ma.fields.String(required=True)


class RotationSchema(RequestSchema):
    """How long the old key goes on working."""

    overlap_hours = WholeNumber(load_default=24, validate=ma.validate.Range(0, 24 * 30))


@resource.operation("GET", "/keys", scope="admin", query=PageQuery, answer=page_of(KeyAnswerSchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """Every key of the community, revoked ones too."""
    after = read_place(query["cursor"], str)
    rows = keys.list_for(session, caller.community_id, after, query["limit"] + 1)
    return page(rows, query["limit"], _shown, lambda key: [key.id])


@resource.operation("POST", "/keys", scope="admin", body=KeySchema, answer=IssuedKeySchema, status=201)
def make(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Make a key."""
    grant = keys.Grant(tuple(dict.fromkeys(body["scopes"])), _tuple(body.get("platforms")), _tuple(body.get("kinds")))
    if not {"ingest", "import"} & set(grant.scopes) and (grant.platforms is not None or grant.kinds is not None):
        problem = Problem("/scopes", Sentence("platforms and kinds bound what a key may say; this one says nothing"))
        raise Invalid("invalid", Sentence("This key would never use its platforms and kinds."), [problem])
    issued = keys.issue(
        session, _pepper(), caller.community_id, grant, name=body["name"], owner=body["owner"], by=caller.id
    )
    return Answer({**_shown(issued.key), "key": issued.text}, 201)


@resource.operation(
    "POST", "/keys/<key_id>/rotate", scope="admin", body=RotationSchema, answer=IssuedKeySchema, status=201
)
def rotate(session: Session, caller: Caller, key_id: str, body: dict[str, Any]) -> Answer:
    """A new key that may do the same; the old one works on for a while, so that nobody is cut off."""
    overlap = body["overlap_hours"] * clock.HOUR
    issued = keys.rotate(session, _pepper(), caller.community_id, key_id, overlap, caller.id)
    return Answer({**_shown(issued.key), "key": issued.text}, 201)


@resource.operation("DELETE", "/keys/<key_id>", scope="admin", answer=KeyAnswerSchema)
def revoke(session: Session, caller: Caller, key_id: str) -> dict[str, Any]:
    """End a key at once."""
    return _shown(keys.revoke(session, caller.community_id, key_id, caller.id))


def _pepper() -> bytes:
    derived: bytes = current_app.extensions["setia"].derive("keys")
    return derived


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(dict.fromkeys(values))


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "prefix": f"sk_{key.prefix}",
        "name": key.name,
        "owner": key.owner,
        "scopes": key.scopes,
        "platforms": key.platforms,
        "kinds": key.kinds,
        "replaces": key.replaces,
        "created_at": moment(key.created_at),
        "created_by": key.created_by,
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
        "last_used_at": moment(key.last_used_at),
    }
