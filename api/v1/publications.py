"""Publications: a rulebook put in force, how far members were brought up to it, and taking it back.

Where the community asks for a second person, a publication is a proposal until somebody else approves it.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, Flag, Moment, RequestSchema, WholeNumber, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_cursor
from loyalty import proposals, publications, rulebook, walks
from loyalty.errors import NotFound
from loyalty.models import Proposal, Publication
from loyalty.walks import Progress

resource = Resource("publications", __name__, "Rulebooks in force through time, and taking them back.")


class PublicationSchema(RequestSchema):
    """What to put in force, and how it counts in time."""

    version = WholeNumber(
        validate=ma.validate.Range(1, 2**31 - 1), metadata={"description": "An earlier version; absent: the draft."}
    )
    mode = ma.fields.String(validate=ma.validate.OneOf(rulebook.MODES), load_default="prospective")
    from_ = Moment(
        data_key="from", metadata={"description": "For the mode `from`: the instant from which on it counts."}
    )
    gains_only = Flag(
        load_default=False,
        metadata={"description": "Nobody loses by it: what a member would have lost is kept. For what counts back."},
    )
    note = text_field("Why.", 500, load_default="")


class WhySchema(RequestSchema):
    """Why."""

    note = text_field("Why.", 500, load_default="")


class WalkSchema(AnswerSchema):
    """How far members were brought up to it. Who takes part in something meanwhile is brought up at once."""

    state = ma.fields.String(required=True, validate=ma.validate.OneOf(walks.STATES))
    done = ma.fields.Integer(required=True)
    total = ma.fields.Integer(required=True, metadata={"description": "Members; 0 until it is prepared."})
    broken = ma.fields.Integer(required=True, metadata={"description": "Could not be folded; tried again by itself."})
    begun_at = ma.fields.DateTime(required=True, allow_none=True)
    ended_at = ma.fields.DateTime(required=True, allow_none=True)


class PublishedSchema(AnswerSchema):
    """A version in force from an instant on; `published`, or `reverted` since. A proposal has no number yet."""

    id = ma.fields.String(required=True)
    state = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["proposed", "rejected", "published", "reverted"])
    )
    number = ma.fields.Integer(required=True, allow_none=True)
    version = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "null: the draft, as it was."})
    draft_revision = ma.fields.Integer(required=True, allow_none=True)
    mode = ma.fields.String(required=True)
    effective_from = ma.fields.DateTime(required=True, allow_none=True)
    gains_only = ma.fields.Boolean(required=True)
    reverts = ma.fields.String(required=True, allow_none=True, metadata={"description": "What it takes back."})
    zone = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    published_at = ma.fields.DateTime(required=True, allow_none=True)
    published_by = ma.fields.String(required=True, allow_none=True)
    proposed_by = ma.fields.String(required=True, allow_none=True)
    decided_by = ma.fields.String(required=True, allow_none=True)
    walk = ma.fields.Nested(WalkSchema, required=True, allow_none=True)


_PAGE = page_of(PublishedSchema)
_ONE = "/rulebook/publications/<publication_id>"


@resource.operation("GET", "/rulebook/publications", scope="read", query=PageQuery, answer=_PAGE)
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What was put in force and when, the first one first."""
    place = read_cursor(query["cursor"], int)
    after = 0 if place is None else place[0]
    rows = rulebook.publications(session, caller.community_id, after, query["limit"] + 1)
    undone = rulebook.undone(rulebook.publications(session, caller.community_id))
    progress = walks.progress(session, [row.id for row in rows])
    return page(rows, query["limit"], lambda row: _published(row, undone, progress), lambda row: [row.number])


@resource.operation("GET", "/rulebook/proposals", scope="read", query=PageQuery, answer=_PAGE)
def list_proposals(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What waits for a second person, the oldest first."""
    place = read_cursor(query["cursor"], str)
    rows = proposals.waiting(session, caller.community_id, "" if place is None else place[0], query["limit"] + 1)
    return page(rows, query["limit"], _proposed, lambda row: [row.id])


@resource.operation(
    "POST",
    "/rulebook/publications",
    scope="admin",
    body=PublicationSchema,
    answer=PublishedSchema,
    status=201,
    answers={202: "Proposed: somebody else has to approve it.", 404: "There is no such version."},
)
def publish(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Put the draft, or an earlier version, in force. A draft with problems is refused with all of them.

    A community that asks for a second person gets a proposal of exactly this, whatever becomes of the draft.
    """
    row = proposals.publish(
        session,
        caller.community_id,
        by=caller.id,
        version=body.get("version"),
        mode=body["mode"],
        start=body.get("from_"),
        gains_only=body["gains_only"],
        note=body["note"],
    )
    return Answer(_proposed(row), 202) if isinstance(row, Proposal) else Answer(_one(session, row), 201)


@resource.operation("GET", _ONE, scope="read", answer=PublishedSchema)
def read(session: Session, caller: Caller, publication_id: str) -> dict[str, Any]:
    """One publication or proposal, and how far members were brought up to it."""
    try:
        return _one(session, publications.get(session, caller.community_id, publication_id))
    except NotFound:
        return _proposed(proposals.get(session, caller.community_id, publication_id))


@resource.operation("POST", f"{_ONE}/revert", scope="admin", body=WhySchema, answer=PublishedSchema, status=201)
def revert(session: Session, caller: Caller, publication_id: str, body: dict[str, Any]) -> Answer:
    """Take a publication back, to the point; or take that back, which puts it in force again."""
    row = publications.revert(session, caller.community_id, publication_id, by=caller.id, note=body["note"])
    return Answer(_one(session, row), 201)


@resource.operation("POST", f"{_ONE}/approve", scope="admin", answer=PublishedSchema, status=201)
def approve(session: Session, caller: Caller, publication_id: str) -> Answer:
    """Put a proposal in force. It takes a key that somebody else answers for."""
    return Answer(_one(session, proposals.approve(session, caller.community_id, publication_id, caller.id)), 201)


@resource.operation("POST", f"{_ONE}/reject", scope="admin", body=WhySchema, answer=PublishedSchema)
def reject(session: Session, caller: Caller, publication_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Turn a proposal down, or take one's own back."""
    return _proposed(proposals.reject(session, caller.community_id, publication_id, caller.id, body["note"]))


def _one(session: Session, row: Publication) -> dict[str, Any]:
    undone = rulebook.undone(rulebook.publications(session, row.community_id))
    return _published(row, undone, walks.progress(session, [row.id]))


def _published(row: Publication, undone: set[str], progress: dict[str, Progress]) -> dict[str, Any]:
    walk = progress[row.id]
    return {
        "id": row.id,
        "state": "reverted" if row.id in undone else "published",
        "number": row.number,
        "version": row.version,
        "draft_revision": None,
        "mode": row.mode,
        "effective_from": moment(row.effective_from),
        "gains_only": row.gains_only,
        "reverts": row.reverts,
        "zone": row.zone,
        "note": row.note,
        "published_at": moment(row.published_at),
        "published_by": row.published_by,
        "proposed_by": None,
        "decided_by": None,
        "walk": walk._asdict() | {"begun_at": moment(walk.begun_at), "ended_at": moment(walk.ended_at)},
    }


def _proposed(row: Proposal) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "number": None,
        "version": row.version,
        "draft_revision": row.revision,
        "mode": row.mode,
        "effective_from": moment(row.starts_at),
        "gains_only": row.gains_only,
        "reverts": None,
        "zone": None,
        "note": row.note,
        "published_at": None,
        "published_by": None,
        "proposed_by": row.proposed_by,
        "decided_by": row.decided_by,
        "walk": None,
    }
