"""Deliveries: what platforms sent, as it was stored; listed, read and replayed by an admin.

What is shown is the body and the headers that say what it is. Signatures and secret tokens are not stored, so none is
shown.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, moment
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import deliveries
from loyalty.models import Delivery

resource = Resource("deliveries", __name__, "What platforms sent, kept for 35 days.")


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    source = ma.fields.String(
        load_default=None, validate=ma.validate.Length(max=100), metadata={"description": "Of this source alone."}
    )
    state = ma.fields.String(
        load_default=None,
        validate=ma.validate.OneOf(deliveries.STATES),
        metadata={"description": "What became of it: `ignored` said nothing that counts, `failed` could not be read."},
    )


class DeliverySchema(AnswerSchema):
    """One request of a platform."""

    id = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    delivery_id = ma.fields.String(required=True, metadata={"description": "The platform's own name for the request."})
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(deliveries.STATES))
    reason = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What was refused of it, a line each, or why nothing was read in it."},
    )
    attempts = ma.fields.Integer(required=True)
    received_at = ma.fields.DateTime(required=True)
    processed_at = ma.fields.DateTime(required=True, allow_none=True)


class SpokenOfSchema(AnswerSchema):
    """An activity that a delivery spoke of, and what became of it."""

    id = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Null where it was not put on record."}
    )
    href = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The activity as it stands now, with what is booked."}
    )
    activity_key = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    status = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(deliveries.BECAME),
        metadata={
            "description": "`recorded` is new, `changed` a further word about a known activity, `replayed` known "
            "already. The others left nothing behind: `differs` has other content and no higher version, `not_yours` "
            "was first said by somebody else, `refused` is not for this source to say, `too_old` wants an import."
        },
    )
    reason = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Why it left nothing behind, where it did not."}
    )


class WholeDeliverySchema(DeliverySchema):
    """One request of a platform with what was in it."""

    activities = ma.fields.List(
        ma.fields.Nested(SpokenOfSchema),
        required=True,
        metadata={"description": "What it spoke of when it was last read; none before that."},
    )
    headers = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    body = ma.fields.String(
        required=True, metadata={"description": "As text; bytes that are no UTF-8, and U+0000, show as U+FFFD."}
    )
    body_sha256 = ma.fields.String(required=True, metadata={"description": "Of the raw bytes."})


@resource.operation("GET", "/deliveries", scope="admin", query=DeliveryQuery, answer=page_of(DeliverySchema))
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What platforms sent, the newest first."""
    rows = deliveries.list_for(
        session,
        caller.community_id,
        query["source"],
        query["state"],
        read_place(query["cursor"], str),
        query["limit"] + 1,
    )
    return page(rows, query["limit"], _shown, lambda row: [row.id])


@resource.operation("GET", "/deliveries/<delivery_id>", scope="admin", answer=WholeDeliverySchema)
def read(session: Session, caller: Caller, delivery_id: str) -> dict[str, Any]:
    """One delivery with its headers and body, and what became of each activity that it spoke of."""
    row = deliveries.get(session, caller.community_id, delivery_id)
    return _shown(row) | {
        "activities": [_spoken_of(one) for one in row.activities],
        "headers": row.headers,
        "body": row.raw.decode("utf-8", "replace").replace("\0", "\ufffd"),
        "body_sha256": sha256(row.raw).hexdigest(),
    }


@resource.operation(
    "POST", "/deliveries/<delivery_id>/replay", scope="admin", answer=DeliverySchema, status=202, by_nature=True
)
def replay(session: Session, caller: Caller, delivery_id: str) -> Answer:
    """Read and record it once more, by the worker. What it said is named by its own keys, so nothing counts twice."""
    return Answer(_shown(deliveries.replay(session, caller.community_id, delivery_id)), 202)


def _spoken_of(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"],
        "href": None if one["id"] is None else f"/v1/activities/{one['id']}",
        "activity_key": one["key"],
        "kind": one["kind"],
        "status": one["status"],
        "reason": one["why"],
    }


def _shown(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": row.source_id,
        "delivery_id": row.delivery_id,
        "state": row.state,
        "reason": row.error,
        "attempts": row.attempts,
        "received_at": moment(row.received_at),
        "processed_at": moment(row.processed_at),
    }
