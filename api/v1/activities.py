"""Activities: one fact in, all consequences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.errors import of_domain, problem
from api.fields import AnswerSchema, Flag, ReasonSchema, RequestSchema
from api.idempotency import REPLAYED
from api.languages import language
from api.operations import Answer, Resource
from api.v1 import batches
from api.v1.activity_schemas import ActivitySchema, ShownActivitySchema, shown_reading, shown_saying
from api.v1.consequences import ConsequenceSchema, DecisionSchema, shown_decisions, what_came
from api.v1.histories import EntrySchema, shown_entry
from loyalty import (
    cases,
    clock,
    drafts,
    explanations,
    facts,
    hindsight,
    kinds,
    names,
    record,
    retractions,
    rulebook,
    said,
)
from loyalty.activities import Activity
from loyalty.errors import DomainError, Forbidden, Invalid, Problem
from loyalty.record import Recorded
from loyalty.rulebook import Book
from rules_engine.errors import Sentence
from rules_engine.facts import UNDOERS
from rules_engine.fields import Kind

resource = Resource("activities", __name__, "What members did, and what came of it.")
MOST_ITEMS = 1000
BATCH_LIMIT = 5 * 1024 * 1024


class BatchSchema(RequestSchema):
    """Up to 1,000 activities."""

    activities = ma.fields.List(
        ma.fields.Nested(ActivitySchema), required=True, validate=ma.validate.Length(min=1, max=MOST_ITEMS)
    )


class RecordedSchema(AnswerSchema):
    """An activity and everything that came of it."""

    activity = ma.fields.Nested(ShownActivitySchema, required=True)
    decisions = ma.fields.List(ma.fields.Nested(DecisionSchema), required=True)
    consequences = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(ConsequenceSchema),
        metadata={"description": "By member. In a batch they are the whole call's, the same with each activity."},
    )
    entries = ma.fields.List(
        ma.fields.Nested(EntrySchema), metadata={"description": "What is booked for it, when said again or read."}
    )
    undone_by = ma.fields.String(allow_none=True, metadata={"description": "Who undid it, if somebody did."})
    cases = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "By member, for admins: the case that what it gives them is a matter of."},
    )
    settled = ma.fields.Boolean(
        metadata={"description": "false: recorded, and its consequences follow (a very long timeline)."}
    )
    parked = ma.fields.List(ma.fields.String(), metadata={"description": "Identities that nobody has claimed yet."})
    waiting = ma.fields.List(ma.fields.String(), metadata={"description": "References that nothing answers yet."})


class RecordQuery(RequestSchema):
    """How to take it."""

    dry_run = Flag(
        load_default=False, metadata={"description": "Say what would happen, with sentences; change nothing."}
    )
    rulebook = ma.fields.String(
        validate=ma.validate.OneOf(["in_force", "draft"]),
        load_default="in_force",
        metadata={
            "description": "For a dry run by an admin: `draft` has the draft govern from this activity's instant on, "
            "as if it had just been published from then; what lies before stays as it was. `consequences` then tell of "
            "the draft's coming into force as well, and `version` is the one that it would get."
        },
    )

    @ma.validates_schema
    def _draft_only_tried(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["rulebook"] == "draft" and not data["dry_run"]:
            raise ma.ValidationError(Sentence("a draft counts for nobody: add dry_run=true"), "rulebook")


class ReadQuery(RequestSchema):
    """How much to tell."""

    explain = Flag(load_default=False, metadata={"description": "Fold it anew, and show what was refused and why."})


class RetractSchema(ReasonSchema):
    """Who takes it back, and why."""

    by = ma.fields.String(required=True, validate=ma.validate.OneOf(UNDOERS))


@resource.operation(
    "POST",
    "/activities",
    scope="ingest",
    query=RecordQuery,
    reads_itself=ActivitySchema,
    answer=RecordedSchema,
    status=201,
    answers={
        200: "Said before, and as it stands now; or a dry run.",
        409: "Said otherwise before; or there is no draft.",
    },
    by_nature=True,
)
def say(session: Session, caller: Caller, query: dict[str, Any], body: Any) -> Answer:
    """Record an activity and answer with all its consequences.

    Said again, it is answered as it stands now. With other content it needs a higher `state_version`.
    """
    under_draft = query["rulebook"] == "draft"
    if under_draft and not caller.admin:
        raise Forbidden("scope_missing", Sentence("Trying the draft takes a key with the scope admin."))
    activity = _read(caller, body, kinds.known(session, caller.community_id, caller.declarations))
    wrong = _check(session, caller, [activity])[0]
    if wrong is not None:
        raise wrong
    community = caller.community_id
    tried = drafts.checked(session, community).document if under_draft else None
    with nullcontext() if tried is None else rulebook.rehearsal(session, community, activity.at, tried):
        recorded = record.record(session, community, [activity], caller.speaker())[0]
        return _answer(session, caller, activity, recorded, rehearsal=query["dry_run"])


@resource.operation(
    "POST",
    "/activities/batch",
    scope="ingest",
    reads_itself=BatchSchema,
    body_limit=BATCH_LIMIT,
    answer=batches.BatchAnswerSchema,
    status=207,
    by_nature=True,
)
def say_many(session: Session, caller: Caller, body: Any) -> Answer:
    """Record up to 1,000 activities in one transaction. Good ones are taken, bad ones are named."""
    known = kinds.known(session, caller.community_id, caller.declarations)
    read = [_try_to_read(caller, item, known) for item in _items(body)]
    checked = iter(_check(session, caller, [one for one in read if isinstance(one, Activity)]))
    taken = [next(checked) or one if isinstance(one, Activity) else one for one in read]
    good = [one for one in taken if isinstance(one, Activity)]
    recorded = iter(record.record(session, caller.community_id, good, caller.speaker()))
    book = rulebook.book(session, caller.community_id)
    return batches.answer(
        [
            _item(one, next(recorded), book) if isinstance(one, Activity) else batches.refusal(of_domain(one))
            for one in taken
        ]
    )


@resource.operation("GET", "/activities/<activity_id>", scope="read", query=ReadQuery, answer=RecordedSchema)
def read(session: Session, caller: Caller, activity_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """An activity and what is booked for it."""
    return _standing_now(session, caller, activity_id, explain=query["explain"])


@resource.operation(
    "POST", "/activities/<activity_id>/retract", scope="ingest", body=RetractSchema, answer=RecordedSchema
)
def retract(session: Session, caller: Caller, activity_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Take an activity back, for whoever said it or an admin. What it gave is booked back."""
    community = caller.community_id
    recorded = retractions.retract(session, community, activity_id, body["by"], body["reason"], caller.speaker())
    return _after(session, caller, recorded)


