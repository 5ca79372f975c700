"""What an admin gives, takes or holds by hand, with a reason that the member can read.

A correction is an activity: `POST /v1/activities/{id}/retract` takes it back.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, Moment, RequestSchema, WholeNumber, key_field, text_field
from api.operations import Answer, Resource
from api.v1.activities import ConsequenceSchema
from api.v1.shown import shown_consequences
from loyalty import balances, corrections
from loyalty.record import Recorded
from rules_engine.errors import Sentence

resource = Resource("corrections", __name__, "Points, badges and tiers put right by hand.")
_MOST_POINTS = 1_000_000_000


class AdjustmentSchema(RequestSchema):
    """Points to give or to take."""

    points = WholeNumber(
        required=True,
        validate=ma.validate.And(
            ma.validate.Range(-_MOST_POINTS, _MOST_POINTS), ma.validate.NoneOf([0], error=Sentence("0 changes nothing"))
        ),
    )
    currency = key_field("Which points; absent: the community's first currency.")
    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


class AwardSchema(RequestSchema):
    """A badge to give."""

    badge = key_field("The badge.", required=True)
    level = WholeNumber(load_default=1, validate=ma.validate.Range(1, 99))
    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


class TakingQuery(RequestSchema):
    """Why a badge is taken."""

    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


class LockSchema(RequestSchema):
    """The tier to hold a member in."""

    tier = key_field("The tier: exactly this one, neither above nor below.", required=True)
    until = Moment(metadata={"description": "When the lock ends by itself; absent: when it is taken off."})
    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


class UnlockSchema(RequestSchema):
    """Why a lock is taken off."""

    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


class CorrectedSchema(AnswerSchema):
    """The correction on record, and what came of it."""

    activity = ma.fields.String(
        required=True, metadata={"description": "Its id: retract it to take the correction back."}
    )
    consequences = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Nested(ConsequenceSchema), required=True)
    settled = ma.fields.Boolean(required=True)


@resource.operation(
    "POST",
    "/members/<address:address>/adjust",
    scope="admin",
    body=AdjustmentSchema,
    answer=CorrectedSchema,
    status=201,
)
def adjust(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Give or take points by hand."""
    member_id = caller.member(session, address)
    return _answer(
        corrections.adjust(
            session,
            caller.community_id,
            member_id,
            body["points"],
            currency=balances.currency(session, caller.community_id, body.get("currency")),
            reason=body["reason"],
            by=caller.id,
        )
    )


@resource.operation(
    "POST", "/members/<address:address>/awards", scope="admin", body=AwardSchema, answer=CorrectedSchema, status=201
)
def give_badge(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Give a badge by hand."""
    member_id = caller.member(session, address)
    return _answer(
        corrections.give_badge(
            session,
            caller.community_id,
            member_id,
            body["badge"],
            level=body["level"],
            reason=body["reason"],
            by=caller.id,
        )
    )


@resource.operation(
    "DELETE", "/members/<address:address>/awards/<badge>", scope="admin", query=TakingQuery, answer=CorrectedSchema
)
def take_badge(session: Session, caller: Caller, address: str, badge: str, query: dict[str, Any]) -> Answer:
    """Take a badge by hand. Nothing but giving it by hand, or retracting this, brings it back."""
    member_id = caller.member(session, address)
    return _answer(
        corrections.take_badge(session, caller.community_id, member_id, badge, reason=query["reason"], by=caller.id),
        200,
    )


@resource.operation(
    "POST", "/members/<address:address>/tier/lock", scope="admin", body=LockSchema, answer=CorrectedSchema, status=201
)
def lock_tier(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Hold the member in a tier: while it lasts they neither rise nor fall, whatever they earn."""
    member_id = caller.member(session, address)
    return _answer(
        corrections.lock_tier(
            session,
            caller.community_id,
            member_id,
            body["tier"],
            until=body.get("until"),
            reason=body["reason"],
            by=caller.id,
        )
    )


@resource.operation(
    "POST",
    "/members/<address:address>/tier/unlock",
    scope="admin",
    body=UnlockSchema,
    answer=CorrectedSchema,
    status=201,
)
def unlock_tier(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Take a lock off: the member is where what they earned has them by now."""
    member_id = caller.member(session, address)
    return _answer(
        corrections.unlock_tier(session, caller.community_id, member_id, reason=body["reason"], by=caller.id)
    )


def _answer(recorded: Recorded, status: int = 201) -> Answer:
    body = {
        "activity": recorded.activity_id,
        "consequences": shown_consequences(recorded.consequences),
        "settled": recorded.settled,
    }
    return Answer(body, status)
