"""The challenges that a member is on, step by step, and those that they completed."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema
from api.languages import language
from api.operations import Resource
from loyalty import rulebook, standings
from rules_engine import ahead
from rules_engine.names import said

resource = Resource("challenges", __name__, "The challenges of a member.")


class ChallengeStepSchema(AnswerSchema):
    """One thing to be done."""

    key = ma.fields.String(required=True)
    have = ma.fields.Integer(required=True)
    need = ma.fields.Integer(required=True)


class ChallengeSchema(AnswerSchema):
    """How far a member is with a challenge. `have` and `need` count its steps; null where the rule tells none."""

    rule = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    have = ma.fields.Integer(required=True, allow_none=True)
    need = ma.fields.Integer(required=True, allow_none=True)
    steps = ma.fields.List(
        ma.fields.Nested(ChallengeStepSchema), required=True, metadata={"description": "Those that are still open."}
    )
    done = ma.fields.Boolean(
        required=True, metadata={"description": "Completed for good; one that repeats begins anew instead."}
    )
    sentence = ma.fields.String(required=True)


class ChallengesSchema(AnswerSchema):
    """Every challenge that there is for the member."""

    data = ma.fields.List(ma.fields.Nested(ChallengeSchema), required=True)


@resource.operation("GET", "/members/<address:address>/challenges", scope="read", members=True, answer=ChallengesSchema)
def list_all(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """How far the member is with each challenge; a private one is not among them."""
    standing = standings.view(session, caller.community_id, caller.member(session, address))
    book, tongue = rulebook.compiled(session, caller.community_id), language()
    names = {rule.key: said(rule.name, tongue, rule.key) for rule in book.rules}
    return {"data": [{**one, "name": names[one["rule"]]} for one in ahead.challenges(book, standing, tongue)]}
