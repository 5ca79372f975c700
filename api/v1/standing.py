"""How one member stands, in parts: what an app polls."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, RequestSchema, moment
from api.operations import Resource, language
from api.pagination import PageQuery, page, page_of, read_cursor
from api.v1.activities import DecisionSchema
from api.v1.members import BalanceSchema, HeldBadgeSchema, held_badges
from api.v1.shown import EntrySchema, shown_decisions, shown_entry
from loyalty import balances, explanations, histories, ledger, rulebook, standings, tiers
from loyalty import streaks as streaks_of
from loyalty.errors import NotFound
from loyalty.histories import Taken
from rules_engine import explain

resource = Resource("standing", __name__, "How a member stands, in parts, and why.")


class BalancesSchema(AnswerSchema):
    """Every currency of the community."""

    data = ma.fields.List(ma.fields.Nested(BalanceSchema), required=True)


class BadgesHeldSchema(AnswerSchema):
    """Every badge that the member holds."""

    data = ma.fields.List(ma.fields.Nested(HeldBadgeSchema), required=True)


class TierStandingSchema(AnswerSchema):
    """The member's tier, and how it came about."""

    tier = ma.fields.String(required=True, allow_none=True)
    history = ma.fields.List(
        ma.fields.Dict(),
        required=True,
        metadata={"description": "`from`, `to`, `at` (null: from the beginning); latest first."},
    )


class StreakSchema(AnswerSchema):
    """Days in a row under one rule."""

    rule = ma.fields.String(required=True)
    days = ma.fields.Integer(required=True, metadata={"description": "As it stands today; 0 when it broke."})


class StreaksSchema(AnswerSchema):
    """Every streak of the member."""

    data = ma.fields.List(ma.fields.Nested(StreakSchema), required=True)


class TakenSchema(AnswerSchema):
    """An activity in which the member took part."""

    id = ma.fields.String(required=True)
    activity_key = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    occurred_at = ma.fields.DateTime(required=True)
    platform = ma.fields.String(required=True)
    object = ma.fields.Dict(required=True)
    data = ma.fields.Dict(required=True)
    parts = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "`actor`, `beneficiary`."})
    undone_by = ma.fields.String(required=True, allow_none=True)


class ExplainQuery(RequestSchema):
    """About what."""

    activity = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(min=1, max=100),
        metadata={"description": "An activity's id; absent: the member's latest."},
    )


class ExplainedSchema(AnswerSchema):
    """Why, why not, what next; sentences in the reader's language."""

    activity = ma.fields.String(required=True, allow_none=True)
    why = ma.fields.List(ma.fields.Nested(DecisionSchema), required=True)
    why_not = ma.fields.List(ma.fields.Nested(DecisionSchema), required=True)
    next = ma.fields.List(ma.fields.Dict(), required=True, metadata={"description": "`have`, `need`, `sentence`."})


@resource.operation("GET", "/members/<address>/balance", scope="read", members=True, answer=BalancesSchema)
def balance(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The member's points: what can be spent, what matures, what is held, what is owed."""
    standing = standings.view(session, caller.community_id, caller.member(session, address))
    found = balances.of(session, caller.community_id, standing)
    return {"data": [one._asdict() for one in found]}


@resource.operation(
    "GET", "/members/<address>/entries", scope="read", members=True, query=PageQuery, answer=page_of(EntrySchema)
)
def entries(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """The lines of the member's account, the latest first."""
    member_id = caller.member(session, address)
    place = read_cursor(query["cursor"], int, int)
    rows = ledger.entries(session, member_id, (place[0], place[1]) if place else None, query["limit"] + 1)
    return page(rows, query["limit"], shown_entry, lambda row: [row.at, row.number])


@resource.operation("GET", "/members/<address>/badges", scope="read", members=True, answer=BadgesHeldSchema)
def badges(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The badges that the member holds."""
    standing = standings.view(session, caller.community_id, caller.member(session, address))
    return {"data": held_badges(standing)}


@resource.operation("GET", "/members/<address>/tier", scope="read", members=True, answer=TierStandingSchema)
def tier(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The tier that the member is in."""
    member_id = caller.member(session, address)
    return {
        "tier": standings.view(session, caller.community_id, member_id).tier_key,
        "history": [
            {"from": row.from_tier, "to": row.to_tier, "at": moment(row.at) if row.at > 0 else None}
            for row in tiers.history(session, member_id)
        ],
    }


@resource.operation("GET", "/members/<address>/streaks", scope="read", members=True, answer=StreaksSchema)
def streaks(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The member's streaks as they stand today."""
    member_id = caller.member(session, address)
    standing = standings.view(session, caller.community_id, member_id)
    running = streaks_of.running(session, caller.community_id, standing)
    return {"data": [{"rule": rule, "days": days} for rule, days in sorted(running.items())]}


@resource.operation(
    "GET", "/members/<address>/activities", scope="read", members=True, query=PageQuery, answer=page_of(TakenSchema)
)
def activities(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """What the member took part in, the latest first."""
    member_id = caller.member(session, address)
    place = read_cursor(query["cursor"], int, str)
    rows = histories.activities(session, member_id, (place[0], place[1]) if place else None, query["limit"] + 1)
    return page(rows, query["limit"], _taken, lambda one: [one.at, one.activity_id])


@resource.operation(
    "GET", "/members/<address>/explain", scope="read", members=True, query=ExplainQuery, answer=ExplainedSchema
)
def explained(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """Why an activity gave what it gave, why not more, and what comes next."""
    member_id = caller.member(session, address)
    book = rulebook.compiled(session, caller.community_id)
    activity_id = query["activity"]
    if activity_id is None:
        latest = histories.activities(session, member_id, None, 1)
        activity_id = latest[0].activity_id if latest else None
    decisions = [] if activity_id is None else _decisions(session, caller, member_id, activity_id)
    shown = shown_decisions(decisions, rulebook.book(session, caller.community_id), language())
    standing = standings.view(session, caller.community_id, member_id)
    return {
        "activity": activity_id,
        "why": [one for one in shown if one["outcome"] == "given"],
        "why_not": [one for one in shown if one["outcome"] == "refused"],
        "next": explain.progress(book, standing, language()),
    }


def _decisions(session: Session, caller: Caller, member_id: str, activity_id: str) -> list[Any]:
    decisions = explanations.read(session, caller.community_id, activity_id, explain=True).about(member_id)
    if not decisions and caller.member_id is not None:
        raise NotFound("activity_not_found", "There is no such activity of this member.")
    return decisions


def _taken(one: Taken) -> dict[str, Any]:
    return {
        "id": one.activity_id,
        "activity_key": one.key,
        "kind": one.kind,
        "occurred_at": moment(one.at),
        "platform": one.platform,
        "object": one.object,
        "data": one.data,
        "parts": list(one.parts),
        "undone_by": one.undone_by,
    }
