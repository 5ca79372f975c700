"""The community that the caller's key belongs to."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import LANGUAGES, AnswerSchema, Pattern, RequestSchema, WholeNumber, Words, moment, text_field
from api.operations import Answer, Resource
from loyalty import communities, logos, publications
from loyalty.models import Community
from rules_engine.errors import Sentence

resource = Resource("community", __name__, "What the community is about, how it looks, and where its days are cut.")
_COLOUR = Pattern(r"^#[0-9a-fA-F]{6}$", error=Sentence("a colour such as #0b7a75"))


class Logo(ma.fields.String):
    """An image for everybody's eyes: what is not safe in it is left out, what is no image is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return logos.clean(super()._deserialize(value, attr, data, **kwargs))
        except logos.NoLogo as error:
            raise ma.ValidationError(error.reason) from None


class ColoursSchema(RequestSchema):
    """Colours of pages and badges."""

    primary = ma.fields.String(validate=_COLOUR)
    accent = ma.fields.String(validate=_COLOUR)


class PublishingSchema(RequestSchema):
    """How a rulebook comes into force."""

    approvals = WholeNumber(
        required=True,
        validate=ma.validate.OneOf([1, publications.TWO]),
        metadata={
            "description": "People it takes. 2: what one asks to publish, or to take back, another one approves;"
            " and that it is 1 again (`POST /v1/rulebook/proposals`)."
        },
    )


class CommunitySchema(RequestSchema):
    """What an admin edits."""

    name = text_field("The community's name.", 200, 1, required=True)
    zone = text_field("IANA time zone in which limits and boards are cut into days.", 64, 1, load_default="UTC")
    pages = ma.fields.String(
        validate=ma.validate.OneOf(communities.PAGES),
        load_default=communities.MEMBERS,
        metadata={
            "description": "Who sees the pages. `open`: anybody sees them all, but of a member only what rules gave;"
            " `members`: anybody sees the community's, and a member token opens its member's; `closed`: nobody."
        },
    )
    purpose = Words("Why the community exists.", 2000)
    description = Words("What newcomers should know.", 10_000)
    logo = Logo(metadata={"description": logos.ACCEPTED})
    colours = ma.fields.Nested(ColoursSchema)
    languages = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(LANGUAGES)),
        validate=ma.validate.Length(min=1, max=len(LANGUAGES)),
        metadata={"description": "Languages in the order of preference."},
    )
    guidelines = Words("How members are to treat each other.", 20_000)
    publishing = ma.fields.Nested(
        PublishingSchema, metadata={"description": "Left out, it stays as it is: nobody turns it off by accident."}
    )


class CommunityAnswerSchema(AnswerSchema):
    """The community as it is."""

    id = ma.fields.String(required=True)
    key = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    zone = ma.fields.String(required=True)
    pages = ma.fields.String(required=True)
    purpose = Words("Why the community exists.", 2000)
    description = Words("What newcomers should know.", 10_000)
    logo = ma.fields.String()
    colours = ma.fields.Nested(ColoursSchema)
    languages = ma.fields.List(ma.fields.String())
    guidelines = Words("How members are to treat each other.", 20_000)
    publishing = ma.fields.Nested(PublishingSchema, required=True)
    revision = ma.fields.Integer(required=True)
    created_at = ma.fields.DateTime(required=True)


@resource.operation("GET", "/community", scope="read", members=True, answer=CommunityAnswerSchema)
def read(session: Session, caller: Caller) -> Answer:
    """The community."""
    return _shown(communities.get(session, caller.community_id))


@resource.operation("PUT", "/community", scope="admin", body=CommunitySchema, answer=CommunityAnswerSchema, edited=True)
def change(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Change the community: all of it, what is left out becomes empty.

    Another zone counts from the next midnight on, and moves nothing that was booked.
    """
    apart = ("name", "zone", "pages", "publishing")
    return _shown(
        communities.change(
            session,
            caller.community_id,
            name=body["name"],
            zone=body["zone"],
            pages=body["pages"],
            profile={name: value for name, value in body.items() if name not in apart},
            approvals=body.get("publishing", {}).get("approvals"),
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
        "pages": community.pages,
        **community.profile,
        "publishing": {"approvals": community.approvals},
        "revision": community.revision,
        "created_at": moment(community.created_at),
    }
    return Answer(body, etag=str(community.revision))
