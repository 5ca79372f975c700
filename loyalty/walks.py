"""Walks: every member is brought up to a publication in the background, part by part of the community.

How far a walk came stands in the database and moves on in the transaction that brings the members of a page up, so that
it can be killed anywhere, by any number of workers, and goes on from there. It tells nobody of single members: who
listens hears that a publication began and that its walk ended, and boards change over then. Who cannot be folded is
counted and left behind; the clock tries again. Whoever is met meets every publication there is: so while one is being
prepared, no walk of its community goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from loyalty import clock, locks, notices, partitions, rulebook, settlement
from loyalty.models import Publication, StandingRow, Walk, WalkPart

WAITING, PREPARING, WALKING, DONE = STATES = ("waiting", "preparing", "walking", "done")
"""Its publication is still to begin; what all members have in common is worked out; on its way; everyone was met."""
PARTS = 8
PAGE = 100
LEASE = 15 * clock.SECOND
"""So long nobody else takes what somebody claimed; what takes longer is done twice, which does no harm."""


class Progress(NamedTuple):
    """How far a walk came: `done` of `total` members, of whom `broken` could not be folded."""

    state: str
    done: int
    total: int
    broken: int
    begun_at: int | None
    ended_at: int | None


class Part(NamedTuple):
    """One range of a walk's members, which one worker at a time goes through."""

    community_id: str
    publication_id: str
    part: int


def expect(session: Session, publication: Publication) -> None:
    """Have a walk begin when the publication does."""
    community, due_at = publication.community_id, publication.effective_from
    session.add(Walk(publication_id=publication.id, community_id=community, state=WAITING, due_at=due_at))
    session.flush()


def call_off(session: Session, publication_ids: Collection[str]) -> None:
    """The walks to these publications, which were called off before they began, are done: there is nothing to meet."""
    waiting = (Walk.publication_id.in_(publication_ids), Walk.state == WAITING)
    session.execute(update(Walk).where(*waiting).values(state=DONE, ended_at=clock.now()))


def unfinished(session: Session) -> Sequence[str]:
    """The publications whose walks have work to do now, the oldest first."""
    query = select(Walk.publication_id).where(Walk.state != DONE, Walk.due_at <= clock.now())
    return session.scalars(query.order_by(Walk.due_at, Walk.publication_id)).all()


def begin(session: Session, publication_id: str) -> bool:
    """Begin a walk that waits, and take what is to be prepared; false where that is done, or somebody is at it."""
    walk, now = _locked(session, publication_id), clock.now()
    if walk.state == WAITING:
        walk.state, walk.begun_at = PREPARING, now
    if walk.state != PREPARING or (walk.claimed_until is not None and walk.claimed_until >= now):
        return False
    walk.claimed_until = now + LEASE
    session.flush()
    return True


def keep(session: Session, publication_id: str) -> None:
    """Whoever prepares a walk is still at it."""
    _locked(session, publication_id).claimed_until = clock.now() + LEASE
    session.flush()


def of_community(session: Session, publication_id: str) -> str:
    """The community that a walk goes through."""
    return session.get_one(Walk, publication_id).community_id


def set_out(session: Session, publication_id: str) -> None:
    """All that comes before the first member is prepared: cut the community into parts, and go; once, whoever asks."""
    walk = _locked(session, publication_id)
    if walk.state != PREPARING:
        return
    for number, one in enumerate(partitions.cut(session, walk.community_id, PARTS)):
        part = WalkPart(
            publication_id=publication_id, part=number, after=one.after, until=one.until, total=one.members, done=0
        )
        session.add(part)
    walk.state = WALKING
    session.flush()


def open_parts(session: Session, publication_id: str) -> list[Part]:
    """The parts of a walk that are not through, and that nobody is at work on."""
    query = (
        select(Walk.community_id, WalkPart.publication_id, WalkPart.part)
        .join(Walk, Walk.publication_id == WalkPart.publication_id)
        .where(WalkPart.publication_id == publication_id, WalkPart.after < WalkPart.until)
        .where((WalkPart.claimed_until.is_(None)) | (WalkPart.claimed_until < clock.now()))
        .order_by(WalkPart.part)
    )
    return [Part._make(row) for row in session.execute(query)]


def claim(session: Session, part: Part) -> bool:
    """Take the part; false where somebody else is at work on it."""
    now = clock.now()
    free = (WalkPart.claimed_until.is_(None)) | (WalkPart.claimed_until < now)
    return _write(session, part, free, claimed_until=now + LEASE)


def release(session: Session, part: Part) -> None:
    """Let somebody else go on."""
    _write(session, part, claimed_until=None)


def close(session: Session, part: Part) -> None:
    """Nobody is left in the part."""
    _write(session, part, after=WalkPart.until, claimed_until=None)


