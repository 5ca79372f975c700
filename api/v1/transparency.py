"""The transparency report: what was looked at, how it ended, and how long it took; never about whom."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, Moment, RequestSchema, moment
from api.operations import Resource
from loyalty import clock, transparency
from rules_engine.errors import Sentence

resource = Resource("transparency", __name__, "What was looked at in the community, in numbers.")
_QUARTER = 92 * clock.DAY


class ReportQuery(RequestSchema):
    """Of which time."""

    from_ = Moment(data_key="from", metadata={"description": "From this instant on; absent: 92 days before `to`."})
    to = Moment(metadata={"description": "Until before this instant; absent: now."})

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("from_", 0) > data.get("to", clock.now()):
            raise ma.ValidationError(Sentence("the time ends before it begins"), "from_")


class ReportSchema(AnswerSchema):
    """What was opened in that time, and what became of it."""

    from_ = ma.fields.DateTime(required=True, data_key="from")
    to = ma.fields.DateTime(required=True)
    cases = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer()),
        required=True,
        metadata={"description": "By kind (appeals are one), then by outcome; `open`: not decided yet."},
    )
    breaches = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer()),
        required=True,
        metadata={"description": "By severity: `confirmed`, and how many of those were `lifted`."},
    )
    median_seconds = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        required=True,
        metadata={"description": "By kind of case: how long half of them waited at most."},
    )


@resource.operation("GET", "/transparency", scope="read", members=True, query=ReportQuery, answer=ReportSchema)
def read(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What was looked at in a time, in numbers."""
    until = query.get("to", clock.now())
    since = query.get("from_", max(until - _QUARTER, 0))
    found = transparency.report(session, caller.community_id, since, until)
    return {
        "from": moment(since),
        "to": moment(until),
        "cases": found.cases,
        "breaches": found.breaches,
        "median_seconds": {kind: waited // clock.SECOND for kind, waited in found.median.items()},
    }
