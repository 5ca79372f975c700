"""What a community looks out for while it records, and in the background; all of it is off unless it says so."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, RequestSchema, WholeNumber
from api.operations import Answer, Resource
from loyalty import fairplay
from loyalty.models import FairPlay

resource = Resource("fair_play", __name__, "What raises a signal, and so withholds an award for a person to look at.")
_MOST_DAYS = 31


def _kinds(which: str = ", where they have an actor and a beneficiary") -> ma.fields.List:
    return ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(min=1, max=64)),
        required=True,
        validate=ma.validate.Length(min=1, max=20),
        metadata={"description": f"On these kinds of activities{which}."},
    )


def _from_to(least: int, most: int, description: str, **kwargs: Any) -> WholeNumber:
    return WholeNumber(
        validate=ma.validate.Range(least, most),
        metadata={"description": description},
        **({"required": True} | kwargs),
    )


class PairSchema(RequestSchema):
    """The same two people too often."""

    kinds = _kinds()
    more_than = _from_to(1, 1_000, "So often it may be, whoever of them did it.")
    days = _from_to(1, _MOST_DAYS, "Within so many days.")


class BurstSchema(RequestSchema):
    """One person too often in a short time."""

    kinds = _kinds(which="")
    more_than = _from_to(1, 10_000, "So often it may be.")
    minutes = _from_to(1, 1_440, "Within so many minutes.")


class FreshAccountSchema(RequestSchema):
    """The other side was never seen before, and has to do with nobody else."""

    kinds = _kinds()
    days = _from_to(1, _MOST_DAYS, "Nothing that they did is older.")


class SelfDealingSchema(RequestSchema):
    """Both sides share an attribute that tells one person from another."""

    kinds = _kinds()
    attributes = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(min=1, max=100)),
        required=True,
        validate=ma.validate.Length(min=1, max=10),
        metadata={"description": "Attributes of members, such as a device."},
    )


class RingsSchema(RequestSchema):
    """Few people who mostly praise each other; looked for in the background."""

    kinds = _kinds()
    days = _from_to(1, 92, "Over so many days.", required=False, load_default=28)
    mutual = _from_to(1, 1_000, "Each did it to each of the others at least so often.", required=False, load_default=3)
    inside_percent = _from_to(50, 100, "So much of what they did stays among them.", required=False, load_default=80)


class FairPlaySchema(RequestSchema):
    """The signals to look out for; what is left out is off."""

    pair = ma.fields.Nested(PairSchema)
    burst = ma.fields.Nested(BurstSchema)
    fresh_account = ma.fields.Nested(FreshAccountSchema)
    self_dealing = ma.fields.Nested(SelfDealingSchema)
    rings = ma.fields.Nested(RingsSchema)


class FairPlayAnswerSchema(AnswerSchema):
    """The signals that are looked out for."""

    pair = ma.fields.Nested(PairSchema)
    burst = ma.fields.Nested(BurstSchema)
    fresh_account = ma.fields.Nested(FreshAccountSchema)
    self_dealing = ma.fields.Nested(SelfDealingSchema)
    rings = ma.fields.Nested(RingsSchema)
    revision = ma.fields.Integer(required=True)


@resource.operation("GET", "/community/fair-play", scope="admin", answer=FairPlayAnswerSchema)
def read(session: Session, caller: Caller) -> Answer:
    """What is looked out for."""
    return _shown(fairplay.settings(session, caller.community_id))


@resource.operation(
    "PUT", "/community/fair-play", scope="admin", body=FairPlaySchema, answer=FairPlayAnswerSchema, edited=True
)
def change(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Look out for these signals from now on, and for no others. What was withheld stays so until it is decided."""
    return _shown(fairplay.change(session, caller.community_id, body, caller.id, expected_revision()))


def _shown(row: FairPlay | None) -> Answer:
    signals, revision = ({}, 0) if row is None else (row.signals, row.revision)
    return Answer({**signals, "revision": revision}, etag=str(revision))
