"""Cases: what waits for a person to judge, what they decide, and the appeals of those it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.errors import of_domain
from api.fields import AnswerSchema, ReasonSchema, RequestSchema, moment, text_field
from api.languages import language
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from api.v1 import batches, case_words
from api.v1.consequences import ConsequencesSchema, what_came
from api.v1.members import OfMemberQuery, asked_for
from loyalty import appeals, cases, verdicts
from loyalty.errors import DomainError
from loyalty.models import Case
from loyalty.verdicts import Verdict
from rules_engine.errors import Sentence

resource = Resource("cases", __name__, "What waits for a person to judge, and appeals.")
MOST_VERDICTS = 100
_OUTCOMES = sorted({outcome for possible in cases.OUTCOMES.values() for outcome in possible})


class CasesQuery(OfMemberQuery):
    """Which cases."""

    state = ma.fields.String(load_default=None, validate=ma.validate.OneOf(cases.STATES))
    kind = ma.fields.String(load_default=None, validate=ma.validate.OneOf(cases.KINDS))


class VerdictSchema(ReasonSchema):
    """How a case ends."""

    outcome = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(_OUTCOMES),
        metadata={
            "description": "`gave` or `refused`: for the member, or not. Of an appeal: `upheld` (what was decided"
            " first stays) or `overturned`."
        },
    )


class CaseVerdictSchema(VerdictSchema):
    """How one case of several ends."""

    case = text_field("The case, by its id.", 100, 1, required=True)


class VerdictsSchema(RequestSchema):
    """How several cases end."""

    verdicts = ma.fields.List(
        ma.fields.Nested(CaseVerdictSchema), required=True, validate=ma.validate.Length(min=1, max=MOST_VERDICTS)
    )


class AppealSchema(RequestSchema):
    """What a member asks to be looked at again: exactly one thing."""

    member = text_field("The member; a member token may leave it out, or say `me`.", 500, 1, load_default="me")
    case = text_field("A case that was decided against them.", 100, 1)
    activity = text_field("An activity that a moderator voided.", 100, 1)
    breach = text_field("A breach that was confirmed.", 100, 1)
    text = text_field("Why.", 5_000, 1, required=True)

    @ma.validates_schema
    def _one_thing(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if len(data.keys() & {*appeals.THINGS}) != 1:
            raise ma.ValidationError(Sentence("one of {names}", names=", ".join(appeals.THINGS)), appeals.CASE)


class OwnCaseSchema(AnswerSchema):
    """A case as the member reads it whom it is about."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(cases.KINDS))
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(cases.STATES))
    outcome = ma.fields.String(required=True, allow_none=True)
    about = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "What an appeal is against, or what was handed over."}
    )
    activities = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "What they give to the member waits, or waited."}
    )
    text = ma.fields.String(required=True, metadata={"description": "What the member wrote."})
    reason = ma.fields.String(required=True, metadata={"description": "What they were answered."})
    opened_at = ma.fields.DateTime(required=True)
    decided_at = ma.fields.DateTime(required=True, allow_none=True)
    sentence = ma.fields.String(required=True)


class CaseSchema(OwnCaseSchema):
    """A case as a moderator reads it."""

    member = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: nobody's by now."})
    signals = ma.fields.List(
        ma.fields.Dict(), required=True, metadata={"description": "What raised it, with its figures."}
    )
    decided_by = ma.fields.String(required=True, allow_none=True)


class DecidedSchema(CaseSchema, ConsequencesSchema):
    """A decided case, and what came of it."""

    by_another = ma.fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of an appeal: whether somebody else decided it than at first; false where one person"
            " answers for all keys."
        },
    )


