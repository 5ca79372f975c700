"""Sources: connected platforms. A secret is shown when it is made, and never again."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import current_app
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, RequestSchema, WholeNumber, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import clock, sources
from loyalty.errors import Conflict, NotFound, Stale
from loyalty.models import Source
from loyalty.platforms import PLATFORMS
from loyalty.settings import Settings
from rules_engine.errors import Sentence

resource = Resource("sources", __name__, "The platforms that the community has connected.")


_OPTIONS = "; ".join(
    f"`{platform}`: " + ", ".join(f"`{name}` ({option.meaning})" for name, option in module.OPTIONS.items())
    for platform, module in PLATFORMS.items()
    if module.OPTIONS
)


def _listed(description: str) -> ma.fields.List:
    return ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(max=200)),
        allow_none=True,
        validate=ma.validate.Length(max=100),
        metadata={"description": description},
    )


class SourceChangeSchema(RequestSchema):
    """What an admin may change. What is left out stays as it is; `platform` connects a new one."""

    platform = ma.fields.String(validate=ma.validate.OneOf(list(PLATFORMS)))
    name = text_field("As admins will see it.", 100, 1)
    enrol = ma.fields.String(
        validate=ma.validate.OneOf(sources.ENROL), metadata={"description": "What becomes of people nobody knows yet."}
    )
    kinds = _listed("The activity kinds that it may say, others are ignored; null: all.")
    platforms = _listed("The platforms that it may speak for; null: all.")
    scopes = _listed("The scopes that it may speak for; null: all.")
    options = ma.fields.Dict(
        keys=ma.fields.String(),
        metadata={"description": f"The platform's own, all of them: what is left out is not set. {_OPTIONS}"},
    )


class SourceSchema(SourceChangeSchema):
    """A source to connect or change."""

    platform = ma.fields.String(
        required=True, validate=ma.validate.OneOf(list(PLATFORMS)), metadata={"description": "Stays once connected."}
    )


class SourceAnswerSchema(AnswerSchema):
    """A connected platform."""

    id = ma.fields.String(required=True)
    platform = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    enrol = ma.fields.String(required=True)
    kinds = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    platforms = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    scopes = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    options = ma.fields.Dict(keys=ma.fields.String(), required=True)
    hook_url = ma.fields.String(required=True, metadata={"description": "Where the platform sends what happens."})
    revision = ma.fields.Integer(required=True)
    created_at = ma.fields.DateTime(required=True)
    rotated_at = ma.fields.DateTime(required=True, allow_none=True)
    previous_until = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Until then the secret before this one works as well."}
    )
    secret = ma.fields.String(metadata={"description": "Shown once, when it is made."})


class SecretRotationSchema(RequestSchema):
    """How long the old secret goes on working."""

    overlap_hours = WholeNumber(
        load_default=sources.OVERLAP // clock.HOUR,
        validate=ma.validate.Range(0, 24 * 30),
        metadata={"description": "0: the old secret is of no use from now on."},
    )


@resource.operation("GET", "/sources", scope="admin", query=PageQuery, answer=page_of(SourceAnswerSchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """Every connected platform."""
    after = read_place(query["cursor"], str) or ""
    rows = [one for one in sources.connected(session, caller.community_id) if one.id > after]
    return page(rows, query["limit"], _shown, lambda one: [one.id])


@resource.operation("POST", "/sources", scope="admin", body=SourceSchema, answer=SourceAnswerSchema, status=201)
def connect(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Connect a platform."""
    made = sources.connect(session, _key(), caller.community_id, by=caller.id, **body)
    return Answer({**_shown(made.source), "secret": made.secret}, 201)


@resource.operation("GET", "/sources/<source_id>", scope="admin", answer=SourceAnswerSchema)
def read(session: Session, caller: Caller, source_id: str) -> Answer:
    """One source."""
    return _answer(sources.get(session, caller.community_id, source_id))


@resource.operation(
    "PUT",
    "/sources/<source_id>",
    scope="admin",
    body=SourceChangeSchema,
    answer=SourceAnswerSchema,
    answers={201: "Connected under the id in the path; its secret is shown this once."},
    edited=True,
)
def put(session: Session, caller: Caller, source_id: str, body: dict[str, Any]) -> Answer:
    """Change a source, or connect one under an id of your own."""
    try:
        there = sources.get(session, caller.community_id, source_id)
    except NotFound:
        if "platform" not in body or sources.exists(session, source_id):
            raise  # another community's is not there, whatever platform it is of
        if expected_revision() is not None:
            raise Stale(
                "source_changed", Sentence("This source is not connected yet, so it has no revision.")
            ) from None
        made = sources.connect(session, _key(), caller.community_id, source_id=source_id, by=caller.id, **body)
        return Answer({**_shown(made.source), "secret": made.secret}, 201)
    if body.get("platform", there.platform) != there.platform:
        raise Conflict("platform_stays", Sentence("A source stays with its platform. Connect another one."))
    changes = {name: value for name, value in body.items() if name != "platform"}
    return _answer(
        sources.change(session, caller.community_id, source_id, expected_revision(), by=caller.id, **changes)
    )


@resource.operation(
    "POST",
    "/sources/<source_id>/rotate",
    scope="admin",
    body=SecretRotationSchema,
    answer=SourceAnswerSchema,
    status=201,
)
def rotate(session: Session, caller: Caller, source_id: str, body: dict[str, Any]) -> Answer:
    """A new secret. The one before it works on for a while, so that nothing is lost while the platform is told."""
    overlap = body["overlap_hours"] * clock.HOUR
    made = sources.rotate(session, _key(), caller.community_id, source_id, overlap=overlap, by=caller.id)
    return Answer({**_shown(made.source), "secret": made.secret}, 201)


def _key() -> bytes:
    derived: bytes = current_app.extensions["setia"].derive("sources")
    return derived


def _shown(source: Source) -> dict[str, Any]:
    settings: Settings = current_app.extensions["setia"]
    return {
        "id": source.id,
        "platform": source.platform,
        "name": source.name,
        "enrol": source.enrol,
        "kinds": source.kinds,
        "platforms": source.platforms,
        "scopes": source.scopes,
        "options": source.options,
        "hook_url": sources.hook_url(source, settings.public_url),
        "revision": source.revision,
        "created_at": moment(source.created_at),
        "rotated_at": moment(source.rotated_at),
        "previous_until": moment(source.previous_until),
    }


def _answer(source: Source) -> Answer:
    return Answer(_shown(source), etag=str(source.revision))
