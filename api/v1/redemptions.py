"""Redemptions: points exchanged for a reward. Held at once; settled or released when a person has acted."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, RequestSchema, key_field, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import members, redemptions
from loyalty.errors import NotFound
from loyalty.models import Redemption
from rules_engine.errors import Sentence

resource = Resource("redemptions", __name__, "Exchanges of points for rewards.")


class RedemptionSchema(RequestSchema):
    """Who wants what."""

    member = text_field("The member; a member token may leave it out, or say `me`.", 500, 1, load_default="me")
    reward = key_field("The reward.", required=True)


class RedemptionAnswerSchema(AnswerSchema):
    """A redemption as it stands."""

    id = ma.fields.String(required=True)
    member = ma.fields.String(required=True)
    reward = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(["held", "fulfilled", "released"]))
    held_at = ma.fields.DateTime(required=True)
    ended_at = ma.fields.DateTime(required=True, allow_none=True)


@resource.operation(
    "POST",
    "/redemptions",
    scope="tokens",
    members=True,
    body=RedemptionSchema,
    answer=RedemptionAnswerSchema,
    status=201,
    answers={404: "There is no such member or reward."},
)
def redeem(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Exchange points for a reward. The points are held at once.

    Refused with `insufficient_points`, `in_debt`, `out_of_stock` or `limit_reached`.
    """
    member_id = caller.member(session, body["member"])
    made = redemptions.redeem(session, caller.community_id, member_id, body["reward"])
    return Answer(_shown(made), 201)


@resource.operation("GET", "/redemptions/<redemption_id>", scope="read", members=True, answer=RedemptionAnswerSchema)
def read(session: Session, caller: Caller, redemption_id: str) -> dict[str, Any]:
    """One redemption."""
    return _shown(_own(session, caller, redemption_id))


@resource.operation("POST", "/redemptions/<redemption_id>/fulfil", scope="admin", answer=RedemptionAnswerSchema)
def fulfil(session: Session, caller: Caller, redemption_id: str) -> dict[str, Any]:
    """The member has the reward: the held points are spent."""
    return _shown(redemptions.fulfil(session, caller.community_id, redemption_id, caller.id))


@resource.operation(
    "POST", "/redemptions/<redemption_id>/cancel", scope="tokens", members=True, answer=RedemptionAnswerSchema
)
def cancel(session: Session, caller: Caller, redemption_id: str) -> dict[str, Any]:
    """Nothing comes of it: the held points go back to where they came from."""
    _own(session, caller, redemption_id)
    return _shown(redemptions.cancel(session, caller.community_id, redemption_id, caller.id))


@resource.operation(
    "GET",
    "/members/<address:address>/redemptions",
    scope="read",
    members=True,
    query=PageQuery,
    answer=page_of(RedemptionAnswerSchema),
)
def list_for_member(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """The member's redemptions, the latest first."""
    member_id = caller.member(session, address)
    before = read_place(query["cursor"], str)
    rows = redemptions.list_for(session, member_id, before, query["limit"] + 1)
    return page(rows, query["limit"], _shown, lambda one: [one.id])


def _own(session: Session, caller: Caller, redemption_id: str) -> Redemption:
    found = redemptions.get(session, caller.community_id, redemption_id)
    if caller.member_id is not None and found.member_id not in members.everyone_in(session, caller.member_id):
        raise NotFound("redemption_not_found", Sentence("There is no such redemption."))
    return found


def _shown(one: Redemption) -> dict[str, Any]:
    return {
        "id": one.id,
        "member": one.member_id,
        "reward": one.reward_key,
        "points": one.points,
        "currency": one.currency,
        "status": one.status,
        "held_at": moment(one.held_at),
        "ended_at": moment(one.ended_at),
    }