@resource.operation(
    "GET",
    "/cases",
    scope="admin",
    query=CasesQuery,
    answer=page_of(CaseSchema),
    answers={404: "There is no such member."},
)
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What waits for somebody, and what was decided; the latest first."""
    member_id = asked_for(session, caller, query)
    return _page(session, caller, query, member_id, _shown_to_moderators, state=query["state"], kind=query["kind"])


@resource.operation("GET", "/cases/<case_id>", scope="admin", answer=CaseSchema)
def read(session: Session, caller: Caller, case_id: str) -> dict[str, Any]:
    """One case."""
    return _shown_to_moderators(session, [cases.get(session, caller.community_id, case_id)])[0]


@resource.operation("POST", "/cases/<case_id>/decide", scope="admin", body=VerdictSchema, answer=DecidedSchema)
def decide(session: Session, caller: Caller, case_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Decide a case, once. An award that is given counts at its own instant, as if it had never waited."""
    return _decided(
        session, verdicts.decide(session, caller.community_id, case_id, body["outcome"], body["reason"], caller.id)
    )


@resource.operation(
    "POST", "/cases/decide", scope="admin", body=VerdictsSchema, answer=batches.BatchAnswerSchema, status=207
)
def decide_each(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Decide up to 100 cases, in their order and each by itself: one that is refused stays open, and its result says
    why; the others are decided. What came of each is its own, after those before it.
    """
    wanted = [verdicts.Wanted(one["case"], one["outcome"], one["reason"]) for one in body["verdicts"]]
    found = verdicts.decide_each(session, caller.community_id, wanted, caller.id)
    return batches.answer([_result(session, one) for one in found])


@resource.operation(
    "GET",
    "/members/<address:address>/cases",
    scope="read",
    members=True,
    query=PageQuery,
    answer=page_of(OwnCaseSchema),
)
def list_for_member(session: Session, caller: Caller, address: str, query: dict[str, Any]) -> dict[str, Any]:
    """What a person looks at, or looked at, about a member; the latest first."""
    return _page(session, caller, query, caller.member(session, address), _shown_to_members)


@resource.operation(
    "POST",
    "/appeals",
    scope="tokens",
    members=True,
    body=AppealSchema,
    answer=OwnCaseSchema,
    status=201,
    answers={404: "There is no such thing of this member."},
)
def appeal(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """A member asks for another look at what was decided about them; once for each thing."""
    member_id = caller.member(session, body["member"])
    thing = next(name for name in appeals.THINGS if name in body)
    made = appeals.open_one(session, caller.community_id, member_id, thing, body[thing], body["text"])
    return Answer(_shown_to_members(session, [made])[0], 201)


def _result(session: Session, one: Verdict | DomainError) -> dict[str, Any]:
    if isinstance(one, DomainError):
        return batches.refusal(of_domain(one))
    return batches.result(_decided(session, one), 200)


def _decided(session: Session, verdict: Verdict) -> dict[str, Any]:
    return {
        **_shown_to_moderators(session, [verdict.case])[0],
        "by_another": verdict.by_another,
        **what_came(verdict.people),
    }


def _page(
    session: Session,
    caller: Caller,
    query: dict[str, Any],
    member_id: str | None,
    shown: Callable[[Session, Sequence[Case]], list[dict[str, Any]]],
    **which: Any,
) -> dict[str, Any]:
    rows = cases.list_for(
        session,
        caller.community_id,
        member_id=member_id,
        before=read_place(query["cursor"], str),
        limit=query["limit"] + 1,
        **which,
    )
    return page(shown(session, rows), query["limit"], lambda one: one, lambda one: [one["id"]])


def _shown_to_members(session: Session, rows: Sequence[Case]) -> list[dict[str, Any]]:
    matters = cases.matters_of(session, [row.id for row in rows])
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "outcome": row.outcome,
            "about": row.subject if row.kind in (cases.APPEAL, cases.DELIVERED) else None,
            "activities": matters.get(row.id, []),
            "text": row.text,
            "reason": row.reason,
            "opened_at": moment(row.opened_at),
            "decided_at": moment(row.decided_at),
            "sentence": case_words.told(row.kind, row.outcome, language()),
        }
        for row in rows
    ]


def _shown_to_moderators(session: Session, rows: Sequence[Case]) -> list[dict[str, Any]]:
    members = cases.members_of(session, rows)
    return [
        {**shown, "member": members.get(row.identity), "signals": row.signals, "decided_by": row.decided_by}
        for shown, row in zip(_shown_to_members(session, rows), rows, strict=True)
    ]
