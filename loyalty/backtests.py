"""Back-tests: a rulebook tried on real history, looked at, compared, stopped, and forgotten after a while.

What is tried is the draft, or an earlier version, as if it had been published from an instant on; what it is measured
against is the rulebook as it is now, folded over the same facts alike. Beginning one pins both, and the last instant
that is looked at. The worker folds (`backtest_steps`); nothing but the back-test's own rows is ever written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, defer

from loyalty import budgets, clock, drafts, governing, ids, notices, partitions, rulebook
from loyalty.errors import Conflict, Invalid, NotFound, Problem
from loyalty.models import BacktestPart, BacktestRow, Community, Publication, StandingRow
from loyalty.partitions import Partition
from loyalty.rulebook import Book
from rules_engine import backtest_report
from rules_engine.errors import Sentence

RUNNING, DONE, STOPPED, FAILED = STATES = ("running", "done", "stopped", "failed")
AT_ONCE = 2
"""Back-tests that a community may have running."""
KEPT = 50
"""And how many there are of it at all: the oldest that ended goes when another one begins."""
KEEP = 90 * clock.DAY
_PARTS = 32
_LAST = "~"  # behind all ids
_PART = 100  # members for whom a part of their own is worth its while


class Progress(NamedTuple):
    """How far a back-test is: `members` of `members_in_all`, with `facts` of `facts_in_all` (none: not counted yet)."""

    members: int
    members_in_all: int
    facts: int
    facts_in_all: int | None


def begin(
    session: Session,
    community_id: str,
    *,
    by: str,
    since: int = 0,
    until: int | None = None,
    version: int | None = None,
    revision: int | None = None,
    gains_only: bool = False,
    note: str = "",
) -> BacktestRow:
    """Have the draft, or an earlier `version`, tried as if it had been published from `since` on, up to `until` (now);
    with `gains_only` so that nobody loses by it.

    Raises `NotFound` for a version that is not there, `Conflict` (`no_draft`, `backtests_running`), `Stale` when
    `revision` is not that of the draft, and `Invalid` (`rulebook_refused` with its problems; instants that cannot be).
    """
    now = clock.now()
    until = now if until is None else until
    _check(since, until, now)
    community = session.get(Community, community_id, with_for_update={"key_share": True}, populate_existing=True)
    if community is None:
        raise NotFound("community_not_found", Sentence("There is no such community."))
    _make_room(session, community_id)
    if version is None:
        draft = drafts.checked(session, community_id, revision)
        document = draft.document
    else:
        document = rulebook.get_version(session, community_id, version).document
    row = BacktestRow(
        id=ids.new("bkt"),
        community_id=community_id,
        state=RUNNING,
        version=rulebook.next_version(session, community_id) if version is None else version,
        drafted=version is None,
        document=document,
        publications=community.publications,
        zone=community.zone,
        since=since,
        until=until,
        gains_only=gains_only,
        note=note,
        begun_at=now,
        begun_by=by,
    )
    session.add(row)
    session.flush()
    _, would_be = books(session, row)
    if any(era.rulebook.has_budgets for era in would_be.eras):
        row.round = 0
        row.used = [[*place, amount] for place, amount in sorted(budgets.in_use(session, community_id).items())]
    members = session.scalar(select(func.count()).where(StandingRow.community_id == community_id)) or 0
    parts = partitions.cut(session, community_id, min(-(-members // _PART), _PARTS) or 1)
    for number, one in enumerate(parts or [Partition("", _LAST, 0)]):
        session.add(BacktestPart(backtest_id=row.id, part=number, after=one.after, until=one.until, total=one.members))
    session.flush()
    notices.publish(session, notices.BACKTEST_BEGUN, community_id, {"backtest": row.id})
    return row


def books(session: Session, row: BacktestRow) -> tuple[Book, Book]:
    """The rulebooks by era as they were when the back-test began, and as they would be."""
    tried = Publication(
        id=row.id,
        number=row.publications + 1,
        version=row.version,
        mode=governing.FROM,
        effective_from=row.since,
        zone=row.zone,
        gains_only=row.gains_only,
    )
    return (
        rulebook.book_after(session, row.community_id, row.publications),
        rulebook.book_with(session, row.community_id, row.publications, tried, row.document),
    )


def _check(since: int, until: int, now: int) -> None:
    wrong = None
    if until > now:
        wrong = Problem("/to", Sentence("an instant that is over: what is still to come is no history"))
    elif since > until:
        wrong = Problem("/from", Sentence("an instant before the end of what is looked at"))
    if wrong is not None:
        raise Invalid("invalid", Sentence("There is no history to try it on."), [wrong])


def _make_room(session: Session, community_id: str) -> None:
    """See to it that one more can begin. Raises `Conflict`; the community's row is locked."""
    of_community = BacktestRow.community_id == community_id
    running = session.scalar(select(func.count()).where(of_community, BacktestRow.state == RUNNING)) or 0
    if running >= AT_ONCE:
        raise Conflict(
            "backtests_running",
            Sentence("{count} back-tests are running. Wait for one of them, or stop one.", count=running),
        )
    ended = select(BacktestRow.id).where(of_community, BacktestRow.state != RUNNING)
    _forget(session, session.scalars(ended.order_by(BacktestRow.id.desc()).offset(KEPT - 1 - running)).all())


