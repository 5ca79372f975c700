"""Proposals: where a community wants two people to agree before a rulebook is put in force.

A proposal holds exactly what was asked for: whatever becomes of the draft meanwhile, that is what is approved. Who
approves answers for another key than who proposed. Approved, it becomes the publication of its own id.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import audit, clock, ids, keys, publications, rulebook
from loyalty.errors import Conflict, Forbidden, NotFound
from loyalty.models import Community, Proposal, Publication
from loyalty.rulebook import PROSPECTIVE
from rules_engine.errors import Sentence

PROPOSED, APPROVED, REJECTED = STATES = ("proposed", "approved", "rejected")


def publish(
    session: Session,
    community_id: str,
    *,
    by: str,
    version: int | None = None,
    mode: str = PROSPECTIVE,
    start: int | None = None,
    gains_only: bool = False,
    note: str = "",
) -> Publication | Proposal:
    """Put in force what `publications.publish` takes, or propose it where this community wants a second person to
    agree. Raises what that raises.
    """
    if session.get_one(Community, community_id, populate_existing=True).approvals < publications.TWO:
        return publications.publish(
            session, community_id, by=by, version=version, mode=mode, start=start, gains_only=gains_only, note=note
        )
    publications.effective(mode, start, gains_only)
    document = revision = None
    if version is None:
        draft, _ = rulebook.checked_draft(session, community_id)
        document, revision = draft.document, draft.revision
    else:
        rulebook.get_version(session, community_id, version)
    row = Proposal(
        id=ids.new("pub"),
        community_id=community_id,
        state=PROPOSED,
        document=document,
        revision=revision,
        version=version,
        mode=mode,
        starts_at=start,
        gains_only=gains_only,
        note=note,
        proposed_at=clock.now(),
        proposed_by=by,
    )
    session.add(row)
    session.flush()
    audit.note(session, community_id, by, "publication.proposed", row.id, None, _told(row), note)
    return row


def approve(session: Session, community_id: str, proposal_id: str, by: str) -> Publication:
    """Put a proposal in force. Raises `NotFound`, `Conflict` (`already_decided`), `Forbidden` (`same_person`) for who
    answers for the key that proposed it, and `Refused` where the document is none by now.
    """
    row = _open(session, community_id, proposal_id)
    if keys.owner(session, community_id, by) == keys.owner(session, community_id, row.proposed_by):
        raise Forbidden("same_person", Sentence("Somebody else has to approve it: you answer for the key that asked."))
    _decide(session, row, APPROVED, by)
    if row.document is not None:
        rulebook.checked(session, community_id, row.document)
    return publications.publish(
        session,
        community_id,
        by=row.proposed_by,
        version=row.version,
        mode=row.mode,
        start=row.starts_at,
        gains_only=row.gains_only,
        note=row.note,
        document=row.document,
        approved=row.id,
    )


def reject(session: Session, community_id: str, proposal_id: str, by: str, why: str = "") -> Proposal:
    """Turn a proposal down, or take one's own back. Raises `NotFound` and `Conflict` (`already_decided`)."""
    row = _open(session, community_id, proposal_id)
    _decide(session, row, REJECTED, by, why)
    return row


def get(session: Session, community_id: str, proposal_id: str) -> Proposal:
    """One proposal. Raises `NotFound`."""
    row = session.get(Proposal, proposal_id)
    if row is None or row.community_id != community_id:
        raise NotFound("publication_not_found", Sentence("There is no such publication."))
    return row


def waiting(session: Session, community_id: str, after: str = "", limit: int = 50) -> Sequence[Proposal]:
    """The proposals after the one with that id which nobody has decided yet, the oldest first."""
    query = select(Proposal).where(
        Proposal.community_id == community_id, Proposal.state == PROPOSED, Proposal.id > after
    )
    return session.scalars(query.order_by(Proposal.id).limit(limit)).all()


def _open(session: Session, community_id: str, proposal_id: str) -> Proposal:
    """A proposal that waits, as nobody else decides it until the commit."""
    row = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
    if row is not None and row.community_id == community_id and row.state == PROPOSED:
        return row
    if row is None or row.community_id != community_id:
        publications.get(session, community_id, proposal_id)
    raise Conflict("already_decided", Sentence("This was decided already: it is in force, or was turned down."))


def _decide(session: Session, row: Proposal, state: str, by: str, why: str = "") -> None:
    row.state, row.decided_at, row.decided_by = state, clock.now(), by
    session.flush()
    told = {"state": PROPOSED}, {"state": state}
    audit.note(session, row.community_id, by, f"publication.{state}", row.id, *told, why)


def _told(row: Proposal) -> dict[str, object]:
    return {
        "version": row.version,
        "draft_revision": row.revision,
        "mode": row.mode,
        "from": None if row.starts_at is None else clock.to_rfc3339(row.starts_at),
        "gains_only": row.gains_only,
    }
