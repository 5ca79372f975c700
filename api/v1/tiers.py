"""Tiers of the rulebook in force."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, RequestSchema
from api.operations import Answer, Resource
from api.v1.badges import told_of
from api.v1.drafts import DraftedSchema, drafted
from loyalty import drafts, rulebook

resource = Resource("tiers", __name__, "The levels that members rise through.")


class TiersSchema(RequestSchema):
    """The tiers as a rulebook declares them."""

    currency = ma.fields.String()
    period = ma.fields.String(validate=ma.validate.OneOf(["ever", "year", "quarter", "month"]))
    grace = ma.fields.String(metadata={"description": "Days to earn a tier back after its period, such as 10d."})
    warn_before = ma.fields.String(metadata={"description": "Days before a fall at which members are warned of it."})
    levels = ma.fields.List(ma.fields.Dict(), required=True, metadata={"description": "Lowest first."})


class TiersAnswerSchema(AnswerSchema):
    """The tiers in force; without any, no levels."""

    currency = ma.fields.String()
    period = ma.fields.String()
    grace = ma.fields.String()
    warn_before = ma.fields.String()
    levels = ma.fields.List(ma.fields.Dict(), required=True)


@resource.operation("GET", "/tiers", scope="read", members=True, answer=TiersAnswerSchema)
def read(session: Session, caller: Caller) -> dict[str, Any]:
    """The tiers in force. What needs a hidden badge does not name it to who may not hear of it."""
    tiers: dict[str, Any] = rulebook.compiled(session, caller.community_id).document.get("tiers", {})
    told = told_of(session, caller)
    levels = [
        {**level, "needs_badges": [key for key in level["needs_badges"] if key in told]}
        if "needs_badges" in level
        else level
        for level in tiers.get("levels", [])
    ]
    return {**tiers, "levels": levels}


@resource.operation("PUT", "/tiers", scope="admin", body=TiersSchema, answer=DraftedSchema, edited=True)
def change(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Put tiers into the draft; they count once the draft is published."""
    draft = drafts.put_part(session, caller.community_id, "tiers", body, caller.id, expected_revision())
    return drafted(session, caller, draft)
