"""Back-tests: the draft, or an earlier version, tried on real history before it counts."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, Flag, Moment, RequestSchema, WholeNumber, moment, text_field
from api.languages import language
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from api.v1.backtest_report import BacktestComparisonSchema, BacktestReportSchema
from loyalty import backtests, names
from loyalty.backtests import Progress
from loyalty.models import BacktestRow

resource = Resource("backtests", __name__, "What a rulebook would change, folded over real history; nothing is booked.")


class BacktestSchema(RequestSchema):
    """What to try, and on which history."""

    version = WholeNumber(
        validate=ma.validate.Range(1, 2**31 - 1), metadata={"description": "An earlier version; absent: the draft."}
    )
    from_ = Moment(
        data_key="from",
        metadata={"description": "The instant from which on it would have counted; absent: for ever."},
    )
    to = Moment(metadata={"description": "The last instant that is looked at; absent: now."})
    gains_only = Flag(
        load_default=False,
        metadata={"description": "As if nobody were to lose by it: what a member would have lost is kept."},
    )
    note = text_field("Why.", 500, load_default="")


class BacktestProgressSchema(AnswerSchema):
    """How far it is."""

    asks_budgets = ma.fields.Boolean(
        required=True,
        metadata={"description": "Everybody is folded to learn what is asked of budgets, and then once more."},
    )
    members = ma.fields.Integer(required=True)
    members_in_all = ma.fields.Integer(required=True)
    facts = ma.fields.Integer(required=True)
    facts_in_all = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Those about nobody who is a member are never read. null: not counted yet."},
    )


class BacktestAnswerSchema(AnswerSchema):
    """A back-test, and how far it is."""

    id = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(backtests.STATES))
    version = ma.fields.Integer(
        required=True, metadata={"description": "What was tried; of a draft, the version that it would have got."}
    )
    drafted = ma.fields.Boolean(required=True, metadata={"description": "Whether it was the draft."})
    from_ = ma.fields.DateTime(
        required=True, allow_none=True, data_key="from", metadata={"description": "null: for ever."}
    )
    to = ma.fields.DateTime(required=True)
    gains_only = ma.fields.Boolean(required=True)
    note = ma.fields.String(required=True)
    begun_at = ma.fields.DateTime(required=True)
    begun_by = ma.fields.String(required=True)
    ended_at = ma.fields.DateTime(required=True, allow_none=True)
    progress = ma.fields.Nested(BacktestProgressSchema, required=True)
    error = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Why the latest try failed; it is tried three times."}
    )


class WholeBacktestSchema(BacktestAnswerSchema):
    """A back-test with its report."""

    report = ma.fields.Nested(
        BacktestReportSchema, required=True, allow_none=True, metadata={"description": "Once it is done."}
    )


class CompareQuery(RequestSchema):
    """With which one."""

    with_ = ma.fields.String(
        data_key="with",
        required=True,
        validate=ma.validate.Length(1, 64),
        metadata={"description": "The id of another back-test that is done."},
    )


@resource.operation(
    "POST",
    "/rulebook/backtests",
    scope="admin",
    body=BacktestSchema,
    answer=BacktestAnswerSchema,
    status=202,
    answers={404: "There is no such version."},
    edited=True,
)
def begin(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Try the draft, or an earlier version, on history, as if it had been published then. A draft with problems is
    refused with all of them, and one of another revision than `If-Match` says; two may run at a time.
    """
    row = backtests.begin(
        session,
        caller.community_id,
        by=caller.id,
        since=body.get("from_", 0),
        until=body.get("to"),
        version=body.get("version"),
        revision=expected_revision(),
        gains_only=body["gains_only"],
        note=body["note"],
    )
    return Answer(_shown(session, row), 202)


@resource.operation("GET", "/rulebook/backtests", scope="admin", query=PageQuery, answer=page_of(BacktestAnswerSchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """The back-tests of the last 90 days, 50 at most, the latest first."""
    before = read_place(query["cursor"], str)
    rows = backtests.list_for(session, caller.community_id, before, query["limit"] + 1)
    known = backtests.progress(session, rows)
    return page(rows, query["limit"], lambda row: _told(row, known[row.id]), lambda row: [row.id])


@resource.operation("GET", "/rulebook/backtests/<backtest_id>", scope="admin", answer=WholeBacktestSchema)
def read(session: Session, caller: Caller, backtest_id: str) -> dict[str, Any]:
    """How far it is, and what it says once it is done."""
    row = backtests.get(session, caller.community_id, backtest_id)
    return {**_shown(session, row), "report": row.report and _report(session, caller.community_id, row.report)}


@resource.operation("DELETE", "/rulebook/backtests/<backtest_id>", scope="admin", answer=BacktestAnswerSchema)
def stop(session: Session, caller: Caller, backtest_id: str) -> dict[str, Any]:
    """Stop it. One that has ended stays as it is, and is forgotten in time."""
    return _shown(session, backtests.stop(session, caller.community_id, backtest_id))


@resource.operation(
    "GET",
    "/rulebook/backtests/<backtest_id>/compare",
    scope="admin",
    query=CompareQuery,
    answer=BacktestComparisonSchema,
    answers={409: "One of them is not done."},
)
def compare(session: Session, caller: Caller, backtest_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """What another back-test says would be, against what this one says."""
    return backtests.compare(session, caller.community_id, backtest_id, query["with_"])


def _shown(session: Session, row: BacktestRow) -> dict[str, Any]:
    return _told(row, backtests.progress(session, [row])[row.id])


def _told(row: BacktestRow, progress: Progress) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "version": row.version,
        "drafted": row.drafted,
        "from": moment(row.since) if row.since else None,
        "to": moment(row.until),
        "gains_only": row.gains_only,
        "note": row.note,
        "begun_at": moment(row.begun_at),
        "begun_by": row.begun_by,
        "ended_at": moment(row.ended_at),
        "progress": {"asks_budgets": row.state == backtests.RUNNING and row.round is not None, **progress._asdict()},
        "error": row.error,
    }


def _report(session: Session, community_id: str, report: dict[str, Any]) -> dict[str, Any]:
    """The report with the names that its members have now."""
    moved = [row[sort]["most"] for row in report["points"] for sort in ("gained", "lost")]
    listed = [*moved, *(board["moves"] for board in report["boards"])]
    called = names.shown(session, community_id, {one["member"] for each in listed for one in each}, language())

    def named(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "name": called.get(one["member"], "")} for one in people]

    points = [
        {**row, **{sort: {**row[sort], "most": named(row[sort]["most"])} for sort in ("gained", "lost")}}
        for row in report["points"]
    ]
    boards = [{**board, "moves": named(board["moves"])} for board in report["boards"]]
    through = report["read_through"]
    through = through and {**through, "at": moment(through["at"])}
    return {**report, "points": points, "boards": boards, "read_through": through}
