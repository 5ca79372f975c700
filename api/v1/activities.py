"""Activities: one fact in, all consequences out.

The published schema documents what `loyalty.said` reads; a contract test holds the two together. There is one reading
for this door, its batch and the generic webhook, and it names every problem at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.errors import of_domain, problem
from api.fields import AnswerSchema, Flag, Moment, RequestSchema, WholeNumber, moment, text_field
from api.idempotency import REPLAYED
from api.languages import language
from api.operations import Answer, Resource
from api.v1.shown import (
    EntrySchema,
    PartyField,
    parties,
    shown_consequences,
    shown_decisions,
    shown_entry,
    shown_reading,
)
from loyalty import cases, clock, explanations, facts, hindsight, kinds, names, record, rulebook, said
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


class ActivitySchema(RequestSchema):
    """One thing that a member did, or its undoing."""

    kind = text_field("What was done: an activity kind, such as `answer_accepted`.", 64, 1, required=True)
    activity_key = text_field(
        "Names the thing in the world, so that saying it twice or undoing it ends right. At most 200 bytes.",
        200,
        1,
        required=True,
    )
    occurred_at = Moment(
        required=True,
        metadata={"description": "At most 5 minutes ahead, and 35 days old unless it undoes or amends something."},
    )
    op = ma.fields.String(validate=ma.validate.OneOf(["apply", "reverse", "amend"]), load_default="apply")
    state_version = WholeNumber(
        validate=ma.validate.Range(0, 2**53),
        load_default=0,
        metadata={"description": "Of several sayings about one key the greatest version holds."},
    )
    actor = PartyField(metadata={"description": "Who did it."})
    beneficiary = PartyField(metadata={"description": "Who it was done for, where somebody else has the good of it."})
    object = ma.fields.Dict(metadata={"description": "What it was done to: `kind`, `id`, `tags`, ..."})
    data = ma.fields.Dict(metadata={"description": "More about it; the kind's fields have the kind's types."})
    declares = text_field("A reference that this activity's actor answers: `author_of:<platform>:<scope>:<id>`.", 1000)
    by = ma.fields.String(
        validate=ma.validate.OneOf(UNDOERS),
        load_default="platform",
        metadata={"description": "Who undoes it, for `op: reverse`."},
    )
    platform = text_field("Where it happened, where neither actor nor beneficiary tells.", 64, 1)


class BatchSchema(RequestSchema):
    """Up to 1,000 activities."""

    activities = ma.fields.List(
        ma.fields.Nested(ActivitySchema), required=True, validate=ma.validate.Length(min=1, max=MOST_ITEMS)
    )


class ShownActivitySchema(AnswerSchema):
    """An activity as it is on record."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    activity_key = ma.fields.String(required=True)
    occurred_at = ma.fields.DateTime(required=True)
    op = ma.fields.String(required=True)
    state_version = ma.fields.Integer(required=True)
    platform = ma.fields.String(required=True)
    actor = ma.fields.Raw(allow_none=True, required=True)
    beneficiary = ma.fields.Raw(allow_none=True, required=True)
    object = ma.fields.Dict(required=True)
    data = ma.fields.Dict(required=True)


class DecisionSchema(AnswerSchema):
    """What one rule said about it."""

    rule = ma.fields.String(required=True)
    version = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the rulebook in force when it happened."}
    )
    member = ma.fields.String(required=True)
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(["given", "refused"]))
    code = ma.fields.String(metadata={"description": "Why it was refused."})
    at = ma.fields.String(metadata={"description": "Pointer into the rule: what refused."})
    effects = ma.fields.List(ma.fields.Dict(), required=True)
    sentence = ma.fields.String(metadata={"description": "The same for a person; in dry runs and explanations."})


class MovedPointsSchema(AnswerSchema):
    """How points of one currency moved, and how they stand."""

    currency = ma.fields.String(required=True)
    change = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True)
    maturing = ma.fields.Integer(required=True)
    debt = ma.fields.Integer(required=True)


class ConsequenceSchema(AnswerSchema):
    """What came of it for one member; in a batch, what came of the whole call."""

    points = ma.fields.List(ma.fields.Nested(MovedPointsSchema), required=True)
    badges = ma.fields.List(ma.fields.String(), required=True)
    lost_badges = ma.fields.List(ma.fields.String(), required=True)
    tier = ma.fields.Dict(allow_none=True, required=True, metadata={"description": "`from` and `to`, if it changed."})
    streaks = ma.fields.List(ma.fields.Dict(), required=True)


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


class BatchItemSchema(AnswerSchema):
    """What became of one item: its status, and the body that it would have had alone."""

    status = ma.fields.Integer(required=True)
    body = ma.fields.Dict(required=True)


