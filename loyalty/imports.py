"""Imports: the history of a community from before it was connected, line by line, of any age.

An import is opened, loaded in numbered chunks while its problems are looked at, and closed; then the worker records it
in batches, through `record` as everything else (`import_steps`). An import only adds: a line about a key that is on
record says nothing. So it can be reverted: each of its activities is amended to be about nobody, which takes back what
it gave under any rule, and what answered it. What anybody has said about one since stands. What was reverted can be
imported again. How many lines are in which state is kept with the import: reading it costs the same for ten lines and
for ten million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import audit, clock, identities, ids, kinds, names, notices, said, sayings, sources, voices
from loyalty.activities import Activity
from loyalty.db import Statement
from loyalty.errors import Conflict, DomainError, Invalid, NotFound, Problem, kept, restored
from loyalty.models import Import, ImportLine, Source
from loyalty.platforms.reading import Unreadable, json_document
from rules_engine.errors import Sentence
from rules_engine.fields import Kind

OPEN, RECORDING, RECORDED, REVERTING, REVERTED = STATES = ("open", "recording", "recorded", "reverting", "reverted")
WAITING, REFUSED, KNOWN = "waiting", "refused", "known"
LINE_STATES = (WAITING, REFUSED, RECORDED, KNOWN, REVERTED)
MOST_LINES = 5_000
"""In one chunk."""
LAST_LINE = 10_000_000

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
_FORMER = Statement(
    """SELECT l.state, count(*) FROM {rows} JOIN import_lines l ON l.import_id = :import AND l.number = r.number
    GROUP BY l.state""",
    number="int",
)
_SPAN = Statement(
    """SELECT (SELECT min(at) FROM import_lines WHERE import_id = :import AND state = 'waiting'),
        (SELECT max(at) FROM import_lines WHERE import_id = :import AND state = 'waiting')"""
)
MaySay = Callable[[Activity], None]
"""Raises `Forbidden` when whoever loads the line may not say it."""


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
        problem = Problem("/source", Sentence("there is no such source"))
        raise Invalid("unknown_source", Sentence("The import is to speak for a source that is not there."), [problem])
    one = Import(
        id=ids.new("imp"),
        community_id=community_id,
        name=name,
        source_id=source_id,
        said_by=source_id or voice,
        platforms=None if platforms is None else list(platforms),
        state=OPEN,
        opened_at=clock.now(),
        lines={},
    )
    session.add(one)
    session.flush()
    told = {"name": name, "source": source_id, "platforms": one.platforms}
    audit.note(session, community_id, by, "import.opened", one.id, None, told)
    return one


def get(session: Session, community_id: str, import_id: str, *, voice: str | None, lock: bool = False) -> Import:
    """One import; with a `voice`, only if it speaks as that. `lock` keeps its state until the commit.

    Raises `NotFound`.
    """
    one = session.get(Import, import_id, with_for_update=lock, populate_existing=lock)
    if one is None or one.community_id != community_id or voice not in (None, one.said_by):
        raise NotFound("import_not_found", Sentence("There is no such import."))
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

    The import is locked. What is wrong with a line is kept with it, and nothing is recorded yet. Raises `Conflict` once
    it is closed, and `Invalid` for too many lines.
    """
    if one.state != OPEN:
        raise Conflict("import_closed", Sentence("This import takes no more lines. Open another one."))
    lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), first) if line.strip()]
    if not lines or len(lines) > MOST_LINES or lines[-1][0] > LAST_LINE:
        problem = Problem(
            "", Sentence("from 1 to {most} lines at once, numbered up to {last}", most=MOST_LINES, last=LAST_LINE)
        )
        raise Invalid("invalid", Sentence("This is no chunk of lines."), [problem])
    reader = Reader(session, one)
    salt = identities.salt(session, one.community_id)
    good: list[tuple[int, Activity, str]] = []
    wrong: list[Wrong] = []
    for number, line in lines:
        try:
            activity = reader.read(line)
            may_say(activity)
            good.append((number, activity, line.decode("utf-8-sig").strip()))
        except Unreadable as error:
            wrong.append(Wrong(number, [Problem("", error.reason)]))
        except DomainError as error:
            wrong.append(Wrong(number, error.problems or [Problem("", error.detail)]))
    strangers = names.strangers(session, one.community_id, [activity for _, activity, _ in good])
    wrong += [Wrong(number, [odd]) for (number, _, _), odd in zip(good, strangers, strict=True) if odd is not None]
    good = [row for row, odd in zip(good, strangers, strict=True) if odd is None]
    rows: list[tuple[Any, ...]] = [
        (number, WAITING, activity.at, sayings.activity_id(salt, activity.key), text, None)
        for number, activity, text in good
    ]
    rows += [(number, REFUSED, 0, None, None, kept(problems)) for number, problems in wrong]
    rows.sort(key=lambda row: int(row[0]))
    moved(
        one, {state: -count for state, count in _FORMER.run(session, [row[:1] for row in rows], **{"import": one.id})}
    )
    _LOAD.run(session, rows, **{"import": one.id})
    moved(one, Counter(state for _, state, *_ in rows))
    ((one.earliest_at, one.latest_at),) = _SPAN.run(session, **{"import": one.id})
    session.flush()
    return Loaded(len(good), sorted(wrong))


