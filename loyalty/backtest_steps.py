"""Back-tests are carried out: members are folded page by page, part by part, and what was found is put together.

Folding only reads. What a slice of work found is written down at its end, and the slice's number with it: killed
anywhere, the part is begun again from there, and of two workers at one slice the first counts. Where rulebooks have
budgets, members are folded in rounds first: what is asked of budgets is gathered from everyone and answered in one pass
in the facts' order, and those who were refused something are folded again, as publishing does it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from loyalty import backtests, board_windows, clock, stretches, timelines, windows
from loyalty.backtests import DONE, FAILED, RUNNING
from loyalty.db import Statement
from loyalty.models import BacktestPart, BacktestRow
from rules_engine import backtest, backtest_report
from rules_engine.answers import Answer, Answers, Ask, Part, answer, in_order, wishes
from rules_engine.backtest import Backtest, BoardWindow, Tally
from rules_engine.facts import Fact
from rules_engine.fold import Era, fold
from rules_engine.standing import Standing

PAGE = 50
"""Members who are read and folded together."""
LEASE = 30 * clock.SECOND
"""So long nobody else takes a part that somebody claimed; what takes longer is done twice, which does no harm."""
TRIES = 3
"""A slice that was begun so often and never kept fails the whole."""

_MEMBERS = Statement(
    """SELECT s.member_id, s.ranks FROM standings s JOIN members m ON m.id = s.member_id
    WHERE s.community_id = :community AND s.member_id > :after AND s.member_id <= :until AND m.created_at <= :known_at
    ORDER BY s.member_id LIMIT :page"""
)
_FACTS = Statement(
    """SELECT count(*) FROM facts f WHERE f.community_id = :community AND f.stands AND f.at <= :until
        AND (f.n > 1 OR f.recorded_at <= :known_at) AND (f.actor IS NOT NULL OR f.beneficiary IS NOT NULL)"""
)

Told = dict[str, list[list[Any]]]
"""Member -> [rule, occasion, granted, [[slot, label, amount]]]: what budgets answer to those who were refused."""


@dataclass(slots=True)
class Gathered:
    """What a round gathers: each (member, ask) that no answer in use is to, and by (slot, label) what there is room for
    again, since it was granted and is given up, or is asked for in another amount.
    """

    asks: list[tuple[str, Ask]] = field(default_factory=list)
    freed: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, member: str, asks: Iterable[Ask], known: Answers) -> None:
        """Takes in what a member asks who was told what is `known`."""
        for ask in asks:
            self.asks.append((member, ask))
            former = known.budgets.get((ask.rule, ask.occasion))
            if former is not None and former.granted:
                self.free(former)

    def free(self, granted: Answer) -> None:
        """There is room again for what was granted."""
        for place, amount in granted.amounts.items():
            self.freed[place] = self.freed.get(place, 0) + amount

    def dump(self) -> str:
        """As JSON."""
        asks = [(member, [*ask[:4], [[*part] for part in ask.parts], ask.answered]) for member, ask in self.asks]
        return orjson.dumps([asks, _listed(self.freed)]).decode()

    @classmethod
    def load(cls, text: str) -> Gathered:
        """What `dump` wrote."""
        plain, freed = orjson.loads(text)
        asks = [
            (member, Ask(rule, occasion, at, key, tuple(Part(*part) for part in parts), answered))
            for member, (rule, occasion, at, key, parts, answered) in plain
        ]
        return cls(asks, _placed(freed))


def _listed(amounts: Mapping[tuple[str, str], int]) -> list[list[Any]]:
    return [[*place, amount] for place, amount in sorted(amounts.items())]


def _placed(amounts: Iterable[Sequence[Any]]) -> dict[tuple[str, str], int]:
    return {(slot, label): amount for slot, label, amount in amounts}


@dataclass(slots=True)
class Slice:
    """What one worker does of a part at a time: `after` moves on, and `found` grows with every page."""

    backtest_id: str
    part: int
    number: int
    round: int | None
    after: str
    until: str
    found: Gathered | Tally
    told: Told
    done: int = 0
    facts: int = 0
    trial: Backtest | None = None


def _free() -> Select[BacktestPart]:
    query = select(BacktestPart).join(BacktestRow, BacktestRow.id == BacktestPart.backtest_id)
    free = (BacktestPart.claimed_until.is_(None)) | (BacktestPart.claimed_until < clock.now())
    query = query.where(BacktestRow.state == RUNNING, BacktestPart.after != BacktestPart.until, free)
    return query.order_by(BacktestPart.backtest_id, BacktestPart.part)


def waiting(session: Session) -> bool:
    """Whether there is a part that nobody is at work on."""
    return session.scalar(_free().limit(1)) is not None


def claim(session: Session) -> Slice | None:
    """Take the next part that nobody is at work on, the oldest back-test's first; None where there is none."""
    part = session.scalar(_free().limit(1).with_for_update(skip_locked=True, of=BacktestPart))
    if part is None:
        return None
    row = session.get_one(BacktestRow, part.backtest_id)
    if row.facts is None:
        found = _FACTS.run(session, community=row.community_id, until=row.until, known_at=row.begun_at)
        row.facts = found[0][0]
    if part.tries >= TRIES:
        row.state, row.ended_at = FAILED, clock.now()
        return None
    part.claimed_until = clock.now() + LEASE
    part.tries += 1
    session.flush()
    kind = Tally if row.round is None else Gathered
    return Slice(
        backtest_id=row.id,
        part=part.part,
        number=part.slice,
        round=row.round,
        after=part.after,
        until=part.until,
        found=kind.load(part.found) if part.found else kind(),
        told=orjson.loads(part.answers),
    )


