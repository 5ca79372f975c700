"""The audit log: who changed what, from what to what, and why."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, moment
from api.operations import Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import audit
from loyalty.models import AuditLine

resource = Resource("audit", __name__, "Who changed what, when and why.")
_NAME = ma.validate.Length(min=1, max=200)


class AuditQuery(PageQuery):
    """Of what."""

    subject = ma.fields.String(
        load_default=None,
        validate=_NAME,
        metadata={"description": "An id or key of what was changed, such as a publication's; `draft` for the draft."},
    )
    actor = ma.fields.String(
        load_default=None,
        validate=_NAME,
        metadata={"description": "Who changed it: a key's id, `member:` and a member's, or `setia`."},
    )


class AuditLineSchema(AnswerSchema):
    """One change. Of `before` and `after` only what differs; null where there was, or is, nothing."""

    id = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)
    actor = ma.fields.String(required=True)
    action = ma.fields.String(required=True, metadata={"description": "Such as `publication.reverted`."})
    subject = ma.fields.String(required=True)
    before = ma.fields.Dict(required=True, allow_none=True)
    after = ma.fields.Dict(required=True, allow_none=True)
    why = ma.fields.String(required=True)


@resource.operation("GET", "/audit", scope="admin", query=AuditQuery, answer=page_of(AuditLineSchema))
def read(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What was changed in the community, the latest first."""
    rows = audit.lines(
        session,
        caller.community_id,
        subject=query["subject"],
        by=query["actor"],
        before=read_place(query["cursor"], str),
        limit=query["limit"] + 1,
    )
    return page(rows, query["limit"], _line, lambda row: [row.id])


def _line(row: AuditLine) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": moment(row.at),
        "actor": row.by,
        "action": row.action,
        "subject": row.subject,
        "before": row.before,
        "after": row.after,
        "why": row.why,
    }
