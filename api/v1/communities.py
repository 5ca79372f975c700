"""Communities of this service: made by whoever operates it, and from then on their admins' own affair."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import current_app
from sqlalchemy.orm import Session

from api.auth import OPERATOR
from api.fields import AnswerSchema, RequestSchema, key_field, moment, text_field
from api.operations import Answer, Resource
from loyalty import founding

resource = Resource("communities", __name__, "Many communities in one service, strangers to each other.")


class NewCommunitySchema(RequestSchema):
    """A community to make."""

    key = key_field("Names it in the addresses of its pages, for good; one in this service.", required=True)
    name = text_field("The community's name.", 200, 1, required=True)
    zone = text_field("IANA time zone in which limits and boards are cut into days.", 64, 1, load_default="UTC")


class FirstKeysSchema(AnswerSchema):
    """The first keys, each with the scope of its name; shown this once."""

    admin = ma.fields.String(required=True)
    ingest = ma.fields.String(required=True)
    read = ma.fields.String(required=True)


class MadeCommunitySchema(AnswerSchema):
    """A new community."""

    id = ma.fields.String(required=True)
    key = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    zone = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)
    keys = ma.fields.Nested(FirstKeysSchema, required=True)


@resource.operation(
    "POST",
    "/communities",
    scope=OPERATOR,
    body=NewCommunitySchema,
    answer=MadeCommunitySchema,
    status=201,
    answers={409: "There is a community with this key: saying it again makes no second one."},
    by_nature=True,
)
def make(session: Session, _caller: None, body: dict[str, Any]) -> Answer:
    """Make a community with its first keys. It takes the operator's key, `SETIA_OPERATOR_KEY`, and no other."""
    pepper = current_app.extensions["setia"].derive("keys")
    community, keys = founding.found(session, pepper, **body, by=OPERATOR)
    shown = {
        "id": community.id,
        "key": community.key,
        "name": community.name,
        "zone": community.zone,
        "created_at": moment(community.created_at),
        "keys": keys,
    }
    return Answer(shown, 201)
