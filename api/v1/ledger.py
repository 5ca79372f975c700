"""The ledger's proof."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema
from api.operations import Resource
from api.pagination import PageQuery, read_cursor, write_cursor
from loyalty import chains
from loyalty.db import snapshot

resource = Resource("ledger", __name__, "Whether the books are as they were written.")


class PartQuery(PageQuery):
    """Where to go on."""

    class Meta(PageQuery.Meta):
        exclude = ("limit",)


class VerifiedSchema(AnswerSchema):
    """Whether this part of the books holds."""

    intact = ma.fields.Boolean(required=True)
    wrong = ma.fields.List(ma.fields.String(), required=True, metadata={"description": "What is wrong, by name."})
    next_cursor = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "There is more to walk; null: that was all."}
    )


@resource.operation("GET", "/ledger/verify", scope="admin", query=PartQuery, answer=VerifiedSchema)
def verify(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """Walk the members' chains and the days' anchors, some at a time: what was altered, removed or cut off is named."""
    place = read_cursor(query["cursor"], str, str)
    begin = (place[0], place[1]) if place else chains.BEGINNING
    found = chains.verify_part(snapshot(session), caller.community_id, begin)
    return {
        "intact": not found.wrong,
        "wrong": found.wrong,
        "next_cursor": None if found.place is None else write_cursor(*found.place),
    }
