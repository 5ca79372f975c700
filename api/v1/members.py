"""Members: enrolled, changed, looked at; their preferences; tokens for their apps."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import current_app
from sqlalchemy.orm import Session

from api.auth import TOKEN_SECONDS, Caller, mint, whole_address
from api.fields import LANGUAGES, AnswerSchema, RequestSchema, WholeNumber, moment, text_field
from api.languages import language
from api.operations import Answer, Resource
from api.pagination import PageQuery
from loyalty import balances, identities, members, names, standings
from loyalty.activities import Identity
from loyalty.errors import Forbidden, NotFound
from loyalty.identities import OWN
from loyalty.models import Member
from rules_engine.errors import Sentence
from rules_engine.standing import Standing

resource = Resource("members", __name__, "The people of the community and how they stand.")
ROLES = ("person", "staff", "bot")
_GROUP = ma.fields.String(validate=ma.validate.Length(min=1, max=64))


class ScalarField(ma.fields.Field[Any]):
    """A text, a whole number or a truth."""

    def __init__(self) -> None:
        super().__init__(metadata={"type": ["string", "integer", "boolean"], "maxLength": 1000})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_kwargs: Any) -> Any:
        if isinstance(value, float) and value == int(value):
            return int(value)
        if not isinstance(value, str | int) or (isinstance(value, str) and len(value) > 1000):
            raise ma.ValidationError(Sentence("a text of at most 1000 characters, a whole number, true or false"))
        return value


class MemberSchema(RequestSchema):
    """What an app says about a member. What is left out stays as it is."""

    name = text_field("How the member is called.", 200)
    external_id = text_field("The app's own id of the member, by which it can name them from now on.", 200, 1)
    role = ma.fields.String(
        validate=ma.validate.OneOf(ROLES), metadata={"description": "Staff and bots earn nothing and never rank."}
    )
    groups = ma.fields.List(_GROUP, validate=ma.validate.Length(max=50))
    attributes = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.Length(min=1, max=64)),
        values=ScalarField(),
        validate=ma.validate.Length(max=50),
        metadata={"description": "Texts, whole numbers and truths that rules can read."},
    )
    zone = text_field("IANA time zone in which the member's streaks are cut into days.", 64, 1)
    language = ma.fields.String(validate=ma.validate.OneOf(LANGUAGES))


class PreferencesSchema(RequestSchema):
    """What members choose for themselves. What is left out stays as it is."""

    language = ma.fields.String(validate=ma.validate.OneOf(LANGUAGES))
    zone = text_field("IANA time zone of the member's days.", 64, 1)
    on_boards = ma.fields.Boolean(metadata={"description": "Whether the member appears on leaderboards."})
    pseudonym = text_field("The name to appear under; null: the member's own.", 100, 1, allow_none=True)


class IdentityAnswerSchema(AnswerSchema):
    """An account of the member on one platform."""

    address = ma.fields.String(required=True)
    platform = ma.fields.String(required=True)
    scope = ma.fields.String(required=True)
    id = ma.fields.String(required=True)
    handle = ma.fields.String(required=True, allow_none=True)


class BalanceSchema(AnswerSchema):
    """How the points of one currency stand."""

    currency = ma.fields.String(required=True)
    balance = ma.fields.Integer(required=True, metadata={"description": "Everything on the member's account."})
    available = ma.fields.Integer(required=True, metadata={"description": "What can be spent now."})
    maturing = ma.fields.Integer(required=True, metadata={"description": "What can be spent later."})
    held = ma.fields.Integer(required=True, metadata={"description": "Set aside for open redemptions."})
    debt = ma.fields.Integer(required=True, metadata={"description": "Undone or corrected after it was spent."})
    lifetime = ma.fields.Integer(required=True, metadata={"description": "Everything ever earned."})


class HeldBadgeSchema(AnswerSchema):
    """A badge that the member holds."""

    badge = ma.fields.String(required=True)
    level = ma.fields.Integer(required=True)
    awarded_at = ma.fields.DateTime(required=True)


class MemberAnswerSchema(AnswerSchema):
    """A member's standing at a glance."""

    id = ma.fields.String(required=True)
    external_id = ma.fields.String(required=True, allow_none=True)
    name = ma.fields.String(required=True)
    shown_as = ma.fields.String(
        required=True, metadata={"description": "What the member is called where others see them; never empty."}
    )
    role = ma.fields.String(required=True)
    groups = ma.fields.List(ma.fields.String(), required=True)
    attributes = ma.fields.Dict(required=True)
    zone = ma.fields.String(required=True, allow_none=True)
    language = ma.fields.String(required=True, allow_none=True)
    on_boards = ma.fields.Boolean(required=True)
    pseudonym = ma.fields.String(required=True, allow_none=True)
    identities = ma.fields.List(ma.fields.Nested(IdentityAnswerSchema), required=True)
    points = ma.fields.List(ma.fields.Nested(BalanceSchema), required=True)
    badges = ma.fields.List(ma.fields.Nested(HeldBadgeSchema), required=True)
    tier = ma.fields.String(required=True, allow_none=True)
    created_at = ma.fields.DateTime(required=True)


