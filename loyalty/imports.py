"""Imports: the history of a community from before it was connected, line by line, of any age.

An import is opened, loaded in numbered chunks while its problems are looked at, and closed; then the worker records it
in batches, through `record` as everything else. A batch and the marks on its lines commit together, so that a killed
one has not begun. An import only adds: a line about a key that is on record says nothing. So it can be reverted: each
of its activities is amended to be about nobody, which takes back what it gave under any rule, and what answered it.
What anybody has said about one since stands. What was reverted can be imported again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from loyalty import clock, facts, identities, ids, kinds, names, notices, record, said, sources
from loyalty.activities import Activity, Speaker
from loyalty.db import Statement
from loyalty.errors import Conflict, DomainError, Invalid, NotFound, Problem
from loyalty.models import Import, ImportLine, Source
from loyalty.platforms.reading import Unreadable, json_document
from rules_engine.fields import Kind

OPEN, RECORDING, RECORDED, REVERTING, REVERTED = STATES = ("open", "recording", "recorded", "reverting", "reverted")
WAITING, REFUSED, KNOWN = "waiting", "refused", "known"
LINE_STATES = (WAITING, REFUSED, RECORDED, KNOWN, REVERTED)
MOST_LINES = 5_000
"""In one chunk."""
LAST_LINE = 10_000_000
BATCH = 500
"""Lines that are recorded in one transaction: few enough that on SQLite nobody waits long."""

_LOAD = Statement(
    """INSERT INTO import_lines (import_id, number, state, at, activity_id, body, problems)
    SELECT :import, r.number, r.state, r.at, r.activity_id, r.body, r.problems FROM {rows} WHERE true
    ON CONFLICT (import_id, number) DO UPDATE SET state = excluded.state, at = excluded.at,
        activity_id = excluded.activity_id, body = excluded.body, problems = excluded.problems""",
    number="int",
    state="text",
    at="int",
    activity_id="text",
    body="text",
    problems="json",
)
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
_ALREADY = json.dumps([["/activity_key", "already on record; this line adds nothing"]])

Mark = tuple[int, str, int | None, str | None]
"""What became of a line: number, state, version, problems."""
MaySay = Callable[[Activity], None]
"""Raises `Forbidden` when whoever loads the line may not say it."""


class Overtaken(RuntimeError):
    """Somebody said one of the keys while they were being looked up; the batch is to be done again."""


class Wrong(NamedTuple):
    """A line that was not recorded, or says nothing new, and why."""

    number: int
    problems: list[Problem]


class Loaded(NamedTuple):
    """What became of a chunk."""

    good: int
    wrong: list[Wrong]


class Progress(NamedTuple):
    """How many lines are in each state, the instants that they span, and how many are done a second (0: unknown)."""

    lines: Mapping[str, int]
    earliest_at: int | None
    latest_at: int | None
    rate: int


def begin(
    session: Session,
    community_id: str,
    *,
    name: str,
    voice: str,
    by: str,
    source_id: str | None = None,
    platforms: Sequence[str] | None = None,
) -> Import:
    """Open an import that speaks for a source, or else as `voice`. Raises `Invalid` for an unknown source."""
    if source_id is not None and source_id not in {one.id for one in sources.connected(session, community_id)}:
        problem = Problem("/source", "there is no such source")
        raise Invalid("unknown_source", "The import is to speak for a source that is not there.", [problem])
    one = Import(
        id=ids.new("imp"),
        community_id=community_id,
        name=name,
        source_id=source_id,
        said_by=source_id or voice,
        platforms=None if platforms is None else list(platforms),
        state=OPEN,
        opened_at=clock.now(),
        opened_by=by,
    )
    session.add(one)
    session.flush()
    return one


def get(session: Session, community_id: str, import_id: str, *, voice: str | None, lock: bool = False) -> Import:
    """One import; with a `voice`, only if it speaks as that. `lock` keeps its state until the commit.

    Raises `NotFound`.
    """
    one = session.get(Import, import_id, with_for_update=lock, populate_existing=lock)
    if one is None or one.community_id != community_id or voice not in (None, one.said_by):
        raise NotFound("import_not_found", "There is no such import.")
    return one


def list_for(session: Session, community_id: str, before: str | None, limit: int, *, voice: str | None) -> list[Import]:
    """The latest imports, before the one with this id; with a `voice`, those that speak as that."""
    query = select(Import).where(Import.community_id == community_id).order_by(Import.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Import.id < before)
    if voice is not None:
        query = query.where(Import.said_by == voice)
    return list(session.scalars(query))


def load(session: Session, one: Import, first: int, raw: bytes, may_say: MaySay) -> Loaded:
    """Keep a chunk of lines of which the first has the number `first`; a line loaded again takes the place of itself.

    What is wrong with a line is kept with it, and nothing is recorded yet. Raises `Conflict` once it is closed, and
    `Invalid` for too many lines.
    """
    if one.state != OPEN:
        raise Conflict("import_closed", "This import takes no more lines. Open another one.")
    lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), first) if line.strip()]
    if not lines or len(lines) > MOST_LINES or lines[-1][0] > LAST_LINE:
        problem = Problem("", f"from 1 to {MOST_LINES} lines at once, numbered up to {LAST_LINE}")
        raise Invalid("invalid", "This is no chunk of lines.", [problem])
    reader = _Reader(session, one)
    salt = identities.salt(session, one.community_id)
    good: list[tuple[int, Activity, str]] = []
    wrong: list[Wrong] = []
    for number, line in lines:
        try:
            activity = reader.read(line)
            may_say(activity)
            good.append((number, activity, line.decode("utf-8-sig").strip()))
        except Unreadable as error:
            wrong.append(Wrong(number, [Problem("", str(error))]))
        except DomainError as error:
            wrong.append(Wrong(number, error.problems or [Problem("", error.detail)]))
    strangers = names.strangers(session, one.community_id, [activity for _, activity, _ in good])
    wrong += [Wrong(number, [odd]) for (number, _, _), odd in zip(good, strangers, strict=True) if odd is not None]
    good = [row for row, odd in zip(good, strangers, strict=True) if odd is None]
    rows: list[tuple[Any, ...]] = [
        (number, WAITING, activity.at, facts.activity_id(salt, activity.key), text, None)
        for number, activity, text in good
    ]
    rows += [(number, REFUSED, 0, None, None, json.dumps(problems)) for number, problems in wrong]
    _LOAD.run(session, sorted(rows, key=lambda row: int(row[0])), **{"import": one.id})
    return Loaded(len(good), sorted(wrong))


class _Reader:
    """Reads the lines of one import."""

    def __init__(self, session: Session, one: Import) -> None:
        self._source = None if one.source_id is None else sources.get(session, one.community_id, one.source_id)
        self._platforms = one.platforms
        self._kinds: Mapping[str, Kind] = kinds.known(session, one.community_id)
        self._platform, self._key_prefix = _said_as(self._source)

    def read(self, line: bytes | str) -> Activity:
        """The activity in a line. Raises `Unreadable` and `Invalid`."""
        body = json_document(line if isinstance(line, bytes) else line.encode())
        activity = said.read_activity(
            body, self._kinds, clock.now(), key_prefix=self._key_prefix, platform=self._platform, any_age=True
        )
        problem = self._problem(activity)
        if problem is not None:
            raise Invalid("invalid_activity", "The activity cannot be imported.", [problem])
        return activity

    def _problem(self, activity: Activity) -> Problem | None:
        if activity.op != "apply":
            return Problem("/op", "an import says what happened; undo or amend it by POST /v1/activities, at any age")
        for place, platform in sources.spoken_for(activity).items():
            if self._platforms is not None and platform not in self._platforms:
                return Problem(place, f"this import speaks for {', '.join(self._platforms)}")
        refusal = None if self._source is None else sources.refusal(self._source, activity)
        return None if refusal is None else Problem("", refusal)


def _said_as(source: Source | None) -> tuple[str, str]:
    """Platform and prefix of keys, so that an import names things as its source does: the generic door prefixes."""
    if source is None:
        return "app", ""
    return source.platform, f"{source.id}:" if source.platform == "generic" else ""


def close(session: Session, one: Import) -> Import:
    """No more lines: what is good is recorded by the worker. Again does nothing more."""
    if one.state == OPEN:
        one.closed_at = clock.now()
        _advance(session, one, RECORDING)
    return one


def revert(session: Session, one: Import, reason: str) -> Import:
    """Take back all that it said, as further facts, and drop what still waits. Again does nothing more."""
    if one.state not in (REVERTING, REVERTED):
        one.reason = reason
        _advance(session, one, REVERTING)
    return one


def _advance(session: Session, one: Import, state: str) -> None:
    one.state, one.started_at, one.moved_at, one.finished_at, one.error = state, None, None, None, None
    session.flush()
    notices.publish(session, notices.IMPORT_ADVANCED, one.community_id, {"import": one.id})


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
    reader = _Reader(session, one)
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
            marks.append((number, REFUSED, None, json.dumps(error.problems)))
        else:
            saying[activity_id] = number, replace(activity, version=max(activity.version, version + 1))
    activities = [activity for _, activity in saying.values()]
    outcomes = record.record(session, one.community_id, activities, _speaker(session, one), decisions=False)
    for (activity_id, (number, activity)), outcome in zip(saying.items(), outcomes, strict=True):
        if outcome.status == record.CHANGED and activity_id not in on_record:
            raise Overtaken(activity_id)
        if outcome.status in (record.RECORDED, record.CHANGED):
            marks.append((number, RECORDED, activity.version, None))
        else:
            marks.append((number, KNOWN, None, _ALREADY))
    _mark(session, one, marks)
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
    _mark(session, one, [(number, REVERTED, version, None) for number, version, *_ in rows])
    if not rows:
        session.execute(delete(ImportLine).where(ImportLine.import_id == one.id, ImportLine.state == WAITING))
    return bool(rows)


def _mark(session: Session, one: Import, marks: Sequence[Mark]) -> None:
    """Say what became of lines of this import."""
    _MARK.run(session, [(one.id, *mark) for mark in sorted(marks)])


def _speaker(session: Session, one: Import) -> Speaker:
    """Who the facts belong to. What was reverted before is said again over whoever said it first."""
    enrols = one.source_id is None or sources.speaker(sources.get(session, one.community_id, one.source_id)).enrols
    return Speaker(one.said_by, admin=True, enrols=enrols, strict=True)


def put_off(session: Session, import_id: str, error: str) -> None:
    """The next batch broke, and is tried again; says why to whoever looks at the import."""
    one = session.get(Import, import_id, with_for_update=True)
    if one is not None:
        one.error = error[:500]


def progress(session: Session, one: Import) -> Progress:
    """How far it is."""
    query = select(ImportLine.state, func.count(), func.min(ImportLine.at), func.max(ImportLine.at))
    rows = session.execute(query.where(ImportLine.import_id == one.id).group_by(ImportLine.state)).all()
    lines = dict.fromkeys(LINE_STATES, 0) | {state: count for state, count, _, _ in rows}
    dated = [(first, last) for state, _, first, last in rows if state != REFUSED]
    done = lines[REVERTED] if one.state in (REVERTING, REVERTED) else lines[RECORDED] + lines[KNOWN]
    took = (one.moved_at or 0) - (one.started_at or 0)
    return Progress(
        lines,
        min((first for first, _ in dated), default=None),
        max((last for _, last in dated), default=None),
        done * clock.SECOND // took if took > 0 else 0,
    )


def wrong(session: Session, one: Import, after: int, limit: int) -> list[Wrong]:
    """Lines with problems, after the one with this number."""
    query = select(ImportLine.number, ImportLine.problems).where(
        ImportLine.import_id == one.id, ImportLine.number > after, ImportLine.problems.is_not(None)
    )
    rows = session.execute(query.order_by(ImportLine.number).limit(limit))
    return [Wrong(number, [Problem(*problem) for problem in problems or ()]) for number, problems in rows]