class BatchAnswerSchema(AnswerSchema):
    """One result for each activity, in their order."""

    results = ma.fields.List(ma.fields.Nested(BatchItemSchema), required=True)


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


class RetractSchema(RequestSchema):
    """Who takes it back, and why."""

    by = ma.fields.String(required=True, validate=ma.validate.OneOf(UNDOERS))
    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


class ReasonSchema(RequestSchema):
    """Why."""

    reason = text_field("A sentence that the member can read.", 500, 1, required=True)


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
    with rulebook.rehearsal(session, community, activity.at) if under_draft else nullcontext():
        recorded = record.record(session, community, [activity], caller.speaker())[0]
        return _answer(session, caller, activity, recorded, rehearsal=query["dry_run"])


@resource.operation(
    "POST",
    "/activities/batch",
    scope="ingest",
    reads_itself=BatchSchema,
    body_limit=BATCH_LIMIT,
    answer=BatchAnswerSchema,
    status=207,
    by_nature=True,
)
def say_many(session: Session, caller: Caller, body: Any) -> Answer:
    """Record up to 1,000 activities in one transaction. Good ones are taken, bad ones are named."""
    known = kinds.known(session, caller.community_id, caller.declarations)
    results: list[dict[str, Any] | None] = []
    good: list[Activity] = []
    places: list[int] = []
    for index, item in enumerate(_items(body)):
        try:
            good.append(_read(caller, item, known))
            places.append(index)
            results.append(None)
        except DomainError as error:
            refused = of_domain(error)
            results.append({"status": refused["status"], "body": refused})
    for index, wrong in zip(places, _check(session, caller, good), strict=True):
        if wrong is not None:
            refused = of_domain(wrong)
            results[index] = {"status": refused["status"], "body": refused}
    good = [activity for index, activity in zip(places, good, strict=True) if results[index] is None]
    outcomes = record.record(session, caller.community_id, good, caller.speaker())
    recorded = iter(zip(good, outcomes, strict=True))
    book = rulebook.book(session, caller.community_id)
    return Answer({"results": [result or _item(*next(recorded), book) for result in results]}, 207)


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
    recorded = record.retract(session, community, activity_id, body["by"], body["reason"], caller.speaker())
    return _after(session, caller, recorded)


@resource.operation("POST", "/activities/<activity_id>/void", scope="admin", body=ReasonSchema, answer=RecordedSchema)
def void(session: Session, caller: Caller, activity_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """A moderator's switch: it counts no more, whatever its platform says later."""
    recorded = record.void(session, caller.community_id, activity_id, body["reason"], caller.speaker())
    return _after(session, caller, recorded)


@resource.operation("POST", "/activities/<activity_id>/lift", scope="admin", body=ReasonSchema, answer=RecordedSchema)
def lift(session: Session, caller: Caller, activity_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Take a moderator's void back: it counts again as its platform says."""
    recorded = record.lift(session, caller.community_id, activity_id, body["reason"], caller.speaker())
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
        return {"status": refused["status"], "body": refused}
    return {"status": 200 if recorded.status == facts.REPLAYED else 201, "body": _body(activity, recorded, book)}


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
        "activity": {
            "id": recorded.activity_id,
            "kind": activity.kind,
            "activity_key": activity.key,
            "occurred_at": moment(activity.at),
            "op": activity.op,
            "state_version": activity.version,
            "platform": activity.platform,
            **parties(activity),
            "object": activity.object,
            "data": activity.data,
        },
        "decisions": shown_decisions(recorded.decisions, book, language),
        "consequences": shown_consequences(recorded.consequences),
        "settled": recorded.settled,
        "parked": recorded.parked,
        "waiting": recorded.waiting,
    }


def _after(session: Session, caller: Caller, recorded: Recorded) -> dict[str, Any]:
    return _standing_now(session, caller, recorded.activity_id) | {
        "consequences": shown_consequences(recorded.consequences),
        "settled": recorded.settled,
    }


def _standing_now(session: Session, caller: Caller, activity_id: str, *, explain: bool = False) -> dict[str, Any]:
    """The fact as it is on record, and what is booked for it."""
    found = explanations.read(session, caller.community_id, activity_id, explain=explain)
    book = rulebook.book(session, caller.community_id)
    return {
        "activity": shown_reading(found),
        "decisions": shown_decisions(found.decisions, book, language() if explain else None),
        "entries": [shown_entry(entry) for entry in found.entries],
        "undone_by": found.undone_by,
        **({"cases": cases.about(session, activity_id)} if caller.admin else {}),
    }