class OfMemberQuery(PageQuery):
    """Which page, and of whom."""

    member = text_field("Of this member alone.", 500, 1, load_default=None)


class TokenRequestSchema(RequestSchema):
    """How long the token is to last."""

    seconds = WholeNumber(load_default=TOKEN_SECONDS, validate=ma.validate.Range(30, TOKEN_SECONDS))


class TokenSchema(AnswerSchema):
    """A token for one member."""

    token = ma.fields.String(required=True)
    member = ma.fields.String(required=True)
    expires_at = ma.fields.DateTime(required=True)


@resource.operation("GET", "/members/<address:address>", scope="read", members=True, answer=MemberAnswerSchema)
def read(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """A member's standing at a glance. `me` is the member of a member token."""
    return glance(session, caller, caller.member(session, address))


@resource.operation(
    "PUT",
    "/members/<address:address>",
    scope="link",
    body=MemberSchema,
    answer=MemberAnswerSchema,
    answers={201: "Enrolled."},
)
def put(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Enrol a member, or change one.

    A new one is named by the app's own id (`external:<id>`, or the id alone) or by an identity (`platform:scope:id`).
    """
    community, whole = caller.community_id, whole_address(address)
    enrolled = False
    try:
        member_id = members.resolve(session, community, whole)
    except NotFound:
        if whole.startswith("mem_"):
            raise
        member_id, enrolled = _enrol(session, community, whole), True
    members.change(session, community, member_id, **body)
    return Answer(glance(session, caller, member_id), 201 if enrolled else 200)


@resource.operation(
    "PUT",
    "/members/<address:address>/preferences",
    scope="link",
    members=True,
    body=PreferencesSchema,
    answer=MemberAnswerSchema,
)
def prefer(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> dict[str, Any]:
    """What members choose for themselves: language, time zone, being on boards, and under which name."""
    member_id = caller.member(session, address)
    if "pseudonym" in body:
        body = body | {"pseudonym": body["pseudonym"] or ""}  # null takes it away
    members.change(session, caller.community_id, member_id, **body)
    return glance(session, caller, member_id)


@resource.operation(
    "POST", "/members/<address:address>/tokens", scope="tokens", body=TokenRequestSchema, answer=TokenSchema, status=201
)
def make_token(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """A token with which the member's app reads and acts for this member alone."""
    member_id = caller.member(session, address)
    text, expires_at = mint(current_app.extensions["setia"].derive("tokens"), caller, member_id, body["seconds"])
    return Answer({"token": text, "member": member_id, "expires_at": moment(expires_at)}, 201)


def _enrol(session: Session, community_id: str, address: str) -> str:
    if address.startswith("external:"):
        return members.enrol(session, community_id, external_id=members.parse_external(address))
    return members.enrol(session, community_id, identity=not_own(members.parse_identity(address)))


def asked_for(session: Session, caller: Caller, query: dict[str, Any]) -> str | None:
    """The member of whom a list is wanted; None: of everybody. Raises `NotFound`."""
    return None if query["member"] is None else caller.member(session, query["member"])


def not_own(identity: Identity) -> Identity:
    """The identity, unless it is one that Setia gave a member: that one is theirs for good. Raises `Forbidden`."""
    if identity.platform == OWN:
        raise Forbidden(
            "platform_not_allowed", Sentence("Nobody speaks for the platform setia. Name the member by their id.")
        )
    return identity


def glance(session: Session, caller: Caller, member_id: str) -> dict[str, Any]:
    """The member with what matters most of how they stand."""
    member: Member = members.get(session, caller.community_id, member_id)
    standing = standings.view(session, caller.community_id, member_id)
    return {
        "id": member.id,
        "external_id": member.external_id,
        "name": member.name,
        "shown_as": names.shown(session, caller.community_id, [member.id], language())[member.id],
        "role": member.role,
        "groups": member.groups,
        "attributes": member.attributes,
        "zone": member.zone,
        "language": member.language,
        "on_boards": member.on_boards,
        "pseudonym": member.pseudonym or None,
        "identities": [
            {
                "address": identities.address(one),
                "platform": one.platform,
                "scope": one.scope,
                "id": one.external_id,
                "handle": one.handle,
            }
            for one in members.identities_of(session, member_id)
        ],
        "points": [one._asdict() for one in balances.of(session, caller.community_id, standing)],
        "badges": held_badges(standing),
        "tier": standing.tier_key,
        "created_at": moment(member.created_at),
    }


def held_badges(standing: Standing) -> list[dict[str, Any]]:
    """Every badge that the member holds, by its key."""
    return [
        {"badge": badge, "level": level, "awarded_at": moment(at)}
        for badge, (level, at) in sorted(standing.badges.items())
    ]
