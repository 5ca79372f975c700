"""Rewards: what points can be spent on."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, NameSchema, RequestSchema, WholeNumber, key_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import balances, rewards
from loyalty.models import Reward

resource = Resource("rewards", __name__, "What members can spend their points on.")
_MOST = 1_000_000_000


class RewardSchema(RequestSchema):
    """A reward, all of it; what is left out is as by default."""

    name = ma.fields.Nested(NameSchema, required=True)
    description = ma.fields.Nested(NameSchema)
    cost = WholeNumber(required=True, validate=ma.validate.Range(1, _MOST))
    currency = key_field("Which points; absent: the community's first currency.")
    stock = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Range(0, _MOST),
        metadata={"description": "How many there are to give in all, those redeemed already included; null: no end."},
    )
    per_member = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Range(1, _MOST),
        metadata={"description": "How many one member may have; null: no end."},
    )
    kind = ma.fields.String(validate=ma.validate.OneOf(["manual"]), load_default="manual")
    active = ma.fields.Boolean(load_default=True)


class RewardAnswerSchema(AnswerSchema):
    """A reward as it is."""

    key = ma.fields.String(required=True)
    name = ma.fields.Dict(required=True)
    description = ma.fields.Dict(required=True, allow_none=True)
    cost = ma.fields.Integer(required=True)
    currency = ma.fields.String(required=True)
    stock = ma.fields.Integer(required=True, allow_none=True)
    per_member = ma.fields.Integer(required=True, allow_none=True)
    kind = ma.fields.String(required=True)
    active = ma.fields.Boolean(required=True)
    revision = ma.fields.Integer(required=True)


@resource.operation("GET", "/rewards", scope="read", members=True, query=PageQuery, answer=page_of(RewardAnswerSchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """Every reward; a member's app sees those that can be had."""
    after = read_place(query["cursor"], str)
    everything = caller.member_id is None
    rows = rewards.list_for(session, caller.community_id, after, query["limit"] + 1, all_of_them=everything)
    return page(rows, query["limit"], _shown, lambda one: [one.key])


@resource.operation("GET", "/rewards/<key>", scope="read", members=True, answer=RewardAnswerSchema)
def read(session: Session, caller: Caller, key: str) -> Answer:
    """One reward."""
    return _answer(rewards.get(session, caller.community_id, key))


@resource.operation("PUT", "/rewards/<key>", scope="admin", body=RewardSchema, answer=RewardAnswerSchema, edited=True)
def put(session: Session, caller: Caller, key: str, body: dict[str, Any]) -> Answer:
    """Offer a reward, or change one. Redemptions keep what they cost."""
    currency = balances.currency(session, caller.community_id, body.get("currency"))
    about = {name: value for name, value in body.items() if name != "kind"}  # manual is the only kind there is
    return _answer(
        rewards.put(
            session,
            caller.community_id,
            key,
            revision=expected_revision(),
            by=caller.id,
            **(about | {"currency": currency}),
        )
    )


def _shown(reward: Reward) -> dict[str, Any]:
    return {
        "key": reward.key,
        "name": reward.name,
        "description": reward.description or None,
        "cost": reward.cost,
        "currency": reward.currency,
        "stock": reward.stock,
        "per_member": reward.per_member,
        "kind": reward.kind,
        "active": reward.active,
        "revision": reward.revision,
    }


def _answer(reward: Reward) -> Answer:
    return Answer(_shown(reward), etag=str(reward.revision))
