"""The append-only log: sayings go in once, and what holds of each activity key follows from all that was said of it.

Of all sayings about a key the greatest (version, reversal over apply, content) says whether it holds; the greatest that
is no reversal says what it is. So any order of arrival ends in one state, and a reversal may come before what it
reverses. A moderator's void is a switch of its own, which no platform clears.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import Session

from loyalty import clock, ids
from loyalty.activities import Activity, Identity, MemberId, Party, Reference, Speaker
from loyalty.db import Statement
from loyalty.identities import identity_id, own_identity
from loyalty.locks import GUARD

Position = tuple[int, str]
"""(at, activity key): the order of every timeline. Keys compare as bytes, which Python's order of text equals."""


class Saying(NamedTuple):
    """A row of the log about to be written; the columns of `FactRow`."""

    activity_id: str
    n: int
    key: str
    op: str
    version: int
    kind: str
    at: int
    platform: str
    actor: str | None
    actor_ref: str | None
    beneficiary: str | None
    beneficiary_ref: str | None
    declares: str | None
    body: str
    digest: str
    said_by: str
    by: str | None
    stands: bool
    undone_by: str | None

    @property
    def position(self) -> Position:
        """Its place in a timeline."""
        return self.at, self.key

    def says_again(self, other: Saying) -> bool:
        """Whether both say the very same."""
        return (self.op, self.version, self.digest, self.by) == (other.op, other.version, other.digest, other.by)


RECORDED, CHANGED, REPLAYED, DIFFERS, NOT_YOURS = STATUSES = ("recorded", "changed", "replayed", "differs", "not_yours")
"""New; a further saying about a known key; nothing new; other content without a higher version; somebody else's fact.
The last two leave nothing behind."""
SWITCH = ("void", "lift")
UNDOING = ("reverse", *SWITCH)
WEIGHT = ("counterparty", "author", "platform", "moderator")
"""Of two who undo the same state, the later one here is who undid it: rules ask that."""

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


def activity_id(community_salt: str, key: str) -> str:
    """The id that the activity of this key has in the community."""
    return ids.derived("act", community_salt, key)


def reference_id(community_salt: str, text: str) -> str:
    """The id under which a reference and its answer meet."""
    return ids.derived("ref", community_salt, text)


def canonical(value: object) -> str:
    """JSON that is the same for equal values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _party(community_salt: str, party: Party | None) -> tuple[str | None, str | None]:
    if isinstance(party, Identity):
        return identity_id(community_salt, party), None
    if isinstance(party, MemberId):
        return own_identity(community_salt, party.id), None
    if isinstance(party, Reference):
        return None, reference_id(community_salt, party.text)
    return None, None


def saying(community_salt: str, activity: Activity, speaker: Speaker) -> Saying:
    """The row for `activity`, as the first of its key; people named by reference are not looked up here."""
    actor, actor_ref = _party(community_salt, activity.actor)
    beneficiary, beneficiary_ref = _party(community_salt, activity.beneficiary)
    body: dict[str, Any] = {"object": activity.object, "data": activity.data}
    for name, party in (("actor", activity.actor), ("beneficiary", activity.beneficiary)):
        if isinstance(party, Reference):
            body[name] = party.text
    if activity.declares:
        body["declares"] = activity.declares
    text = canonical(body)
    undoes = activity.op == "reverse"
    content = (activity.kind, activity.at, activity.platform, actor, actor_ref, beneficiary, beneficiary_ref, text)
    return Saying(
        activity_id=activity_id(community_salt, activity.key),
        n=1,
        key=activity.key,
        op=activity.op,
        version=activity.version,
        kind=activity.kind,
        at=activity.at,
        platform=activity.platform,
        actor=actor,
        actor_ref=actor_ref,
        beneficiary=beneficiary,
        beneficiary_ref=beneficiary_ref,
        declares=reference_id(community_salt, activity.declares) if activity.declares else None,
        body=text,
        digest=hashlib.blake2b(repr(content).encode(), digest_size=16).hexdigest(),
        said_by=speaker.id,
        by=activity.by if undoes else None,
        stands=not undoes,
        undone_by=None,
    )


def next_version(rows: Sequence[Saying]) -> int:
    """A version above all that was said about a key: now, or later where a clock went back since."""
    return max([clock.now(), *(row.version + 1 for row in rows)])


def undoing(rows: Sequence[Saying], op: str, version: int, by: str | None, reason: str, speaker: Speaker) -> Saying:
    """A further row about a known activity that undoes it (`reverse`, `void`) or lifts the void, and says why."""
    known = held(rows) or rows[-1]
    body = canonical(orjson.loads(known.body) | {"reason": reason})
    digest = hashlib.blake2b(body.encode(), digest_size=16).hexdigest()
    return known._replace(
        op=op, version=version, by=by, body=body, digest=digest, said_by=speaker.id, stands=False, undone_by=None
    )


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


def mark(rows: Sequence[Saying]) -> list[Saying]:
    """The rows of one key with `stands` and `undone_by` as they follow from all of them."""
    sayings = [row for row in rows if row.op not in SWITCH]
    content = max((row for row in sayings if row.op != "reverse"), key=_strength, default=None)
    last = max(sayings, key=_strength, default=None)
    undone_by = last.by if last is not None and last.op == "reverse" else None
    if switched(rows) is not None:
        undone_by = "moderator"
    return [row._replace(stands=row is content, undone_by=undone_by if row is content else None) for row in rows]


def switched(rows: Sequence[Saying]) -> Saying | None:
    """The moderator's void that holds, if one does."""
    switch = max((row for row in rows if row.op in SWITCH), key=_strength, default=None)
    return switch if switch is not None and switch.op == "void" else None


def _strength(row: Saying) -> tuple[int, bool, int, str]:
    return row.version, row.op in ("reverse", "lift"), WEIGHT.index(row.by) if row.by else -1, row.digest


def held(rows: Iterable[Saying]) -> Saying | None:
    """The row whose content holds."""
    return next((row for row in rows if row.stands), None)
