"""Conduct: the guidelines in their versions, and the breaches of them that somebody confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, ReasonSchema, RequestSchema, Words, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from api.v1.consequences import ConsequencesSchema, what_came
from api.v1.members import OfMemberQuery, asked_for
from loyalty import breaches, guidelines
from loyalty.breaches import Told
from loyalty.models import Guidelines
from loyalty.record import Recorded
from rules_engine.facts import SEVERITIES

resource = Resource("conduct", __name__, "Guidelines and their breaches.")


class GuidelinesSchema(RequestSchema):
    """The guidelines to put in force."""

    text = Words("How members are to treat each other.", 20_000, required=True)


class GuidelinesAnswerSchema(AnswerSchema):
    """A version of the guidelines."""

    version = ma.fields.Integer(required=True)
    text = Words("How members are to treat each other.", 20_000)
    published_at = ma.fields.DateTime(required=True)


class BreachSchema(ReasonSchema):
    """What somebody found to go against the guidelines."""

    member = text_field("Who did it.", 500, 1, required=True)
    guideline = text_field("Which guideline, in a few words.", 200, 1, required=True)
    severity = ma.fields.String(required=True, validate=ma.validate.OneOf(SEVERITIES))
    activity = text_field(
        "The activity that it is about; the breach then goes where the account goes with which the member did it.",
        100,
        1,
        load_default=None,
    )
    note = text_field("For moderators alone.", 2_000, load_default="")


class OwnBreachSchema(AnswerSchema):
    """A confirmed breach as the member reads it."""

    id = ma.fields.String(required=True)
    guideline = ma.fields.String(required=True)
    guidelines_version = ma.fields.Integer(required=True, allow_none=True)
    severity = ma.fields.String(required=True, validate=ma.validate.OneOf(SEVERITIES))
    activity = ma.fields.String(required=True, allow_none=True)
    reason = ma.fields.String(required=True)
    confirmed_at = ma.fields.DateTime(required=True)
    lifted = ma.fields.Boolean(required=True)


class BreachAnswerSchema(OwnBreachSchema):
    """A confirmed breach as moderators read it."""

    member = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    confirmed_by = ma.fields.String(required=True)


class ConfirmedSchema(BreachAnswerSchema, ConsequencesSchema):
    """A breach, and what rules made of it."""


_GUIDELINES = "/community/guidelines"


@resource.operation(
    "GET",
    _GUIDELINES,
    scope="read",
    members=True,
    answer=GuidelinesAnswerSchema,
    answers={404: "There are none."},
)
def read_guidelines(session: Session, caller: Caller) -> Answer:
    """The guidelines in force."""
    return _guidelines(guidelines.get(session, caller.community_id))


@resource.operation(
    "PUT", _GUIDELINES, scope="admin", body=GuidelinesSchema, answer=GuidelinesAnswerSchema, edited=True
)
def publish_guidelines(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Put guidelines in force, as the next version. The same text again makes no new one."""
    return _guidelines(guidelines.publish(session, caller.community_id, body["text"], caller.id, expected_revision()))


@resource.operation(
    "GET",
    f"{_GUIDELINES}/versions",
    scope="read",
    members=True,
    query=PageQuery,
    answer=page_of(GuidelinesAnswerSchema),
)
def list_guidelines(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """All versions of the guidelines, the latest first."""
    before = read_place(query["cursor"], int)
    rows = guidelines.versions(session, caller.community_id, before, query["limit"] + 1)
    return page(rows, query["limit"], _version, lambda row: [row.version])


@resource.operation(
    "POST",
    "/breaches",
    scope="admin",
    body=BreachSchema,
    answer=ConfirmedSchema,
    status=201,
    answers={404: "There is no such member or activity."},
)
def confirm(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Confirm that a member went against the guidelines. Rules of conduct on `breach_confirmed` say what it brings."""
    row, recorded = breaches.confirm(
        session,
        caller.community_id,
        caller.member(session, body["member"]),
        guideline=body["guideline"],
        severity=body["severity"],
        activity_id=body["activity"],
        reason=body["reason"],
        note=body["note"],
        by=caller.id,
    )
    return Answer(_after(session, caller, row.id, recorded), 201)


@resource.operation(
    "GET",
    "/breaches",
    scope="admin",
    query=OfMemberQuery,
    answer=page_of(BreachAnswerSchema),
    answers={404: "There is no such member."},
)
def list_breaches(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """The breaches that were confirmed, the latest first; a lifted one stays in the list and says so."""
    return _page(session, caller, query, asked_for(session, caller, query), _breach)


@resource.operation("POST", "/breaches/<breach_id>/lift", scope="admin", body=ReasonSchema, answer=ConfirmedSchema)
def lift(session: Session, caller: Caller, breach_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Take a breach back, and all that it brought."""
    recorded = breaches.lift(session, caller.community_id, breach_id, body["reason"], caller.id)
    return _after(session, caller, breach_id, recorded)


@resource.operation(
    "GET",
    "/members/<address:address>/breaches",
    scope="read",
    members=True,
    query=PageQuery,
    answer=page_of(OwnBreachSchema),
)
def list_for_member(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """The breaches of one member, the latest first."""
    return _page(session, caller, query, caller.member(session, address), _own_breach)


def _page(
    session: Session,
    caller: Caller,
    query: dict[str, Any],
    member_id: str | None,
    shown: Callable[[Told], dict[str, Any]],
) -> dict[str, Any]:
    before = read_place(query["cursor"], str)
    found = breaches.list_for(session, caller.community_id, member_id, before, query["limit"] + 1)
    return page(found, query["limit"], shown, lambda one: [one.row.id])


def _guidelines(row: Guidelines) -> Answer:
    return Answer(_version(row), etag=str(row.version))


def _version(row: Guidelines) -> dict[str, Any]:
    return {"version": row.version, "text": row.text, "published_at": moment(row.published_at)}


def _after(session: Session, caller: Caller, breach_id: str, recorded: Recorded) -> dict[str, Any]:
    return _breach(breaches.get(session, caller.community_id, breach_id)) | what_came(recorded.people)


def _own_breach(one: Told) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "guideline": row.guideline,
        "guidelines_version": row.guidelines_version,
        "severity": row.severity,
        "activity": row.activity_id,
        "reason": row.reason,
        "confirmed_at": moment(row.confirmed_at),
        "lifted": one.lifted,
    }


def _breach(one: Told) -> dict[str, Any]:
    row = one.row
    return {**_own_breach(one), "member": one.member_id, "note": row.note, "confirmed_by": row.confirmed_by}
