"""Publications: a rulebook put in force, how far members were brought up to it, and taking it back.

Where the community asks for a second person, a publication, and taking one back, is a proposal until somebody else
approves it. To make one person enough is one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, Flag, Moment, RequestSchema, WholeNumber, moment, text_field
from api.operations import Answer, Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import governing, proposals, publications, rulebook, walks
from loyalty.errors import NotFound
from loyalty.models import Proposal, Publication
from loyalty.proposals import People
from loyalty.walks import Progress

resource = Resource("publications", __name__, "Rulebooks in force through time, and taking them back.")


class PublicationSchema(RequestSchema):
    """What to put in force, and how it counts in time."""

    version = WholeNumber(
        validate=ma.validate.Range(1, 2**31 - 1), metadata={"description": "An earlier version; absent: the draft."}
    )
    mode = ma.fields.String(validate=ma.validate.OneOf(governing.MODES), load_default="prospective")
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


class FewerSchema(RequestSchema):
    """How few people are to be enough."""

    approvals = WholeNumber(
        required=True,
        validate=ma.validate.Range(1, publications.TWO - 1),
        metadata={"description": "People it is to take to publish."},
    )
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
    """A version in force from an instant on; `published`, or `reverted` since. A proposal has no number yet; one of the
    mode `approvals` never gets one, and is `approved` in the end.
    """

    id = ma.fields.String(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf([*proposals.STATES, "published", "reverted"]))
    number = ma.fields.Integer(required=True, allow_none=True)
    version = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "null: the draft, as it was."})
    draft_revision = ma.fields.Integer(required=True, allow_none=True)
    mode = ma.fields.String(required=True)
    effective_from = ma.fields.DateTime(required=True, allow_none=True)
    gains_only = ma.fields.Boolean(required=True)
    reverts = ma.fields.String(required=True, allow_none=True, metadata={"description": "What it takes back."})
    approvals = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many people it is to take from then on."}
    )
    zone = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    published_at = ma.fields.DateTime(required=True, allow_none=True)
    published_by = ma.fields.String(required=True, allow_none=True)
    proposed_by = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "null: it took one person alone."}
    )
    decided_by = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Who approved or rejected what another proposed."}
    )
    walk = ma.fields.Nested(WalkSchema, required=True, allow_none=True)


_PAGE = page_of(PublishedSchema)
_ONE = "/rulebook/publications/<publication_id>"


@resource.operation("GET", "/rulebook/publications", scope="read", query=PageQuery, answer=_PAGE)
def list_all(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What was put in force and when, the first one first."""
    after = read_place(query["cursor"], int) or 0
    rows = rulebook.publications(session, caller.community_id, after, query["limit"] + 1)
    shown = _published(session, caller.community_id, rows)
    return page(rows, query["limit"], lambda row: shown[row.id], lambda row: [row.number])


