"""A member's timeline: every fact that stands and in which the member takes part, in the order (at, activity key).

Timelines are read from the log through the identities, never stored: linking an identity changes them at once.
Checkpoints are standings along a timeline to fold on from; one that lies behind a changed place is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import Session

from loyalty.db import Statement, Write
from loyalty.sayings import Position
from rules_engine.facts import Fact
from rules_engine.standing import Standing

START: Position = (-1, "")


class Checkpoint(NamedTuple):
    """A standing after `facts` facts, and its place in the timeline."""

    facts: int
    position: Position
    state: str


def start() -> Checkpoint:
    """Where every timeline begins."""
    return Checkpoint(0, START, Standing.new().dump())


_PLACE = {"member_id": "text", "at": "int", "key": "text"}


def _facts(side: str, where: str) -> str:
    return f"""SELECT r.member_id, f.activity_id, f.key, f.at, f.kind, a.member_id, b.member_id, f.platform, f.body,
        f.undone_by
    FROM {{rows}} JOIN identities i ON i.member_id = r.member_id
    JOIN facts f ON f.{side} = i.id AND f.stands AND {where}
    LEFT JOIN identities a ON a.id = f.actor LEFT JOIN identities b ON b.id = f.beneficiary"""


_BEHIND = "f.at >= r.at AND (f.at > r.at OR f.key > r.key)"
_AFTER = Statement(_facts("actor", _BEHIND) + " UNION ALL " + _facts("beneficiary", _BEHIND), **_PLACE)
_KNOWN = "f.at <= :until AND (f.n > 1 OR f.recorded_at <= :known_at)"
_UP_TO = Statement(_facts("actor", _KNOWN) + " UNION ALL " + _facts("beneficiary", _KNOWN), member_id="text")
_CHECKPOINTS = Statement(
    """SELECT c.member_id, c.count, c.at, c.key, c.state FROM {rows} JOIN checkpoints c ON c.member_id = r.member_id
    WHERE c.count = (SELECT max(d.count) FROM checkpoints d WHERE d.member_id = r.member_id AND d.at < r.at)""",
    member_id="text",
    at="int",
)
_DROP = Statement(
    """DELETE FROM checkpoints
    WHERE EXISTS (SELECT 1 FROM {rows} WHERE r.member_id = checkpoints.member_id AND checkpoints.at >= r.at)""",
    member_id="text",
    at="int",
)
_KEEP = Statement(
    """INSERT INTO checkpoints (member_id, slot, count, at, key, state)
    SELECT r.member_id, r.slot, r.count, r.at, r.key, r.state FROM {rows}
    WHERE true ON CONFLICT (member_id, slot) DO UPDATE
    SET count = excluded.count, at = excluded.at, key = excluded.key, state = excluded.state""",
    member_id="text",
    slot="int",
    count="int",
    at="int",
    key="text",
    state="text",
)


def after(session: Session, positions: Mapping[str, Position]) -> dict[str, list[Fact]]:
    """Each member's facts behind a position, in order."""
    rows = [(member, *position) for member, position in sorted(positions.items())]
    return {member: [] for member in positions} | _in_order(_AFTER.run(session, rows))


def up_to(session: Session, members: Iterable[str], until: int, known_at: int) -> dict[str, list[Fact]]:
    """Each member's facts up to the instant `until`, without those of which nobody had spoken by `known_at`."""
    rows = [(member,) for member in sorted(members)]
    found = _in_order(_UP_TO.run(session, rows, until=until, known_at=known_at))
    return {member: found.get(member, []) for (member,) in rows}


def _in_order(rows: Iterable[Sequence[Any]]) -> dict[str, list[Fact]]:
    found: dict[str, dict[str, Fact]] = {}
    for member, activity, key, at, kind, actor, beneficiary, platform, body, undone_by in rows:
        content = orjson.loads(body)
        found.setdefault(member, {})[activity] = Fact(
            activity, key, at, kind, actor, beneficiary, platform, content["object"], content["data"], undone_by
        )
    return {member: sorted(facts.values(), key=lambda fact: (fact.at, fact.key)) for member, facts in found.items()}


def checkpoints(session: Session, since: Mapping[str, int]) -> dict[str, Checkpoint]:
    """The last checkpoint before each member's instant: what to fold on from when something changed there."""
    rows = sorted(since.items())
    found = {
        member: Checkpoint(count, (at, key), state) for member, count, at, key, state in _CHECKPOINTS.run(session, rows)
    }
    return {member: found.get(member) or start() for member in since}


def drop_checkpoints(session: Session, since: Mapping[str, int]) -> None:
    """Forget the checkpoints at and behind each member's instant: they have not seen what changed there."""
    _DROP.run(session, sorted(since.items()))


def keep_checkpoints(rows: Sequence[tuple[str, int, int, int, str, str]]) -> Write:
    """(member, slot, count, at, key, state), each member's in order, to be kept in place of what the slot held."""
    last = {(member, slot): (member, slot, *rest) for member, slot, *rest in rows}  # a long stretch fills a slot again
    return Write(_KEEP, list(last.values()), {})