def page(session: Session, part: Part, limit: int = PAGE) -> list[str] | None:
    """The next members of the part, in the order of their ids, none where it is through; None while it has to wait."""
    if _waits(session, part.community_id):
        return None
    query = (
        select(StandingRow.member_id)
        .join(WalkPart, (StandingRow.member_id > WalkPart.after) & (StandingRow.member_id <= WalkPart.until))
        .where(*_of(part), StandingRow.community_id == part.community_id)
        .order_by(StandingRow.member_id)
        .limit(limit)
    )
    return list(session.scalars(query))


def meet(session: Session, part: Part, members: Sequence[str]) -> list[str]:
    """Bring the members of a page up, and move on, unless it has to wait by now. Answers those whose history is too
    long for one transaction: the part moves on when they are settled.
    """
    locks.guard(session, part.community_id)
    if _waits(session, part.community_id):
        return []
    count = rulebook.book(session, part.community_id).count
    # What was overtaken before it began, and begins after all, was met by the idle in number alone.
    due_at = session.get_one(Walk, part.publication_id).due_at
    unmet = (StandingRow.publications < count) | (StandingRow.changed_at < due_at)
    behind = session.scalars(select(StandingRow.member_id).where(StandingRow.member_id.in_(members), unmet)).all()
    settlement.reconcile(session, part.community_id, behind, quiet=True)
    waits = StandingRow.stale_at.is_not(None) | StandingRow.settling_at.is_not(None)
    long = session.scalars(select(StandingRow.member_id).where(StandingRow.member_id.in_(behind), waits)).all()
    if not long:
        move_on(session, part, members)
    return list(long)


def move_on(session: Session, part: Part, members: Sequence[str], *, broken: bool = False) -> None:
    """These members of a page were met, or left behind. Said again, it changes nothing."""
    _write(
        session,
        part,
        WalkPart.after < members[-1],
        after=members[-1],
        done=WalkPart.done + len(members),
        broken=WalkPart.broken + int(broken),
        claimed_until=clock.now() + LEASE,
    )


def end(session: Session, publication_id: str) -> bool:
    """End a walk whose parts are all through, and tell; false where there is more to do, or it was told already."""
    walk = _locked(session, publication_id)
    left = select(WalkPart.part).where(WalkPart.publication_id == publication_id, WalkPart.after < WalkPart.until)
    if walk.state != WALKING or session.scalar(left.limit(1)) is not None:
        return False
    walk.state, walk.ended_at = DONE, clock.now()
    notices.publish(session, notices.RULEBOOK_WALKED, walk.community_id, {"publication": publication_id})
    return True


def progress(session: Session, publication_ids: Sequence[str]) -> dict[str, Progress]:
    """How far the walks of these publications came."""
    parts = (
        select(
            WalkPart.publication_id,
            func.sum(WalkPart.done).label("done"),
            func.sum(WalkPart.total).label("total"),
            func.sum(WalkPart.broken).label("broken"),
        )
        .group_by(WalkPart.publication_id)
        .subquery()
    )
    query = (
        select(
            Walk.publication_id,
            Walk.state,
            func.coalesce(parts.c.done, 0),
            func.coalesce(parts.c.total, 0),
            func.coalesce(parts.c.broken, 0),
            Walk.begun_at,
            Walk.ended_at,
        )
        .outerjoin(parts, parts.c.publication_id == Walk.publication_id)
        .where(Walk.publication_id.in_(publication_ids))
    )
    return {publication: Progress(*rest) for publication, *rest in session.execute(query)}


def under_way(session: Session, community_id: str) -> Sequence[str]:
    """The publications of a community whose walks have begun and not ended, or are due."""
    query = select(Walk.publication_id).where(
        Walk.community_id == community_id, Walk.state != DONE, Walk.due_at <= clock.now()
    )
    return session.scalars(query.order_by(Walk.due_at, Walk.publication_id)).all()


def _waits(session: Session, community_id: str) -> bool:
    """Whether budgets are still to be asked for everyone, in the order of the facts, under some publication."""
    asked = (Walk.community_id == community_id, Walk.state.in_((WAITING, PREPARING)), Walk.due_at <= clock.now())
    return session.scalar(select(Walk.publication_id).where(*asked).limit(1)) is not None


def _locked(session: Session, publication_id: str) -> Walk:
    return session.get_one(Walk, publication_id, with_for_update=True, populate_existing=True)


def _of(part: Part) -> tuple[ColumnElement[bool], ...]:
    return WalkPart.publication_id == part.publication_id, WalkPart.part == part.part


def _write(session: Session, part: Part, *where: ColumnElement[bool], **values: Any) -> bool:
    """Set columns of the part's row, if it is so; whether it was."""
    written = session.execute(
        update(WalkPart).where(*_of(part), *where).values(**values).execution_options(synchronize_session=False)
    )
    return bool(written.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
