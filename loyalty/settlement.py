"""What is brought forward without a new fact: overdue instants, publications met late, long re-folds.

A long re-fold works in three transactions: it says what it is at work on, folds without any lock, then locks and books,
unless something came between. Killed anywhere, it is begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from loyalty import clock, locks, rulebook, standing_rows, standings, stretches, timelines
from loyalty.models import StandingRow, Walk
from loyalty.standing_rows import Locked
from loyalty.standings import Advanced, Touch
from loyalty.stretches import Stretch, Was
from rules_engine.standing import Standing

Result = TypeVar("Result")
Run = Callable[[Callable[[Session], Result]], Result]
"""Does a piece of work in a transaction of its own, and repeats it after a deadlock."""

GRACE = 10 * clock.MINUTE
"""What is due by time alone waits this long, so that the night's late events are not all slow."""


class Due(NamedTuple):
    """A member for whom time alone did something at `at`."""

    at: int
    member_id: str
    community_id: str


def due(session: Session, now: int, after: Due | None = None, limit: int = 500) -> list[Due]:
    """The next for whom time alone did something by `now`, the longest waiting first, from the one after `after` on."""
    at, member = StandingRow.next_due_at, StandingRow.member_id
    query = select(at, member, StandingRow.community_id).where(at <= now - GRACE).order_by(at, member).limit(limit)
    if after is not None:
        query = query.where(tuple_(at, member) > (after.at, after.member_id))
    return [Due._make(row) for row in session.execute(query)]


def behind(session: Session, community_id: str, after: str, limit: int = 500) -> list[str]:
    """The next members, in the order of their ids, who have not met the publications that count by now."""
    count = rulebook.book(session, community_id).to_be_met_by(clock.now())
    query = (
        select(StandingRow.member_id)
        .where(
            StandingRow.community_id == community_id, StandingRow.member_id > after, StandingRow.publications < count
        )
        .order_by(StandingRow.member_id)
        .limit(limit)
    )
    return list(session.scalars(query))


def left_behind(session: Session, community_id: str) -> bool:
    """Whether somebody has not met a publication that counts, and no walk is on its way to them."""
    walking = select(Walk.publication_id).where(
        Walk.community_id == community_id, Walk.ended_at.is_(None), Walk.due_at <= clock.now()
    )
    return session.scalar(walking.limit(1)) is None and bool(behind(session, community_id, "", 1))


def reconcile(
    session: Session, community_id: str, members: Collection[str], as_of: int | None = None, *, quiet: bool = False
) -> dict[str, Advanced]:
    """Bring members up to `as_of` (now): what time alone did, and publications they have not met. Answers what became
    of those there are. `quiet`: the caller tells of them all together, and settles those whose histories are long.
    """
    locks.guard(session, community_id)
    locked = standing_rows.lock(session, community_id, members)
    touches = {member: Touch() for member in locked}
    as_of = clock.now() if as_of is None else as_of
    return standings.advance(session, community_id, locked, touches, as_of, quiet=quiet)


def bring_up(session: Session, community_id: str, member_id: str) -> Standing | None:
    """A member's standing, locked, where time and every publication that counts by now have done what they do, however
    long the history: else what is recorded next would wait with it. None where there is no such member.
    """
    advanced = reconcile(session, community_id, [member_id]).get(member_id)
    if advanced is None:
        return None
    if not advanced.settled:
        settle_at_once(session, community_id, member_id)
        advanced = reconcile(session, community_id, [member_id])[member_id]
    return advanced.standing


def settle(read: Run[Any], write: Run[Any], community_id: str, member_id: str, *, quiet: bool = False) -> None:
    """Fold a stale member again, holding no lock for the long part of it, which only reads. Where facts keep coming
    meanwhile, the third attempt holds it. `quiet`: the caller tells of it.
    """
    for _ in range(2):
        task = write(partial(_begin, community_id=community_id, member_id=member_id))
        if task is None:
            return
        ahead = read(partial(_ahead, community_id=community_id, member_id=member_id, task=task))
        if write(partial(_finish, community_id=community_id, member_id=member_id, task=task, ahead=ahead, quiet=quiet)):
            return
    write(partial(settle_at_once, community_id=community_id, member_id=member_id, quiet=quiet))


