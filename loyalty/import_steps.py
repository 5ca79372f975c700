"""Imports are carried out: the lines of one are recorded, or taken back, a batch at a time.

A batch and the marks on its lines commit together, so that a killed one has not begun. Which batch is next stands in
the lines themselves. It loads no lines and starts nothing: `imports` says what is to be done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from loyalty import clock, facts, record, sources
from loyalty.activities import Activity, Speaker
from loyalty.db import Statement
from loyalty.errors import Invalid, Problem, kept
from loyalty.imports import KNOWN, RECORDED, RECORDING, REFUSED, REVERTED, REVERTING, WAITING, Reader, moved
from loyalty.models import Import, ImportLine
from rules_engine.errors import Sentence

BATCH = 500
"""Lines that are recorded in one transaction: few enough that on SQLite nobody waits long."""

_WAITING = Statement(
    """SELECT number, activity_id, body FROM import_lines WHERE import_id = :import AND state = 'waiting'
    ORDER BY at, number LIMIT :limit"""
)
_ON_RECORD = Statement(
    """SELECT f.activity_id, max(f.version), max(CASE WHEN f.stands AND f.actor IS NULL AND f.actor_ref IS NULL
        AND f.beneficiary IS NULL AND f.beneficiary_ref IS NULL THEN 1 ELSE 0 END)
    FROM {rows} JOIN facts f ON f.activity_id = r.activity_id GROUP BY f.activity_id""",
    activity_id="text",
)
_MARK = Statement(
    """UPDATE import_lines SET state = r.state, version = r.version, body = NULL, problems = r.problems
    FROM {rows} WHERE import_lines.import_id = r.import_id AND import_lines.number = r.number""",
    import_id="text",  # in each row, so that SQLite looks each line up by its key and does not go through them all
    number="int",
    state="text",
    version="int",
    problems="json",
)
_TO_REVERT = Statement(
    """SELECT l.number, l.version, f.version, f.key, f.kind, f.at, f.platform,
        (SELECT max(s.version) FROM facts s WHERE s.activity_id = l.activity_id AND s.op NOT IN ('void', 'lift'))
    FROM import_lines l JOIN facts f ON f.activity_id = l.activity_id AND f.stands
    WHERE l.import_id = :import AND l.state = 'recorded' ORDER BY l.at DESC, l.number DESC LIMIT :limit"""
)
_ALREADY = kept([Problem("/activity_key", Sentence("already on record; this line adds nothing"))])

Mark = tuple[int, str, int | None, str | None]
"""What became of a line: number, state, version, problems."""


class Overtaken(RuntimeError):
    """Somebody said one of the keys while they were being looked up; the batch is to be done again."""


def unfinished(session: Session) -> list[str]:
    """Imports that the worker has to go on with, the oldest first."""
    return list(session.scalars(select(Import.id).where(Import.state.in_((RECORDING, REVERTING))).order_by(Import.id)))


def step(session: Session, import_id: str) -> bool:
    """Do the next batch of an import; false when there is none, or another process is at it."""
    one = session.scalar(select(Import).where(Import.id == import_id).with_for_update(skip_locked=True))
    if one is None or one.state not in (RECORDING, REVERTING):
        return False
    one.started_at = one.started_at or clock.now()
    more = _record(session, one) if one.state == RECORDING else _revert(session, one)
    one.moved_at, one.error = clock.now(), None
    if not more:
        one.state = RECORDED if one.state == RECORDING else REVERTED
        one.finished_at = one.moved_at
    session.flush()
    return more


def _record(session: Session, one: Import) -> bool:
    rows = _WAITING.run(session, **{"import": one.id}, limit=BATCH)
    if not rows:
        return False
    reader = Reader(session, one)
    on_record = {
        activity_id: (version, bool(about_nobody))
        for activity_id, version, about_nobody in _ON_RECORD.run(session, sorted({(row[1],) for row in rows}))
    }
    marks: list[Mark] = []
    saying: dict[str, tuple[int, Activity]] = {}
    for number, activity_id, body in rows:
        version, about_nobody = on_record.get(activity_id, (-1, True))
        if activity_id in saying or not about_nobody:
            marks.append((number, KNOWN, None, _ALREADY))
            continue
        try:
            activity = reader.read(body)
        except Invalid as error:  # what its source may say was narrowed since
            marks.append((number, REFUSED, None, kept(error.problems)))
        else:
            saying[activity_id] = number, replace(activity, version=max(activity.version, version + 1))
    activities = [activity for _, activity in saying.values()]
    outcomes = record.record(session, one.community_id, activities, _speaker(session, one), decisions=False)
    for (activity_id, (number, activity)), outcome in zip(saying.items(), outcomes, strict=True):
        if outcome.status == facts.CHANGED and activity_id not in on_record:
            raise Overtaken(activity_id)
        if outcome.status in (facts.RECORDED, facts.CHANGED):
            marks.append((number, RECORDED, activity.version, None))
        else:
            marks.append((number, KNOWN, None, _ALREADY))
    _mark(session, one, WAITING, marks)
    return True


def _revert(session: Session, one: Import) -> bool:
    """Take the latest lines back first: what is left to fold again behind them stays short."""
    rows = _TO_REVERT.run(session, **{"import": one.id}, limit=BATCH)
    amended = [
        Activity(
            kind=kind,
            key=key,
            at=at,
            platform=platform,
            op="amend",
            version=latest + 1,
            data={"import": one.id, "reason": one.reason},
        )
        for _, version, standing, key, kind, at, platform, latest in rows
        if version == standing
    ]
    record.record(session, one.community_id, amended, _speaker(session, one), decisions=False)
    _mark(session, one, RECORDED, [(number, REVERTED, version, None) for number, version, *_ in rows])
    if not rows:
        session.execute(delete(ImportLine).where(ImportLine.import_id == one.id, ImportLine.state == WAITING))
        moved(one, {WAITING: -one.lines.get(WAITING, 0)})
    return bool(rows)


def _mark(session: Session, one: Import, former: str, marks: Sequence[Mark]) -> None:
    """Say what became of lines of this import that were in the state `former`."""
    _MARK.run(session, [(one.id, *mark) for mark in sorted(marks)])
    moved(one, {former: -len(marks)})
    moved(one, Counter(state for _, state, *_ in marks))


def _speaker(session: Session, one: Import) -> Speaker:
    """Who the facts belong to. What was reverted before is said again over whoever said it first."""
    enrols = one.source_id is None or sources.speaker(sources.get(session, one.community_id, one.source_id)).enrols
    return Speaker(one.said_by, admin=True, enrols=enrols, strict=True)


def put_off(session: Session, import_id: str, error: str) -> None:
    """The next batch broke, and is tried again; says why to whoever looks at the import."""
    one = session.get(Import, import_id, with_for_update=True)
    if one is not None:
        one.error = error[:500]