def page(session: Session, one: Slice) -> bool:
    """Fold the next members of the part; only reads. False where nobody is left in it, or the back-test was stopped."""
    row = session.get(BacktestRow, one.backtest_id)
    if row is None or row.state != RUNNING:
        return False
    rows = _MEMBERS.run(
        session, community=row.community_id, after=one.after, until=one.until, known_at=row.begun_at, page=PAGE
    )
    again = {member: ranks for member, ranks in rows if not one.round or member in one.told}
    timeline = timelines.up_to(session, again, row.until, row.begun_at)
    recorded = stretches.on_record(session, dict.fromkeys(again, timelines.START), row.begun_at)
    if one.trial is None:
        one.trial = _trial(session, row)
    for member, ranks in again.items():
        facts, known = timeline[member], recorded[member]
        would = replace(known, budgets={**known.budgets, **_answers(one.told.get(member, ()))})
        if isinstance(one.found, Tally):
            backtest.try_on(one.trial, one.found, member, facts, (known, would), bool(ranks))
        else:
            asks, given_up = wishes(partial(_asks, one.trial.after, member, facts, row.until), would)
            one.found.take(member, asks, would)
            for granted in given_up.values() if row.round == 0 else ():
                one.found.free(granted)
        one.facts += backtest.counted(member, facts)
    one.done += len(rows)
    one.after = rows[-1][0] if len(rows) == PAGE else one.until
    return one.after != one.until


def _asks(eras: Sequence[Era], member: str, facts: Sequence[Fact], until: int, told: Answers) -> list[Ask]:
    return fold(eras, member, Standing.new(), facts, until, told, keep_decisions=False).asks


def _answers(told: Iterable[Sequence[Any]]) -> dict[tuple[str, str], Answer]:
    return {(rule, occasion): Answer(granted, _placed(amounts)) for rule, occasion, granted, amounts in told}


def keep(session: Session, one: Slice) -> None:
    """Write down what a slice found, unless it is out of date; the last one of all goes on to what comes next."""
    row = session.get_one(BacktestRow, one.backtest_id, with_for_update=True, populate_existing=True)
    part = session.get_one(BacktestPart, (one.backtest_id, one.part), with_for_update=True, populate_existing=True)
    if row.state != RUNNING or (row.round, part.slice) != (one.round, one.number):
        return
    part.after, part.found, part.claimed_until = one.after, one.found.dump(), None
    part.done += one.done
    part.facts += one.facts
    part.slice += 1
    part.tries = 0
    session.flush()
    go_on(session, row)


