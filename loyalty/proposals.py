"""Proposals: where a community wants two people to agree before a rulebook is put in force, or taken back.

A proposal holds exactly what was asked for: whatever becomes of the draft meanwhile, that is what is approved. Who
approves answers for another key than who proposed. Approved, it becomes the publication of its own id. That one person
is enough from now on takes two as well; else the second one could be done away with by the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import audit, clock, communities, drafts, ids, keys, publications, rulebook
from loyalty.errors import Conflict, Forbidden, NotFound
from loyalty.governing import PROSPECTIVE, REVERT
from loyalty.models import Community, Proposal, Publication
from rules_engine.errors import Sentence

PROPOSED, APPROVED, REJECTED = STATES = ("proposed", "approved", "rejected")
APPROVALS = "approvals"
"""The mode of a proposal that becomes no publication: it says how many people it takes from then on."""


class People(NamedTuple):
    """The keys of the two who agreed; none where one person was enough."""

    proposed_by: str | None = None
    decided_by: str | None = None


def publish(
    session: Session,
    community_id: str,
    *,
    by: str,
    version: int | None = None,
    revision: int | None = None,
    mode: str = PROSPECTIVE,
    start: int | None = None,
    gains_only: bool = False,
    note: str = "",
) -> Publication | Proposal:
    """Put in force what `publications.publish` takes, or propose it where this community wants a second person to
    agree. Raises what that raises.
    """
    if not _takes_two(session, community_id):
        return publications.publish(
            session,
            community_id,
            by=by,
            version=version,
            revision=revision,
            mode=mode,
            start=start,
            gains_only=gains_only,
            note=note,
        )
    effective_from = publications.effective(mode, start, gains_only)
    wanted = Proposal(version=version, mode=mode, starts_at=start, gains_only=gains_only)
    if version is None:
        draft = drafts.checked(session, community_id, revision)
        document = wanted.document = draft.document
        wanted.revision = draft.revision
    else:
        document = rulebook.get_version(session, community_id, version).document
    publications.check_news(session, community_id, document, mode, effective_from, gains_only)
    return _propose(session, community_id, wanted, by, note)


def revert(
    session: Session, community_id: str, publication_id: str, *, by: str, note: str = ""
) -> Publication | Proposal:
    """Take a publication back, or propose it where this community wants a second person to agree. Raises what
    `publications.revert` raises.
    """
    if not _takes_two(session, community_id):
        return publications.revert(session, community_id, publication_id, by=by, note=note)
    former = publications.reversible(session, community_id, publication_id)
    return _propose(session, community_id, Proposal(version=former.version, mode=REVERT, reverts=former.id), by, note)


def lower_approvals(session: Session, community_id: str, approvals: int, *, by: str, note: str = "") -> Proposal:
    """Propose that so many people are enough to publish from then on. Raises what `communities.check_fewer` does."""
    communities.check_fewer(communities.get(session, community_id), approvals)
    return _propose(session, community_id, Proposal(mode=APPROVALS, approvals=approvals), by, note)


def approve(session: Session, community_id: str, proposal_id: str, by: str) -> Publication | Proposal:
    """Carry a proposal out: answers the publication that it becomes, if it becomes one. Raises `NotFound`, `Conflict`
    (`already_decided`, and what stands against it by now), `Forbidden` (`same_person`) for who answers for the key that
    proposed it, and `Invalid` (`rulebook_refused`) where the document is none by now.
    """
    row = _open(session, community_id, proposal_id)
    if keys.owner(session, community_id, by) == keys.owner(session, community_id, row.proposed_by):
        raise Forbidden("same_person", Sentence("Somebody else has to approve it: you answer for the key that asked."))
    _decide(session, row, APPROVED, by)
    if row.approvals is not None:
        communities.lower_approvals(session, community_id, row.approvals, row.proposed_by)
        return row
    if row.reverts is not None:
        return publications.revert(
            session, community_id, row.reverts, by=row.proposed_by, note=row.note, approved=row.id
        )
    if row.document is not None:
        drafts.check_publishable(session, community_id, row.document)
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


def people(session: Session, publication_ids: Sequence[str]) -> dict[str, People]:
    """Who proposed and who approved these publications; those that it took one person for are not among them."""
    query = select(Proposal.id, Proposal.proposed_by, Proposal.decided_by).where(Proposal.id.in_(publication_ids))
    return {publication: People(*both) for publication, *both in session.execute(query)}


def _takes_two(session: Session, community_id: str) -> bool:
    return session.get_one(Community, community_id, populate_existing=True).approvals >= publications.TWO


def _propose(session: Session, community_id: str, row: Proposal, by: str, note: str) -> Proposal:
    """Write down what is proposed."""
    row.id, row.community_id, row.state, row.note = ids.new("pub"), community_id, PROPOSED, note
    row.proposed_at, row.proposed_by = clock.now(), by
    session.add(row)
    session.flush()
    audit.note(session, community_id, by, f"{_noun(row)}.{PROPOSED}", row.id, None, _told(row), note)
    return row


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
    audit.note(session, row.community_id, by, f"{_noun(row)}.{state}", row.id, *told, why)


def _noun(row: Proposal) -> str:
    """What the audit log calls it."""
    return "publication" if row.approvals is None else "approvals"


def _told(row: Proposal) -> dict[str, object]:
    if row.approvals is not None:
        return {"approvals": row.approvals}
    if row.reverts is not None:
        return {"mode": row.mode, "reverts": row.reverts}
    return {
        "version": row.version,
        "draft_revision": row.revision,
        "mode": row.mode,
        "from": None if row.starts_at is None else clock.to_rfc3339(row.starts_at),
        "gains_only": row.gains_only,
    }
