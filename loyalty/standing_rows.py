"""The rows of `standings`: locked before anything is read that they decide, marked, and written.

A row is locked until the commit, and rows are locked in the order of members' ids. What stands in one is decided by
`standings`; enrolment makes it, in `identities`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.orm import Session

from loyalty.db import Statement, Write
from rules_engine.fold import ENGINE_VERSION


class EngineIsOlder(RuntimeError):
    """A standing was written by a newer engine than this process runs, which must not touch it then."""


@dataclass(slots=True)
class Locked:
    """A member's row of `standings`, locked until the commit; `current` counts the community's publications by
    now, `fair_play` how often it changed what it looks out for.
    """

    member_id: str
    state: str
    at: int
    balances: dict[str, int]
    chain: tuple[int, str]
    publications: int
    stale_at: int | None
    settling_at: int | None
    current: int
    fair_play: int


_LOCKED = """s.member_id, s.state, s.at, s.balances, s.entries, s.head, s.publications, s.stale_at, s.settling_at,
    c.publications, c.fair_play, s.engine_version"""
_LOCK_IDENTITIES = Statement(
    f"""SELECT r.id, {_LOCKED} FROM {{rows}} JOIN identities i ON i.id = r.id
    JOIN standings s ON s.member_id = i.member_id JOIN communities c ON c.id = s.community_id
    ORDER BY s.member_id {{pg:FOR NO KEY UPDATE OF s}}""",
    id="text",
)
_LOCK = Statement(
    f"""SELECT '', {_LOCKED} FROM {{rows}} JOIN standings s ON s.member_id = r.member_id
    JOIN communities c ON c.id = s.community_id WHERE s.community_id = :community
    ORDER BY s.member_id {{pg:FOR NO KEY UPDATE OF s}}""",
    member_id="text",
)
_WRITE = Statement(
    """UPDATE standings SET state = r.state, at = r.at, key = r.key, balances = r.balances, entries = r.entries,
        head = r.head, revision = standings.revision + 1, engine_version = :engine, publications = r.publications,
        next_due_at = r.next_due_at, changed_at = :now
    FROM {rows} WHERE standings.member_id = r.member_id""",
    member_id="text",
    state="text",
    at="int",
    key="text",
    balances="text",
    entries="int",
    head="text",
    publications="int",
    next_due_at="int",
)
_MARK_STALE = Statement(
    "UPDATE standings SET stale_at = r.at FROM {rows} WHERE standings.member_id = r.member_id",
    member_id="text",
    at="int",
)


def _locked(rows: Iterable[Sequence[Any]]) -> tuple[dict[str, str], dict[str, Locked]]:
    owners: dict[str, str] = {}
    found: dict[str, Locked] = {}
    for identity, member, state, at, balances, entries, head, *rest, engine in rows:
        if engine > ENGINE_VERSION:
            raise EngineIsOlder(f"the standing of {member} was folded by engine {engine}, this is {ENGINE_VERSION}")
        owners[identity] = member
        if member not in found:
            found[member] = Locked(member, state, at, orjson.loads(balances), (entries, head), *rest)
    return owners, found


def lock_by_identity(session: Session, identities: Collection[str]) -> tuple[dict[str, str], dict[str, Locked]]:
    """Lock the standings of everyone behind the identities, in the order of member ids; answers identity -> member
    (parked identities are left out) and the locked rows.
    """
    if not identities:
        return {}, {}
    return _locked(_LOCK_IDENTITIES.run(session, [(one,) for one in sorted(identities)]))


def lock(session: Session, community_id: str, members: Collection[str]) -> dict[str, Locked]:
    """Lock members' standings, in the order of their ids; those of another community are not found."""
    return _locked(_LOCK.run(session, [(one,) for one in sorted(members)], community=community_id))[1]


def mark_stale(session: Session, since: Mapping[str, int]) -> None:
    """Say of locked members from which instant on their timelines are to be folded again."""
    _MARK_STALE.run(session, sorted(since.items()))


def written(rows: Sequence[Sequence[Any]], now: int) -> Write:
    """Locked rows to be written: (member, state, at, key, balances, entries, head, publications, next_due_at)."""
    return Write(_WRITE, rows, {"engine": ENGINE_VERSION, "now": now})
