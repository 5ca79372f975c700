"""What has been: the lines of a member's account, and the activities in which they took part."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, moment
from api.languages import language
from api.operations import Resource
from api.pagination import PageQuery, page, page_of, read_cursor
from api.v1 import entry_sentences
from loyalty import histories, ledger
from loyalty.histories import Taken
from loyalty.models import Entry
from loyalty.private_rules import PRIVATE, PrivateRules

resource = Resource("histories", __name__, "What a member was given and lost, and took part in.")


class EntrySchema(AnswerSchema):
    """One line of the member's account. All lines together add up to the balance."""

    number = ma.fields.Integer(required=True)
    member = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)
    rule = ma.fields.String(required=True)
    occasion = ma.fields.String(required=True)
    revision = ma.fields.Integer(required=True, metadata={"description": "Above 1: it corrects the one before."})
    currency = ma.fields.String(required=True)
    change = ma.fields.Integer(required=True, metadata={"description": "What it did to the member's own account."})
    from_ = ma.fields.String(required=True, data_key="from")
    to = ma.fields.String(required=True)
    amount = ma.fields.Integer(required=True)
    activity = ma.fields.String(required=True, allow_none=True)
    publication = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The publication of new rules that brought it, where it was no activity."},
    )


class ToldEntrySchema(EntrySchema):
    """One line of the member's account, and why it is there."""

    sentence = ma.fields.String(required=True)


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


@resource.operation(
    "GET",
    "/members/<address:address>/entries",
    scope="read",
    members=True,
    query=PageQuery,
    answer=page_of(ToldEntrySchema),
)
def entries(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """The lines of the member's account, the latest first."""
    member_id = caller.member(session, address)
    place = read_cursor(query["cursor"], int, int)
    rows = ledger.entries(session, member_id, (place[0], place[1]) if place else None, query["limit"] + 1)
    untold = caller.untold(session)
    said = dict(zip(rows, entry_sentences.told(session, caller.community_id, rows, language()), strict=True))
    return page(
        rows,
        query["limit"],
        lambda row: {**shown_entry(row, untold), "sentence": said[row]},
        lambda row: [row.at, row.number],
    )


@resource.operation(
    "GET",
    "/members/<address:address>/activities",
    scope="read",
    members=True,
    query=PageQuery,
    answer=page_of(TakenSchema),
)
def activities(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """What the member took part in, the latest first."""
    member_id = caller.member(session, address)
    place = read_cursor(query["cursor"], int, str)
    rows = histories.activities(session, member_id, (place[0], place[1]) if place else None, query["limit"] + 1)
    return page(rows, query["limit"], _taken, lambda one: [one.at, one.activity_id])


def shown_entry(row: Entry, untold: PrivateRules | None = None) -> dict[str, Any]:
    """One line of a member's account; where it comes of a rule that is `untold`, neither by what nor for what."""
    hidden = untold is not None and untold.hide(row.rule, row.at)
    return {
        "number": row.number,
        "member": row.member_id,
        "at": moment(row.at),
        "rule": PRIVATE if hidden else row.rule,
        "occasion": PRIVATE if hidden else row.occasion,
        "revision": row.revision,
        "currency": row.currency,
        "change": entry_sentences.change(row),
        "from": row.debit,
        "to": row.credit,
        "amount": row.amount,
        "activity": None if hidden else row.fact,
        "publication": row.publication,
    }


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