class Reader:
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
            raise Invalid("invalid_activity", Sentence("The activity cannot be imported."), [problem])
        return activity

    def _problem(self, activity: Activity) -> Problem | None:
        if activity.op != "apply":
            return Problem(
                "/op", Sentence("an import says what happened; undo or amend it by POST /v1/activities, at any age")
            )
        for place, platform in voices.spoken_for(activity).items():
            if self._platforms is not None and platform not in self._platforms:
                return Problem(
                    place, Sentence("this import speaks for {platforms}", platforms=", ".join(self._platforms))
                )
        refusal = None if self._source is None else voices.refusal(self._source, activity)
        return None if refusal is None else Problem("", refusal)


def _said_as(source: Source | None) -> tuple[str, str]:
    """Platform and prefix of keys, so that an import names things as its source does: the generic door prefixes."""
    if source is None:
        return "app", ""
    return source.platform, f"{source.id}:" if source.platform == "generic" else ""


def close(session: Session, one: Import, by: str) -> Import:
    """No more lines: what is good is recorded by the worker. Again does nothing more. The import is locked."""
    if one.state == OPEN:
        audit.note(session, one.community_id, by, "import.closed", one.id, {"state": OPEN}, {"state": RECORDING})
        one.closed_at = clock.now()
        _advance(session, one, RECORDING)
    return one


def revert(session: Session, one: Import, reason: str, by: str) -> Import:
    """Take back all that it said, as further facts, and drop what still waits. Again does nothing more. The import is
    locked.
    """
    if one.state not in (REVERTING, REVERTED):
        told = {"state": one.state}, {"state": REVERTING}
        audit.note(session, one.community_id, by, "import.reverted", one.id, *told, reason)
        one.reason = reason
        _advance(session, one, REVERTING)
    return one


def _advance(session: Session, one: Import, state: str) -> None:
    one.state, one.started_at, one.moved_at, one.finished_at, one.error = state, None, None, None, None
    session.flush()
    notices.publish(session, notices.IMPORT_ADVANCED, one.community_id, {"import": one.id})


def moved(one: Import, change: Mapping[str, int]) -> None:
    """So many lines more, or fewer, are in each of these states; the import is locked."""
    one.lines = {state: one.lines.get(state, 0) + change.get(state, 0) for state in LINE_STATES}


def progress(one: Import) -> Progress:
    """How far it is."""
    lines = dict.fromkeys(LINE_STATES, 0) | one.lines
    done = lines[REVERTED] if one.state in (REVERTING, REVERTED) else lines[RECORDED] + lines[KNOWN]
    took = (one.moved_at or 0) - (one.started_at or 0)
    return Progress(lines, one.earliest_at, one.latest_at, done * clock.SECOND // took if took > 0 else 0)


def wrong(session: Session, one: Import, after: int, limit: int) -> list[Wrong]:
    """Lines with problems, after the one with this number."""
    query = select(ImportLine.number, ImportLine.problems).where(
        ImportLine.import_id == one.id, ImportLine.number > after, ImportLine.problems.is_not(None)
    )
    rows = session.execute(query.order_by(ImportLine.number).limit(limit))
    return [Wrong(number, restored(problems or ())) for number, problems in rows]