@resource.operation("GET", "/rulebook/proposals", scope="read", query=PageQuery, answer=_PAGE)
def list_proposals(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """What waits for a second person, the oldest first."""
    after = read_place(query["cursor"], str) or ""
    rows = proposals.waiting(session, caller.community_id, after, query["limit"] + 1)
    return page(rows, query["limit"], _proposed, lambda row: [row.id])


@resource.operation(
    "POST",
    "/rulebook/publications",
    scope="admin",
    body=PublicationSchema,
    answer=PublishedSchema,
    status=201,
    answers={202: "Proposed: somebody else has to approve it.", 404: "There is no such version."},
    edited=True,
)
def publish(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Put the draft, or an earlier version, in force. A draft with problems is refused with all of them, and one of
    another revision than `If-Match` says: what is published is what you read.

    A community that asks for a second person gets a proposal of exactly this, whatever becomes of the draft.
    """
    row = proposals.publish(
        session,
        caller.community_id,
        by=caller.id,
        version=body.get("version"),
        revision=expected_revision(),
        mode=body["mode"],
        start=body.get("from_"),
        gains_only=body["gains_only"],
        note=body["note"],
    )
    return _answer(session, row)


@resource.operation("GET", _ONE, scope="read", answer=PublishedSchema)
def read(session: Session, caller: Caller, publication_id: str) -> dict[str, Any]:
    """One publication or proposal, and how far members were brought up to it."""
    try:
        return _shown(session, publications.get(session, caller.community_id, publication_id))
    except NotFound:
        return _shown(session, proposals.get(session, caller.community_id, publication_id))


@resource.operation(
    "POST",
    f"{_ONE}/revert",
    scope="admin",
    body=WhySchema,
    answer=PublishedSchema,
    status=201,
    answers={202: "Proposed: somebody else has to approve it."},
)
def revert(session: Session, caller: Caller, publication_id: str, body: dict[str, Any]) -> Answer:
    """Take a publication back, to the point; or take that back, which puts it in force again.

    A community that asks for a second person gets a proposal of it.
    """
    row = proposals.revert(session, caller.community_id, publication_id, by=caller.id, note=body["note"])
    return _answer(session, row)


@resource.operation("POST", "/rulebook/proposals", scope="admin", body=FewerSchema, answer=PublishedSchema, status=202)
def lower_approvals(session: Session, caller: Caller, body: dict[str, Any]) -> Answer:
    """Propose that one person is enough to publish: where it takes two, two have to agree to that.

    What is published or taken back is proposed by doing it.
    """
    row = proposals.lower_approvals(session, caller.community_id, body["approvals"], by=caller.id, note=body["note"])
    return _answer(session, row)


@resource.operation("POST", f"{_ONE}/approve", scope="admin", answer=PublishedSchema, status=201)
def approve(session: Session, caller: Caller, publication_id: str) -> Answer:
    """Carry a proposal out. It takes a key that somebody else answers for."""
    row = proposals.approve(session, caller.community_id, publication_id, caller.id)
    return Answer(_shown(session, row), 201)


@resource.operation("POST", f"{_ONE}/reject", scope="admin", body=WhySchema, answer=PublishedSchema)
def reject(session: Session, caller: Caller, publication_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Turn a proposal down, or take one's own back."""
    return _proposed(proposals.reject(session, caller.community_id, publication_id, caller.id, body["note"]))


def _answer(session: Session, row: Publication | Proposal) -> Answer:
    return Answer(_shown(session, row), 202 if isinstance(row, Proposal) else 201)


def _shown(session: Session, row: Publication | Proposal) -> dict[str, Any]:
    return _proposed(row) if isinstance(row, Proposal) else _published(session, row.community_id, [row])[row.id]


def _published(session: Session, community_id: str, rows: Sequence[Publication]) -> dict[str, dict[str, Any]]:
    """The publications by id, as they are shown."""
    undone = governing.undone(rulebook.publications(session, community_id))
    ids = [row.id for row in rows]
    progress, agreed = walks.progress(session, ids), proposals.people(session, ids)
    return {row.id: _put(row, row.id in undone, progress[row.id], agreed.get(row.id, People())) for row in rows}


def _put(row: Publication, undone: bool, walk: Progress, agreed: People) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": "reverted" if undone else "published",
        "number": row.number,
        "version": row.version,
        "draft_revision": None,
        "mode": row.mode,
        "effective_from": moment(row.effective_from),
        "gains_only": row.gains_only,
        "reverts": row.reverts,
        "approvals": None,
        "zone": row.zone,
        "note": row.note,
        "published_at": moment(row.published_at),
        "published_by": row.published_by,
        **agreed._asdict(),
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
        "reverts": row.reverts,
        "approvals": row.approvals,
        "zone": None,
        "note": row.note,
        "published_at": None,
        "published_by": None,
        "proposed_by": row.proposed_by,
        "decided_by": row.decided_by,
        "walk": None,
    }