class _Task(NamedTuple):
    """What one settlement set out to do: fold from the instant `since` under so many `publications`. `revision` is that
    of the member's row at its beginning: whoever takes a step, or begins another settlement meanwhile, raises it.
    """

    since: int
    publications: int
    revision: int


def _begin(session: Session, community_id: str, member_id: str) -> _Task | None:
    """Say what is being settled; facts that change earlier places from now on mark the member stale again."""
    locks.guard(session, community_id)
    row = standing_rows.lock(session, community_id, [member_id]).get(member_id)
    if row is None or (row.stale_at is None and row.settling_at is None):
        return None
    published = rulebook.book(session, community_id, row.current).changed_since(row.publications)
    since = min(at for at in (row.stale_at, row.settling_at, published) if at is not None)
    timelines.drop_checkpoints(session, {member_id: since})
    _mark(session, member_id, stale_at=None, settling_at=since)
    return _Task(since, row.current, _revision(session, member_id))


def _ahead(session: Session, community_id: str, member_id: str, task: _Task) -> Stretch:
    """Fold from the last checkpoint that has not seen a change to the end of the timeline, as it is now."""
    base = timelines.checkpoints(session, {member_id: task.since})[member_id]
    stretch = stretches.refolds(session, {member_id: base})[member_id]
    stretches.fold_on(stretch, rulebook.book(session, community_id), member_id, -1)
    return stretch


def _finish(session: Session, community_id: str, member_id: str, task: _Task, ahead: Stretch, quiet: bool) -> bool:
    """Book what was folded, unless anything about the member or the rulebooks changed since: then it answers False, and
    it is to be done again.
    """
    locks.guard(session, community_id)
    row = standing_rows.lock(session, community_id, [member_id])[member_id]
    if row.settling_at is None:
        return True  # another settlement was faster
    now = _Task(task.since, row.current, _revision(session, member_id))
    if row.stale_at is not None or now != task:
        return False
    _book(session, community_id, row, ahead, rulebook.book(session, community_id, row.current), quiet)
    return True


def settle_at_once(session: Session, community_id: str, member_id: str, *, quiet: bool = False) -> None:
    """Fold a stale member again within this transaction, however long that takes."""
    task = _begin(session, community_id, member_id)
    if task is None:
        return
    ahead = _ahead(session, community_id, member_id, task)
    _finish(session, community_id, member_id, task, ahead, quiet)


def _book(
    session: Session, community_id: str, row: Locked, stretch: Stretch, book: rulebook.Book, quiet: bool = False
) -> None:
    row.stale_at = row.settling_at = None
    stretch.was = Was.of(Standing.load(row.state))
    _mark(session, row.member_id, stale_at=None, settling_at=None)
    members = {row.member_id: row}
    standings.finish(session, community_id, members, {row.member_id: stretch}, book, None, quiet=quiet)


def _mark(session: Session, member_id: str, *, stale_at: int | None, settling_at: int | None) -> None:
    session.execute(
        update(StandingRow)
        .where(StandingRow.member_id == member_id)
        .values(stale_at=stale_at, settling_at=settling_at, revision=StandingRow.revision + 1)
        .execution_options(synchronize_session=False)
    )


def _revision(session: Session, member_id: str) -> int:
    return session.scalars(select(StandingRow.revision).where(StandingRow.member_id == member_id)).one()


def fold_anew(session: Session, community_id: str, row: Locked) -> None:
    """Fold a locked member from nothing, and book what differs, whatever was left of earlier settlements."""
    member = row.member_id
    timelines.drop_checkpoints(session, {member: -1})
    stretch = stretches.refolds(session, {member: timelines.start()})[member]
    _book(session, community_id, row, stretch, rulebook.book(session, community_id, row.current))


def refold(session: Session, community_id: str, since: Mapping[str, int]) -> dict[str, Advanced]:
    """Fold members again from the instants of facts about which something else is on record now, and book the
    difference.
    """
    locks.guard(session, community_id)
    locked = standing_rows.lock(session, community_id, since)
    touches = {member: Touch(since=since[member]) for member in locked}
    return standings.advance(session, community_id, locked, touches)
