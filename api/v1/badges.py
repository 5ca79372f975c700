"""Badges of the rulebook in force, and how they look."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import marshmallow as ma
from flask import Response, current_app
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, NameSchema, RequestSchema, WholeParameter, text_field
from api.images import MOST_LEVEL, badge_address, badge_image, may_see_badge
from api.operations import Answer, Resource
from api.v1.drafts import DraftedSchema, drafted
from loyalty import communities, drafts, rulebook, standings
from loyalty.errors import NotFound
from rules_engine.badges import FOLLOWS, ICONS, KEEPS, MAX_LEVEL
from rules_engine.errors import Sentence

resource = Resource("badges", __name__, "Achievements that members can win.")


class BadgeLevelSchema(RequestSchema):
    """One level of a badge."""

    name = ma.fields.Nested(NameSchema, metadata={"description": "Absent: as the badge is called."})
    needs = ma.fields.Dict(metadata={"description": "What wins it by itself; absent: rules or people give it."})


class BadgeSchema(RequestSchema):
    """A badge as the rulebook declares it; its key is in the path."""

    name = ma.fields.Nested(NameSchema, required=True)
    description = ma.fields.Nested(NameSchema)
    icon = text_field(f"Its picture: one of {', '.join(ICONS)}. Absent: the initials of its name.", 64)
    colour = text_field("Its colour, such as #0b7a75. Absent: its key chooses one.", 64)
    needs = ma.fields.Dict(metadata={"description": "What wins it by itself: `earned`, `badges`, `tier`."})
    levels = ma.fields.List(
        ma.fields.Nested(BadgeLevelSchema),
        validate=ma.validate.Length(1, MAX_LEVEL),
        metadata={"description": "Lowest first, instead of `needs`. Absent: as many as are given."},
    )
    hidden = ma.fields.Boolean(metadata={"description": "Members hear of it when they hold it."})
    revoke = ma.fields.String(
        validate=ma.validate.OneOf([FOLLOWS, KEEPS]),
        metadata={"description": "`keeps`: it outlasts its ground, which only a moderator takes away."},
    )


class BadgeAnswerSchema(AnswerSchema):
    """A badge in force, as the rulebook declares it."""

    key = ma.fields.String(required=True)
    name = ma.fields.Dict()
    description = ma.fields.Dict()
    icon = ma.fields.String()
    colour = ma.fields.String()
    needs = ma.fields.Dict()
    levels = ma.fields.List(ma.fields.Dict())
    hidden = ma.fields.Boolean()
    revoke = ma.fields.String()
    image = ma.fields.String(
        required=True, metadata={"description": "Where its picture is, for anybody; add `level` to have it raised."}
    )


class BadgesSchema(AnswerSchema):
    """Every badge in force."""

    data = ma.fields.List(ma.fields.Nested(BadgeAnswerSchema), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ImageQuery(RequestSchema):
    """Which image: `image` of a badge is its whole address."""

    community = ma.fields.String(required=True, metadata={"description": "The community, by its key."})
    v = ma.fields.String(metadata={"description": "What tells the image from an earlier one; read by nobody."})
    seal = ma.fields.String(
        load_default="",
        metadata={"description": "Part of the address where the pages are closed, or the badge is hidden."},
    )
    level = WholeParameter(load_default=1, validate=ma.validate.Range(1, MOST_LEVEL))


@resource.operation("GET", "/badges", scope="read", members=True, answer=BadgesSchema)
def list_all(session: Session, caller: Caller) -> dict[str, Any]:
    """Every badge in force; of hidden ones, admins see all and members those that they hold."""
    return {"data": _in_force(session, caller), "next_cursor": None}


@resource.operation("GET", "/badges/<key>", scope="read", members=True, answer=BadgeAnswerSchema)
def read(session: Session, caller: Caller, key: str) -> dict[str, Any]:
    """One badge in force."""
    return _find(session, caller, key)


@resource.operation("PUT", "/badges/<key>", scope="admin", body=BadgeSchema, answer=DraftedSchema, edited=True)
def change(session: Session, caller: Caller, key: str, body: dict[str, Any]) -> Answer:
    """Put a badge into the draft; it counts once the draft is published."""
    draft = drafts.put(session, caller.community_id, "badges", key, body, caller.id, expected_revision())
    return drafted(session, caller, draft)


@resource.operation(
    "GET",
    "/badges/<key>/image.svg",
    scope=None,
    members=True,
    query=ImageQuery,
    media_type="image/svg+xml",
)
def image(session: Session, _caller: None, key: str, query: dict[str, Any]) -> Response:
    """The badge with its icon, in its own colour, else the community's. It takes no key."""
    community = communities.of_key(session, query["community"])
    found = rulebook.compiled(session, community.id).badges.get(key)
    if found is None or not may_see_badge(community, key, query["seal"], hidden=found.hidden):
        raise _unknown(key)
    return badge_image(community, found, query["level"])


def _in_force(session: Session, caller: Caller) -> list[dict[str, Any]]:
    community = communities.get(session, caller.community_id)
    book, home = rulebook.compiled(session, community.id), current_app.extensions["setia"].public_url
    told = told_of(session, caller)
    return [
        {
            **_as_told(badge, told),
            "image": home + badge_address(community, badge["key"], hidden=book.badges[badge["key"]].hidden),
        }
        for badge in book.document.get("badges", [])
        if badge["key"] in told
    ]


def told_of(session: Session, caller: Caller) -> set[str]:
    """The badges in force that the caller may hear of: of hidden ones, admins of all and members of what they hold."""
    badges = rulebook.compiled(session, caller.community_id).badges
    held: Container[str] = ()
    if caller.admin:
        held = badges
    elif caller.member_id is not None and any(badge.hidden for badge in badges.values()):
        held = standings.view(session, caller.community_id, caller.member_id).badges
    return {key for key, badge in badges.items() if badge.shows_to(held)}


def _as_told(badge: dict[str, Any], told: Container[str]) -> dict[str, Any]:
    """A badge without the names of those that it needs and the caller may not hear of."""
    shown = dict(badge)
    if "needs" in badge:
        shown["needs"] = _needs(badge["needs"], told)
    if "levels" in badge:
        shown["levels"] = [
            {**level, "needs": _needs(level["needs"], told)} if "needs" in level else level for level in badge["levels"]
        ]
    return shown


def _needs(needs: dict[str, Any], told: Container[str]) -> dict[str, Any]:
    return {**needs, "badges": [key for key in needs["badges"] if key in told]} if "badges" in needs else needs


def _find(session: Session, caller: Caller, key: str) -> dict[str, Any]:
    found = next((badge for badge in _in_force(session, caller) if badge["key"] == key), None)
    if found is None:
        raise _unknown(key)
    return found


def _unknown(key: str) -> NotFound:
    return NotFound("badge_not_found", Sentence("There is no badge {badge} in force.", badge=repr(key)))
