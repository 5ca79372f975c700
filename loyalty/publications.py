"""Publications: a version put in force, or taken back, from an instant on.

Nothing that was booked is touched here. A publication changes which rulebook governs which instant, and begins the walk
that brings everyone up to it; who is touched meanwhile is brought up at once. To revert one is a publication as well:
the eras are then as if the other had never been, and the same walk books the difference.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import audit, clock, drafts, governing, ids, locks, notices, rulebook, walks
from loyalty.errors import Conflict, Invalid, NotFound, Problem
from loyalty.governing import ENGINE, FROM, MODES, PROSPECTIVE, RETROACTIVE, REVERT, RULELESS
from loyalty.models import Community, Publication, RulebookVersion, StandingRow
from rules_engine.errors import Sentence
from rules_engine.fold import ENGINE_VERSION

TWO = 2
"""So many people it takes where a community asks for a second pair of eyes."""


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
    document: str | None = None,
    approved: str | None = None,
) -> Publication:
    """Put the draft, an earlier `version` or a checked `document` in force: from now on, `from` the instant `start`, or
    for ever; with `gains_only` nobody loses by it. `approved` is the id of the proposal that two people agreed to.

    Members meet it when they are next touched, and the idle ones by a walk in the background.
    Raises `Conflict` (`no_draft`, `approval_needed`, `nothing_changed`), `Stale` when `revision` is not that of the
    draft, `NotFound` and `Invalid` (`rulebook_refused`, with the problems).
    """
    community = _by_enough(session, community_id, approved)
    effective_from = effective(mode, start, gains_only)
    before = rulebook.in_force(session, community_id)
    if version is not None:
        document = rulebook.get_version(session, community_id, version).document
    elif document is None:
        document = drafts.checked(session, community_id, revision).document
    check_news(session, community_id, document, mode, effective_from, gains_only)
    if version is None:
        version = _add_version(session, community_id, document, by)
    row = put_in_force(
        session,
        community,
        Publication(
            id=approved or ids.new("pub"),
            version=version,
            mode=mode,
            effective_from=effective_from,
            zone=community.zone,
            gains_only=gains_only,
            note=note,
            published_by=by,
        ),
    )
    audit.note(session, community_id, by, "publication.published", row.id, _told(before), _told(row), note)
    return row


def revert(
    session: Session, community_id: str, publication_id: str, *, by: str, note: str = "", approved: str | None = None
) -> Publication:
    """Take a publication back, or put one back by taking its reverting back. `approved` is the id of the proposal that
    two people agreed to. Raises `Conflict` (`approval_needed`), and what `reversible` raises.
    """
    community = _by_enough(session, community_id, approved)
    former = reversible(session, community_id, publication_id)
    row = put_in_force(
        session,
        community,
        Publication(
            id=approved or ids.new("pub"),
            version=former.version,
            mode=REVERT,
            effective_from=former.effective_from,
            zone=community.zone,
            reverts=former.id,
            note=note,
            published_by=by,
        ),
    )
    walks.call_off(session, governing.called_off(rulebook.publications(session, community_id)))
    audit.note(session, community_id, by, "publication.reverted", former.id, _told(former), _told(row), note)
    return row


def reversible(session: Session, community_id: str, publication_id: str) -> Publication:
    """One that can be taken back. Raises `NotFound`, and `Conflict` (`already_reverted`, `not_reversible`)."""
    row = get(session, community_id, publication_id)
    if row.mode in RULELESS:
        raise Conflict(
            "not_reversible",
            Sentence("This one changed no rules: what it did is what the days, or Setia itself, are now. It stays."),
        )
    if row.id in governing.undone(rulebook.publications(session, community_id)):
        raise Conflict("already_reverted", Sentence("This publication was taken back already."))
    return row


def get(session: Session, community_id: str, publication_id: str) -> Publication:
    """One publication. Raises `NotFound`."""
    row = session.get(Publication, publication_id)
    if row is None or row.community_id != community_id:
        raise NotFound("publication_not_found", Sentence("There is no such publication."))
    return row


def put_in_force(session: Session, community: Community, row: Publication) -> Publication:
    """Write the publication as the community's next, and begin its walk; the guard is held alone."""
    community.publications += 1
    rulebook.note_publishing(session)
    row.community_id, row.number = community.id, community.publications
    row.engine_version, row.published_at = ENGINE_VERSION, clock.now()
    session.add(row)
    session.flush()
    walks.expect(session, row)
    told = {"publication": row.id}
    notices.publish(session, notices.RULEBOOK_PUBLISHED, community.id, told, due_at=row.effective_from)
    return row