@resource.operation("POST", "/activities/<activity_id>/void", scope="admin", body=ReasonSchema, answer=RecordedSchema)
def void(session: Session, caller: Caller, activity_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """A moderator's switch: it counts no more, whatever its platform says later."""
    recorded = retractions.void(session, caller.community_id, activity_id, body["reason"], caller.id)
    return _after(session, caller, recorded)


@resource.operation("POST", "/activities/<activity_id>/lift", scope="admin", body=ReasonSchema, answer=RecordedSchema)
def lift(session: Session, caller: Caller, activity_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Take a moderator's void back: it counts again as its platform says."""
    recorded = retractions.lift(session, caller.community_id, activity_id, body["reason"], caller.id)
    return _after(session, caller, recorded)


def _check(session: Session, caller: Caller, activities: Sequence[Activity]) -> list[Invalid | None]:
    """For each activity what only the database can tell to be wrong with it."""
    nobody = names.strangers(session, caller.community_id, activities)
    too_old = hindsight.problems(session, caller.community_id, activities)
    return [
        _no_member(member) if member else said.refused([age]) if age else None
        for member, age in zip(nobody, too_old, strict=True)
    ]


def _no_member(problem: Problem) -> Invalid:
    return Invalid("unknown_member", Sentence("The activity names a member who is not there."), [problem])


def _read(caller: Caller, item: Any, known: Mapping[str, Kind]) -> Activity:
    activity = said.read_activity(item, known, clock.now())
    caller.may_say(activity)
    return activity


def _try_to_read(caller: Caller, item: Any, known: Mapping[str, Kind]) -> Activity | DomainError:
    try:
        return _read(caller, item, known)
    except DomainError as refused:
        return refused


def _items(body: Any) -> list[Any]:
    items = body.get("activities") if isinstance(body, dict) else body
    pointer = "/activities" if isinstance(body, dict) else ""
    if isinstance(body, dict) and set(body) - {"activities"}:
        raise _bad_batch(pointer, Sentence("activities is the only field of a batch"))
    if not isinstance(items, list):
        raise _bad_batch(pointer, Sentence("a list of activities is needed"))
    if not 1 <= len(items) <= MOST_ITEMS:
        raise _bad_batch(pointer, Sentence("from 1 to {most} activities", most=MOST_ITEMS))
    return items


def _bad_batch(pointer: str, detail: Sentence) -> Invalid:
    return Invalid("invalid", Sentence("This is no batch of activities."), [Problem(pointer, detail)])


def _answer(session: Session, caller: Caller, activity: Activity, recorded: Recorded, *, rehearsal: bool) -> Answer:
    refused = _refused(recorded)
    if refused is not None:
        return Answer(refused, refused["status"], kept=False)
    if recorded.status == facts.REPLAYED:
        body = _standing_now(session, caller, recorded.activity_id, explain=rehearsal)
        return Answer(body, headers={REPLAYED: "true"}, kept=not rehearsal)
    book = rulebook.book(session, caller.community_id)
    if rehearsal:
        return Answer(_body(activity, recorded, book, language()), kept=False)
    return Answer(_body(activity, recorded, book), 201)


def _item(activity: Activity, recorded: Recorded, book: Book) -> dict[str, Any]:
    refused = _refused(recorded)
    if refused is not None:
        return batches.refusal(refused)
    return batches.result(_body(activity, recorded, book), 200 if recorded.status == facts.REPLAYED else 201)


_REFUSALS = {
    facts.DIFFERS: (
        409,
        "activity_differs",
        Sentence("This activity key was said with other content. Send a higher state_version."),
    ),
    facts.NOT_YOURS: (
        403,
        "not_yours",
        Sentence("Somebody else said this activity first; only they or an admin may say otherwise."),
    ),
}


def _refused(recorded: Recorded) -> dict[str, Any] | None:
    return problem(*_REFUSALS[recorded.status]) if recorded.status in _REFUSALS else None


def _body(activity: Activity, recorded: Recorded, book: Book, language: str | None = None) -> dict[str, Any]:
    return {
        "activity": shown_saying(activity, recorded.activity_id),
        "decisions": shown_decisions(recorded.decisions, book, language),
        **what_came(recorded.people),
        "parked": recorded.parked,
        "waiting": recorded.waiting,
    }


def _after(session: Session, caller: Caller, recorded: Recorded) -> dict[str, Any]:
    return _standing_now(session, caller, recorded.activity_id) | what_came(recorded.people)


def _standing_now(session: Session, caller: Caller, activity_id: str, *, explain: bool = False) -> dict[str, Any]:
    """The fact as it is on record, and what is booked for it."""
    found = explanations.read(session, caller.community_id, activity_id, explain=explain)
    book = rulebook.book(session, caller.community_id)
    about = cases.about(session, activity_id) if caller.admin else {}
    return {
        "activity": shown_reading(found),
        "decisions": shown_decisions(found.decisions, book, language() if explain else None),
        "entries": [shown_entry(entry) for entry in found.entries],
        "undone_by": found.undone_by,
        **({"cases": {member: case.id for member, case in about.items()}} if caller.admin else {}),
    }
