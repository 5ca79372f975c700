"""The community that the caller's key belongs to."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import LANGUAGES, AnswerSchema, RequestSchema, moment, text_field
from api.operations import Answer, Resource, expected_revision
from loyalty import communities
from loyalty.models import Community

resource = Resource("community", __name__, "What the community is about, how it looks, and where its days are cut.")
_COLOUR = ma.validate.Regexp(r"^#[0-9a-fA-F]{6}$", error="a colour such as #0b7a75")
_LOGO = ma.validate.Regexp(r"^https://[^\s<>\"']{1,1990}$", error="an https URL")


class ColoursSchema(RequestSchema):
    """Colours of pages and badges."""

    primary = ma.fields.String(validate=_COLOUR)
    accent = ma.fields.String(validate=_COLOUR)


class CommunitySchema(RequestSchema):
    """What an admin edits."""

    name = text_field("The community's name.", 200, 1, required=True)
    zone = text_field("IANA time zone in which limits and boards are cut into days.", 64, 1, load_default="UTC")
    purpose = text_field("Why the community exists.", 2000)
    description = text_field("What newcomers should know.", 10_000)
    logo = ma.fields.String(validate=_LOGO, metadata={"description": "https URL of an image."})
    colours = ma.fields.Nested(ColoursSchema)
    languages = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(LANGUAGES)),
        validate=ma.validate.Length(min=1, max=len(LANGUAGES)),
        metadata={"description": "Languages in the order of preference."},
    )
    guidelines = text_field("How members are to treat each other.", 20_000)


class CommunityAnswerSchema(AnswerSchema):
    """The community as it is."""

    id = ma.fields.String(required=True)
    key = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    zone = ma.fields.String(required=True)
    purpose = ma.fields.String()
    description = ma.fields.String()
    logo = ma.fields.String()
    colours = ma.fields.Nested(ColoursSchema)
    languages = ma.fields.List(ma.fields.String())
    guidelines = ma.fields.String()
    revision = ma.fields.Integer(required=True)
    created_at = ma.fields.DateTime(required=True)


@resource.operation("GET", "/community", scope="read", members=True, answer=CommunityAnswerSchema)
def read(session: Session, caller: Caller) -> Answer:
    """The community."""
    return _shown(communities.get(session, caller.community_id))


@resource.operation("PUT", "/community", scope="admin", body=CommunitySchema, answer=CommunityAnswerSchema, edited=True)
def change(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Change the community: all of it, what is left out becomes empty.

    Another zone counts from now on and moves nothing that was booked.
    """
    name, zone = body.pop("name"), body.pop("zone")
    return _shown(
        communities.change(
            session,
            caller.community_id,
            name=name,
            zone=zone,
            profile=body,
            by=caller.id,
            revision=expected_revision(),
        )
    )


def _shown(community: Community) -> Answer:
    body = {
        "id": community.id,
        "key": community.key,
        "name": community.name,
        "zone": community.zone,
        **community.profile,
        "revision": community.revision,
        "created_at": moment(community.created_at),
    }
    return Answer(body, etag=str(community.revision))
