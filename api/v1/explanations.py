"""Why an activity gave a member what it gave, why not more, and what comes next."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, RequestSchema
from api.languages import language
from api.operations import Resource
from api.v1.consequences import DecisionSchema, shown_decisions
from loyalty import explanations, histories, rulebook, standings
from loyalty.errors import NotFound
from rules_engine import ahead
from rules_engine.effects import Decision
from rules_engine.errors import Sentence

resource = Resource("explanations", __name__, "Why, why not, and what next.")


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


@resource.operation(
    "GET", "/members/<address:address>/explain", scope="read", members=True, query=ExplainQuery, answer=ExplainedSchema
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
    shown = shown_decisions(decisions, rulebook.book(session, caller.community_id), language(), caller.untold(session))
    standing = standings.view(session, caller.community_id, member_id)
    return {
        "activity": activity_id,
        "why": [one for one in shown if one["outcome"] == "given"],
        "why_not": [one for one in shown if one["outcome"] == "refused"],
        "next": ahead.progress(book, standing, language()),
    }


def _decisions(session: Session, caller: Caller, member_id: str, activity_id: str) -> list[tuple[str, Decision]]:
    """What was said about the member; for a member's token an activity of others is as good as none."""
    not_theirs = NotFound("activity_not_found", Sentence("There is no such activity of this member."))
    try:
        reading = explanations.read(session, caller.community_id, activity_id, explain=True)
    except NotFound:
        raise not_theirs from None
    decisions = reading.about(member_id)
    part = decisions or any(row.member_id == member_id for row in reading.people.values())
    if not part and caller.member_id is not None:
        raise not_theirs
    return decisions