def get(session: Session, community_id: str, backtest_id: str, *, lock: bool = False) -> BacktestRow:
    """One back-test; `lock` keeps its state until the commit. Raises `NotFound`."""
    row = session.get(BacktestRow, backtest_id, with_for_update=lock, populate_existing=lock)
    if row is None or row.community_id != community_id:
        raise NotFound("backtest_not_found", Sentence("There is no such back-test."))
    return row


def list_for(session: Session, community_id: str, before: str | None, limit: int) -> Sequence[BacktestRow]:
    """The community's back-tests, the latest first, from before the one with this id on, without their reports."""
    query = select(BacktestRow).where(BacktestRow.community_id == community_id)
    if before is not None:
        query = query.where(BacktestRow.id < before)
    query = query.options(defer(BacktestRow.report), defer(BacktestRow.document))
    return session.scalars(query.order_by(BacktestRow.id.desc()).limit(limit)).all()


def progress(session: Session, rows: Sequence[BacktestRow]) -> dict[str, Progress]:
    """How far each of them is."""
    part = BacktestPart
    query = select(part.backtest_id, func.sum(part.done), func.sum(part.total), func.sum(part.facts))
    query = query.where(part.backtest_id.in_([row.id for row in rows])).group_by(part.backtest_id)
    found = {one: (int(done), int(total), int(facts)) for one, done, total, facts in session.execute(query)}
    return {row.id: Progress(*found.get(row.id, (0, 0, 0)), facts_in_all=row.facts) for row in rows}


def stop(session: Session, community_id: str, backtest_id: str) -> BacktestRow:
    """Stop one that is running; one that was stopped already stays so. Raises `NotFound` and `Conflict`."""
    row = get(session, community_id, backtest_id, lock=True)
    if row.state in (DONE, FAILED):
        raise Conflict("backtest_ended", Sentence("This back-test has ended: there is nothing to stop."))
    if row.state == RUNNING:
        row.state, row.ended_at = STOPPED, clock.now()
        session.flush()
    return row


def compare(session: Session, community_id: str, backtest_id: str, other_id: str) -> dict[str, object]:
    """What the other says would be, against what the first one says. Raises `NotFound` and `Conflict`."""
    one, other = (get(session, community_id, asked) for asked in (backtest_id, other_id))
    if one.report is None or other.report is None:
        raise Conflict("backtest_not_done", Sentence("Only back-tests that are done can be compared."))
    return backtest_report.compare(one.report, other.report, same_start=one.since == other.since)


def forget_old(session: Session, limit: int = 1_000) -> int:
    """Forget up to so many that ended more than 90 days ago; answers how many."""
    query = select(BacktestRow.id).where(BacktestRow.ended_at < clock.now() - KEEP).limit(limit)
    old = session.scalars(query).all()
    _forget(session, old)
    return len(old)


def _forget(session: Session, backtest_ids: Sequence[str]) -> None:
    for table, column in ((BacktestPart, BacktestPart.backtest_id), (BacktestRow, BacktestRow.id)):
        session.execute(delete(table).where(column.in_(backtest_ids)).execution_options(synchronize_session=False))
