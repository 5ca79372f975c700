"""Badges of the rulebook in force, and how they look."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, NameSchema, RequestSchema, WholeParameter, text_field
from api.images import MOST_LEVEL, badge_image
from api.operations import Answer, Resource, expected_revision
from api.v1.rulebook import DraftedSchema, drafted
from loyalty import communities, drafts, rulebook
from loyalty.errors import NotFound
from rules_engine.badges import ICONS

resource = Resource("badges", __name__, "Achievements that members can win.")


class BadgeSchema(RequestSchema):
    """A badge as the rulebook declares it; its key is in the path."""

    name = ma.fields.Nested(NameSchema, required=True)
    description = ma.fields.Nested(NameSchema)
    icon = text_field(f"Its picture: one of {', '.join(ICONS)}. Absent: the initials of its name.", 64)
    colour = text_field("Its colour, such as #0b7a75. Absent: its key chooses one.", 64)
    needs = ma.fields.Dict(metadata={"description": "What wins it by itself: `earned`, `badges`, `tier`."})
    keeps = ma.fields.Boolean()


class BadgeAnswerSchema(AnswerSchema):
    """A badge in force."""

    key = ma.fields.String(required=True)
    name = ma.fields.Dict(required=True)
    description = ma.fields.Dict()
    icon = ma.fields.String()
    colour = ma.fields.String()
    needs = ma.fields.Dict()


class BadgesSchema(AnswerSchema):
    """Every badge in force."""

    data = ma.fields.List(ma.fields.Nested(BadgeAnswerSchema), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ImageQuery(RequestSchema):
    """Which image."""

    level = WholeParameter(load_default=1, validate=ma.validate.Range(1, MOST_LEVEL))


@resource.operation("GET", "/badges", scope="read", members=True, answer=BadgesSchema)
def list_all(session: Session, caller: Caller) -> dict[str, Any]:
    """Every badge in force."""
    return {"data": _in_force(session, caller), "next_cursor": None}


@resource.operation("GET", "/badges/<key>", scope="read", members=True, answer=BadgeAnswerSchema)
def read(session: Session, caller: Caller, key: str) -> dict[str, Any]:
    """One badge in force."""
    return _find(session, caller, key)


@resource.operation(
    "PUT", "/badges/<key>", scope="admin", body=BadgeSchema, answer=DraftedSchema, status=200, edited=True
)
def change(session: Session, caller: Caller, key: str, body: dict[str, Any]) -> Answer:
    """Put a badge into the draft; it counts once the draft is published."""
    draft = drafts.put(session, caller.community_id, "badges", key, body, caller.id, expected_revision())
    return drafted(session, caller, draft)


@resource.operation(
    "GET",
    "/badges/<key>/image.svg",
    scope="read",
    members=True,
    query=ImageQuery,
    answer=None,
    media_type="image/svg+xml",
)
def image(session: Session, caller: Caller, key: str, query: dict[str, Any]) -> Response:
    """The badge with its icon, in its own colour, else the community's."""
    found = rulebook.compiled(session, caller.community_id).badges.get(key)
    if found is None:
        raise _unknown(key)
    response = badge_image(communities.get(session, caller.community_id), found, query["level"])
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.add_etag()
    return response


def _in_force(session: Session, caller: Caller) -> list[dict[str, Any]]:
    return list(rulebook.compiled(session, caller.community_id).document.get("badges", []))


def _find(session: Session, caller: Caller, key: str) -> dict[str, Any]:
    found = next((badge for badge in _in_force(session, caller) if badge["key"] == key), None)
    if found is None:
        raise _unknown(key)
    return found


def _unknown(key: str) -> NotFound:
    return NotFound("badge_not_found", f"There is no badge {key!r} in force.")
