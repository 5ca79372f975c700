"""The append-only log: sayings go in once, and what holds of each activity key is marked on them.

What holds follows from all that was said of a key (`sayings`). Two who say more about one key wait for each other at
its anchor, the first row about it; what is said again leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from loyalty import clock
from loyalty.activities import Speaker
from loyalty.db import Statement
from loyalty.locks import GUARD
from loyalty.sayings import UNDOING, Saying, held, mark

RECORDED, CHANGED, REPLAYED, DIFFERS, NOT_YOURS = STATUSES = ("recorded", "changed", "replayed", "differs", "not_yours")
"""New; a further saying about a known key; nothing new; other content without a higher version; somebody else's fact.
The last two leave nothing behind."""
_ROW = dict.fromkeys(Saying._fields, "text") | {"n": "int", "version": "int", "at": "int", "stands": "bool"}
COLUMNS = ", ".join("f." + name for name in Saying._fields)
"""What a statement that calls the table `f` selects for `read`."""

_INSERT = Statement(
    f"""INSERT INTO facts ({", ".join(Saying._fields)}, community_id, recorded_at)
    SELECT {", ".join("r." + name for name in Saying._fields)}, :community, :now FROM {{rows}}{GUARD}
    WHERE true ON CONFLICT (activity_id, n) DO NOTHING
    RETURNING activity_id, n, (SELECT count(*) FROM identities i WHERE i.id IN (actor, beneficiary))""",
    **_ROW,
)
_LOCK_ANCHORS = Statement(
    """SELECT f.activity_id FROM {rows} JOIN facts f ON f.activity_id = r.activity_id AND f.n = 1
    ORDER BY f.activity_id {pg:FOR NO KEY UPDATE OF f}""",
    activity_id="text",
)
_SAID = Statement(
    f"""SELECT {COLUMNS}
    FROM {{rows}} JOIN facts f ON f.activity_id = r.activity_id AND f.community_id = :community
    ORDER BY f.activity_id, f.n""",
    activity_id="text",
)
_MARK = Statement(
    """UPDATE facts SET stands = r.stands, undone_by = r.undone_by FROM {rows}
    WHERE facts.activity_id = r.activity_id AND facts.n = r.n""",
    activity_id="text",
    n="int",
    stands="bool",
    undone_by="text",
)
_RESTLESS = Statement(
    """SELECT f.activity_id FROM {rows} JOIN facts f ON f.activity_id = r.activity_id AND f.recorded_at > :since
    GROUP BY f.activity_id HAVING count(*) > :most""",
    activity_id="text",
)

FLIPS = 20
"""Further sayings about one activity within a day, each of which is settled at once; an admin's always are."""


class Change(NamedTuple):
    """What holds of an activity key, before and after: `None` where nothing stood. Undone facts stand, undone."""

    before: Saying | None
    after: Saying | None

    @property
    def identities(self) -> set[str]:
        """Everyone who took part or takes part."""
        found = {one for row in self if row is not None for one in (row.actor, row.beneficiary)}
        return {one for one in found if one is not None}


class Said(NamedTuple):
    """What became of a batch: one of `STATUSES` for each saying, what changed by activity id, the
    activities that name somebody who may be unknown yet, and those that were turned over too often to be settled now.
    """

    statuses: list[str]
    changes: dict[str, Change]
    unsure: set[str]
    restless: set[str]


def read(row: Sequence[Any]) -> Saying:
    """The row that a statement found by `COLUMNS`; SQLite says 0 and 1 for whether it stands."""
    one = Saying._make(row)
    return one._replace(stands=bool(one.stands))


def _insert(session: Session, community_id: str, sayings: Sequence[Saying], said: Said) -> set[str]:
    """Insert rows whose (activity, n) is new and take the community's guard; answers the activities inserted. Rows go
    in by activity id, so that calls which say the same wait for each other in one order.
    """
    rows = sorted(sayings)
    inserted = _INSERT.run(session, rows, community=community_id, now=clock.now())
    named = {(row.activity_id, row.n): len({row.actor, row.beneficiary} - {None}) for row in rows}
    said.unsure.update(activity for activity, n, known in inserted if known < named[activity, n])
    return {activity for activity, _, _ in inserted}