def go_on(session: Session, row: BacktestRow) -> None:
    """Once every part is through, have budgets answer what was asked, or put the tallies together."""
    parts = session.scalars(
        select(BacktestPart)
        .where(BacktestPart.backtest_id == row.id)
        .order_by(BacktestPart.part)
        .execution_options(populate_existing=True)
    ).all()
    if any(part.after != part.until for part in parts):
        return
    if row.round is None:
        tally = Tally()
        for part in parts:
            tally.merge(Tally.load(part.found))
            part.found = part.answers = ""
        row.report = backtest_report.report(_trial(session, row), tally)
        row.state, row.ended_at = DONE, clock.now()
    elif _answer(row, parts):
        row.round += 1
        _begin_again(parts, [part for part in parts if part.answers != "{}"])
    else:
        row.round = None
        _begin_again(parts, parts)
    session.flush()


def _answer(row: BacktestRow, parts: Sequence[BacktestPart]) -> bool:
    """Answer what everyone asked in this round, in the facts' order; whether somebody was refused, and goes again."""
    gathered = [Gathered.load(part.found) if part.found else Gathered() for part in parts]
    asks = in_order(one for each in gathered for one in each.asks)
    used = _placed(row.used)
    for place, amount in ((place, amount) for each in gathered for place, amount in each.freed.items()):
        used[place] -= amount
    for resumed in (ask for _, ask in asks if ask.answered):
        for place, amount in resumed.amounts().items():
            used[place] = used.get(place, 0) + amount
    answers: Told = {}
    refused: set[str] = set()
    for member, ask in asks:
        found = answer(ask, used) if ask.answered is None else Answer(ask.answered, ask.amounts())
        answers.setdefault(member, []).append([ask.rule, ask.occasion, found.granted, _listed(found.amounts)])
        if not found.granted:
            refused.add(member)
    row.used = _listed(used)
    for part, one in zip(parts, gathered, strict=True):
        told: Told = orjson.loads(part.answers)
        for member in {member for member, _ in one.asks} & (refused | told.keys()):
            told.setdefault(member, []).extend(answers[member])
        part.answers = orjson.dumps(told).decode()
    return bool(refused)


def _begin_again(parts: Sequence[BacktestPart], those: Collection[BacktestPart]) -> None:
    """Set these of all parts back to where they begin."""
    begins = ""
    for part in parts:
        if part in those:
            part.after, part.done, part.facts = begins, 0, 0
        part.found = ""
        begins = part.until


def put_off(session: Session, one: Slice, error: str) -> None:
    """A slice broke, and is tried again; says why."""
    row = session.get_one(BacktestRow, one.backtest_id, with_for_update=True, populate_existing=True)
    part = session.get_one(BacktestPart, (one.backtest_id, one.part), populate_existing=True)
    row.error = error[:500]
    part.claimed_until = None


def _trial(session: Session, row: BacktestRow) -> Backtest:
    """What is tried, as the engine takes it."""
    before, after = backtests.books(session, row)
    governing = [book.in_force(row.until) for book in (before, after)]
    there = [
        {} if one is None else {board.key: board for board in board_windows.boards_of(one[1])} for one in governing
    ]
    calendar = windows.calendar(session, row.community_id)

    def window(key: str, side: int) -> BoardWindow | None:
        board = there[side].get(key)
        if board is None:
            return None
        shown = board_windows.window(session, row.community_id, board, at=row.until)
        return BoardWindow(
            shown.currency, shown.period, shown.label, shown.group, *calendar.span(shown.period, shown.label)
        )

    boards = {key: (window(key, 0), window(key, 1)) for key in {*there[0], *there[1]}}
    return Backtest(before.eras, after.eras, row.since, row.until, boards, row.id if row.gains_only else None)