def adopt_engine(session: Session, community_id: str, by: str) -> bool:
    """Have everyone folded again whom an older engine than this process's folded; once, whoever asks. Answers whether
    that was needed.
    """
    if not _engine_is_newer(session, community_id):
        return False
    community = alone(session, community_id)
    if not _engine_is_newer(session, community_id):
        return False  # another process was faster
    published = rulebook.publications(session, community_id)
    row = Publication(
        id=ids.new("pub"),
        version=governing.version_at(published, clock.now()) or 0,
        mode=ENGINE,
        effective_from=0,
        zone=community.zone,
        note=f"engine {ENGINE_VERSION}",
        published_by=by,
    )
    put_in_force(session, community, row)
    return True


def effective(mode: str, start: int | None, gains_only: bool) -> int:
    """The instant from which on something published now in this mode counts. Raises `Invalid`."""
    now = clock.now()
    if mode not in MODES or (mode == FROM) != (start is not None):
        raise _invalid("/mode", Sentence("one of {modes}; `from` needs an instant", modes=", ".join(MODES)))
    found = {PROSPECTIVE: now, RETROACTIVE: 0}.get(mode, start)
    assert found is not None, "the mode was checked"
    if gains_only and found >= now:
        raise _invalid("/gains_only", Sentence("only what counts backwards can take something away: leave it out here"))
    return found


def check_news(
    session: Session, community_id: str, document: str, mode: str, effective_from: int, gains_only: bool
) -> None:
    """Raises `Conflict` (`nothing_changed`) where what was published last, of what is in effect, says the very same in
    the same way, from the same instant on if not from now on: a second click.
    """
    holding = governing.in_effect(rulebook.publications(session, community_id))
    last = next((row for row in reversed(holding) if row.mode not in RULELESS), None)
    if last is None or (last.mode, last.gains_only) != (mode, gains_only):
        return
    if mode != PROSPECTIVE and last.effective_from != effective_from:
        return
    if rulebook.get_version(session, community_id, last.version).document == document:
        raise Conflict(
            "nothing_changed",
            Sentence("This was published already, as publication {number}: nothing would change.", number=last.number),
        )


def _invalid(pointer: str, detail: Sentence) -> Invalid:
    return Invalid("invalid", Sentence("Say how it counts."), [Problem(pointer, detail)])


def _by_enough(session: Session, community_id: str, approved: str | None) -> Community:
    """The community, alone, where as many people asked for it as it takes. Raises `NotFound` and `Conflict`."""
    community = alone(session, community_id)
    if community.approvals >= TWO and approved is None:
        detail = Sentence("Here a second person has to approve what is published or taken back: propose it.")
        raise Conflict("approval_needed", detail)
    return community


def alone(session: Session, community_id: str) -> Community:
    """The community, in which nobody records or publishes until the commit. Raises `NotFound`."""
    locks.guard(session, community_id, alone=True)
    community = session.get(Community, community_id, with_for_update=True, populate_existing=True)
    if community is None:
        raise NotFound("community_not_found", Sentence("There is no such community."))
    return community


def _engine_is_newer(session: Session, community_id: str) -> bool:
    adopted = select(Publication.id).where(
        Publication.community_id == community_id,
        Publication.mode == ENGINE,
        Publication.engine_version >= ENGINE_VERSION,
    )
    older = select(StandingRow.member_id).where(
        StandingRow.community_id == community_id, StandingRow.engine_version < ENGINE_VERSION
    )
    return session.scalar(adopted.limit(1)) is None and session.scalar(older.limit(1)) is not None


def _add_version(session: Session, community_id: str, document: str, by: str) -> int:
    version = rulebook.next_version(session, community_id)
    session.add(
        RulebookVersion(
            community_id=community_id, version=version, document=document, created_at=clock.now(), created_by=by
        )
    )
    session.flush()
    return version


def _told(row: Publication | None) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "publication": row.id,
        "version": row.version,
        "mode": row.mode,
        "effective_from": clock.to_rfc3339(row.effective_from),
        "reverts": row.reverts,
        "gains_only": row.gains_only,
    }
