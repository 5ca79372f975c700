"""What an admin gives, takes or holds by hand, with a reason that the member can read.

A correction is an activity: `POST /v1/activities/{id}/retract` takes it back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import Moment, ReasonSchema, WholeNumber, key_field
from api.operations import Answer, Resource
from api.v1.consequences import ConsequencesSchema, what_came
from loyalty import balances, corrections
from loyalty.record import Recorded
from rules_engine.errors import Sentence

resource = Resource("corrections", __name__, "Points, badges and tiers put right by hand.")
_MOST_POINTS = 1_000_000_000


class AdjustmentSchema(ReasonSchema):
    """Points to give or to take."""

    points = WholeNumber(
        required=True,
        validate=ma.validate.And(
            ma.validate.Range(-_MOST_POINTS, _MOST_POINTS), ma.validate.NoneOf([0], error=Sentence("0 changes nothing"))
        ),
    )
    currency = key_field("Which points; absent: the community's first currency.")


class AwardSchema(ReasonSchema):
    """A badge to give."""

    badge = key_field("The badge.", required=True)
    level = WholeNumber(load_default=1, validate=ma.validate.Range(1, 99))


class LockSchema(ReasonSchema):
    """The tier to hold a member in."""

    tier = key_field("The tier: exactly this one, neither above nor below.", required=True)
    until = Moment(metadata={"description": "When the lock ends by itself; absent: when it is taken off."})


class CorrectedSchema(ConsequencesSchema):
    """The correction on record, and what came of it."""

    activity = ma.fields.String(
        required=True, metadata={"description": "Its id: retract it to take the correction back."}
    )


_correction = partial(resource.operation, scope="admin", answer=CorrectedSchema)


@_correction("POST", "/members/<address:address>/adjust", body=AdjustmentSchema, status=201)
def adjust(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Give or take points by hand."""
    currency = balances.currency(session, caller.community_id, body.get("currency"))
    return Answer(_put_right(corrections.adjust, session, caller, address, **(body | {"currency": currency})), 201)


@_correction("POST", "/members/<address:address>/awards", body=AwardSchema, status=201)
def give_badge(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Give a badge by hand."""
    return Answer(_put_right(corrections.give_badge, session, caller, address, **body), 201)


@_correction("DELETE", "/members/<address:address>/awards/<badge>", query=ReasonSchema)
def take_badge(session: Session, caller: Caller, address: str, badge: str, query: dict[str, Any]) -> dict[str, Any]:
    """Take a badge by hand. Nothing but giving it by hand, or retracting this, brings it back."""
    return _put_right(corrections.take_badge, session, caller, address, badge=badge, **query)


@_correction("POST", "/members/<address:address>/tier/lock", body=LockSchema, status=201)
def lock_tier(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Hold the member in a tier: while it lasts they neither rise nor fall, whatever they earn."""
    return Answer(_put_right(corrections.lock_tier, session, caller, address, **({"until": None} | body)), 201)


@_correction("POST", "/members/<address:address>/tier/unlock", body=ReasonSchema, status=201)
def unlock_tier(session: Session, caller: Caller, address: str, body: dict[str, Any]) -> Answer:
    """Take a lock off: the member is where what they earned has them by now."""
    return Answer(_put_right(corrections.unlock_tier, session, caller, address, **body), 201)


def _put_right(
    correction: Callable[..., Recorded], session: Session, caller: Caller, address: str, **said: Any
) -> dict[str, Any]:
    member_id = caller.member(session, address)
    recorded = correction(session, caller.community_id, member_id, **said, by=caller.id)
    return {"activity": recorded.activity_id, **what_came(recorded.people)}
