"""How the work behind the answers goes: what waits, what runs, what failed and why."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, moment
from api.operations import Resource
from loyalty import clock, lags, outbox, walks
from telemetry import carrying
from telemetry.carrying import At, Carrying

resource = Resource("jobs", __name__, "What is carried out after the answers, and how far behind it is.")


class WaitingSchema(AnswerSchema):
    """How much is due and not done."""

    count = ma.fields.Integer(required=True)
    oldest_seconds = ma.fields.Integer(required=True, metadata={"description": "How long the oldest has been due."})


class LagsSchema(AnswerSchema):
    """What waits, of this community."""

    outbox = ma.fields.Nested(WaitingSchema, required=True, metadata={"description": "Notices to carry out."})
    deliveries = ma.fields.Nested(WaitingSchema, required=True, metadata={"description": "Webhooks to read."})
    clock = ma.fields.Nested(
        WaitingSchema,
        required=True,
        metadata={"description": "Members for whom time did something, after ten minutes."},
    )
    boards = ma.fields.Nested(WaitingSchema, required=True, metadata={"description": "Changes that will move boards."})
    folds = ma.fields.Nested(WaitingSchema, required=True, metadata={"description": "Long histories to fold again."})


class FailingSchema(AnswerSchema):
    """A notice that could not be carried out so far. It is tried again by itself, later and later."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    attempts = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)
    again_at = ma.fields.DateTime(required=True)


class JobSchema(AnswerSchema):
    """A job that runs, or failed. A failed one needs nobody: the clock starts the next of its name."""

    id = ma.fields.String(required=True)
    job = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True, allow_none=True)
    reason = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The kind of error; its words are in the log."}
    )


class WorkerSchema(AnswerSchema):
    """A worker process."""

    name = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    seen_at = ma.fields.DateTime(required=True, allow_none=True)


class RunSchema(AnswerSchema):
    """The last run of a job."""

    job = ma.fields.String(required=True)
    ended_at = ma.fields.DateTime(required=True)
    seconds = ma.fields.Float(required=True)
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(["done", "failed"]))


class QueueSchema(AnswerSchema):
    """The queue and who works on it, of the whole service."""

    queued = ma.fields.Integer(required=True)
    scheduled = ma.fields.Integer(required=True)
    failed_count = ma.fields.Integer(required=True, metadata={"description": "Within the last day."})
    running = ma.fields.List(ma.fields.Nested(JobSchema), required=True)
    failed = ma.fields.List(ma.fields.Nested(JobSchema), required=True, metadata={"description": "The latest 50."})
    workers = ma.fields.List(ma.fields.Nested(WorkerSchema), required=True)
    clock_ticked_at = ma.fields.DateTime(required=True, allow_none=True)
    runs = ma.fields.List(ma.fields.Nested(RunSchema), required=True)


class UnderWaySchema(AnswerSchema):
    """Members who are brought up to a publication: `done` of `total`."""

    publication = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    done = ma.fields.Integer(required=True)
    total = ma.fields.Integer(required=True)
    broken = ma.fields.Integer(required=True, metadata={"description": "Could not be folded; tried again by itself."})


class JobsSchema(AnswerSchema):
    """How the work goes. `queue` is null while Redis is away; nothing is lost then, and jobs wait."""

    lags = ma.fields.Nested(LagsSchema, required=True)
    failing = ma.fields.List(ma.fields.Nested(FailingSchema), required=True)
    walks = ma.fields.List(ma.fields.Nested(UnderWaySchema), required=True)
    queue = ma.fields.Nested(QueueSchema, required=True, allow_none=True)


@resource.operation("GET", "/jobs", scope="admin", answer=JobsSchema)
def look(session: Session, caller: Caller) -> dict[str, Any]:
    """What waits and fails in this community, and how the workers of the service do."""
    late = lags.read(session, caller.community_id)
    failing = outbox.failing(session, caller.community_id)
    under_way = walks.progress(session, walks.under_way(session, caller.community_id))
    try:
        queue = _queue(carrying.look(current_app.extensions["setia.redis"]))
    except RedisError:
        queue = None
    return {
        "lags": {
            "outbox": _waiting(late.outbox.due, late.outbox.oldest),
            "deliveries": _waiting(*late.deliveries),
            "clock": _waiting(*late.clock),
            "boards": _waiting(*late.boards),
            "folds": _waiting(*late.folds),
        },
        "failing": [
            {
                "id": one.id,
                "kind": one.kind,
                "attempts": one.attempts,
                "reason": one.error,
                "created_at": moment(one.created_at),
                "again_at": moment(one.due_at),
            }
            for one in failing
        ],
        "walks": [
            {"publication": publication, **{name: getattr(one, name) for name in ("state", "done", "total", "broken")}}
            for publication, one in sorted(under_way.items())
        ],
        "queue": queue,
    }


def _waiting(count: int, oldest: int) -> dict[str, int]:
    return {"count": count, "oldest_seconds": oldest // clock.SECOND}


def _queue(here: Carrying) -> dict[str, Any]:
    return {
        "queued": here.queued,
        "scheduled": here.scheduled,
        "failed_count": here.failed_count,
        "running": [_job(one) for one in here.running],
        "failed": [_job(one) for one in here.failed],
        "workers": [{"name": one.name, "state": one.state, "seen_at": moment(one.seen_at)} for one in here.workers],
        "clock_ticked_at": moment(here.clock_at),
        "runs": [
            {
                "job": one.job,
                "ended_at": moment(one.ended_at),
                "seconds": one.seconds,
                "outcome": "done" if one.done else "failed",
            }
            for one in here.runs
        ],
    }


def _job(one: At) -> dict[str, Any]:
    return {"id": one.job_id, "job": one.job, "at": moment(one.at), "reason": one.reason}