def say(session: Session, community_id: str, sayings: Sequence[Saying], speaker: Speaker) -> Said:
    """Put sayings into the log, each once."""
    first: dict[str, int] = {}
    for index, one in enumerate(sayings):
        first.setdefault(one.activity_id, index)
    said = Said([RECORDED] * len(sayings), {}, set(), set())
    inserted = _insert(session, community_id, [sayings[index] for index in first.values()], said)
    for key in inserted:
        anchor = sayings[first[key]]
        if anchor.stands:
            said.changes[key] = Change(None, anchor)
    further = [
        index for index, one in enumerate(sayings) if one.activity_id not in inserted or first[one.activity_id] != index
    ]
    if further:
        _say_more(session, community_id, sayings, further, speaker, said)
    return said


def lock_anchors(session: Session, activity_ids: Iterable[str]) -> None:
    """Until the commit nobody else says more about these activities."""
    _LOCK_ANCHORS.run(session, [(one,) for one in sorted(activity_ids)])


def _say_more(
    session: Session,
    community_id: str,
    sayings: Sequence[Saying],
    further: Sequence[int],
    speaker: Speaker,
    said: Said,
) -> None:
    """Say more about keys that have an anchor already."""
    keys = [(one,) for one in sorted({sayings[index].activity_id for index in further})]
    lock_anchors(session, {one for (one,) in keys})
    was = _history(session, community_id, keys)
    history = {key: list(rows) for key, rows in was.items()}
    for index in further:
        rows = history[sayings[index].activity_id]
        said.statuses[index] = status = _status(rows, sayings[index], speaker)
        if status == CHANGED:
            rows.append(sayings[index]._replace(n=len(rows) + 1))
    history = {key: mark(rows) for key, rows in history.items()}
    added = [row for key, rows in history.items() for row in rows[len(was[key]) :]]
    if not added:
        return
    _insert(session, community_id, added, said)
    remarked = [
        (new.activity_id, new.n, new.stands, new.undone_by)
        for key, rows in was.items()
        for old, new in zip(rows, history[key], strict=False)
        if old != new
    ]
    if remarked:
        _MARK.run(session, remarked)
    for key, rows in history.items():
        before = said.changes[key].before if key in said.changes else held(was[key])
        after = held(rows)
        if before != after:
            said.changes[key] = Change(before, after)
    often = [(key,) for key, rows in history.items() if key in said.changes and len(rows) > FLIPS + 1]
    if often and not speaker.admin:
        restless = _RESTLESS.run(session, often, since=clock.now() - clock.DAY, most=FLIPS + 1)
        said.restless.update(activity for (activity,) in restless)


def _history(session: Session, community_id: str, keys: Sequence[tuple[str]]) -> dict[str, list[Saying]]:
    history: dict[str, list[Saying]] = {}
    for row in _SAID.run(session, keys, community=community_id):
        one = read(row)
        history.setdefault(one.activity_id, []).append(one)
    return history


def history(session: Session, community_id: str, activity_id: str) -> list[Saying]:
    """All that was said about one activity, in the order of arrival; empty when nothing was."""
    return _history(session, community_id, [(activity_id,)]).get(activity_id, [])


def _status(rows: Sequence[Saying], new: Saying, speaker: Speaker) -> str:
    if any(new.says_again(row) for row in rows):
        return REPLAYED
    if new.said_by != rows[0].said_by and not speaker.admin:
        return NOT_YOURS
    if speaker.strict and new.op not in UNDOING:
        said = [row.version for row in rows if row.op not in UNDOING]
        if said and new.version <= max(said):
            return DIFFERS
    return CHANGED
