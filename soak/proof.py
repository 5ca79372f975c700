"""Whether everything that was acknowledged is on record, once, and everybody stands as the facts say.

It reads the service's database by itself, and asks the service's own proofs, `rebuild --check` and `ledger verify`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, create_engine, text

from soak.stream import API, GENERIC, Sending, Stream

STUCK_AFTER = 180.0
"""Seconds without anything done, after which what waits is not going to be done; what a killed worker had claimed is
taken again after one minute."""
_MOST_NAMED = 20
_WAITING = (
    "SELECT (SELECT count(*) FROM deliveries WHERE state = 'received'),"
    " (SELECT count(*) FROM notices WHERE done_at IS NULL),"
    " (SELECT count(*) FROM standings WHERE stale_at IS NOT NULL OR settling_at IS NOT NULL)"
)
_FACTS = (
    "SELECT key, sum(CASE op WHEN 'apply' THEN 1 ELSE 0 END), sum(CASE op WHEN 'reverse' THEN 1 ELSE 0 END), count(*),"
    " sum(CASE WHEN stands AND undone_by IS NULL THEN 1 ELSE 0 END) FROM facts WHERE platform <> 'setia' GROUP BY key"
)
_DELIVERIES = "SELECT source_id, delivery_id, state, error FROM deliveries"


@dataclass
class Findings:
    """What was wrong, by sort: how often, and the first ones by name."""

    counts: dict[str, int] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)

    def add(self, sort: str, what: str) -> None:
        """One more."""
        self.counts[sort] = self.counts.get(sort, 0) + 1
        if len(self.named) < _MOST_NAMED:
            self.named.append(f"{sort}: {what}")


class Books:
    """The service's database, read from outside."""

    def __init__(self, database_url: str, sources: Mapping[str, str]) -> None:
        """`sources` are the ids by door."""
        url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine = create_engine(url)
        self._sources = sources

    def wait_until_done(self, tell: Callable[[str], None]) -> bool:
        """Wait until nothing waits any more; false when nothing moves. `tell` is told how much is left."""
        least, moved_at = None, time.monotonic()
        while True:
            with self._engine.connect() as connection:
                waiting = tuple(connection.execute(text(_WAITING)).one())
            if not any(waiting):
                return True
            tell(f"waiting: {waiting[0]:,} deliveries, {waiting[1]:,} notices, {waiting[2]:,} members")
            if least is None or waiting < least:
                least, moved_at = waiting, time.monotonic()
            if time.monotonic() - moved_at > STUCK_AFTER:
                return False
            time.sleep(0.5)

    def compare(self, stream: Stream, blocks: int) -> Findings:
        """What is lost, doubled or wrong of the stream's first `blocks`, which were acknowledged in full."""
        found = Findings()
        with self._engine.connect() as connection:
            facts = {row[0]: tuple(map(int, row[1:])) for row in connection.execute(text(_FACTS))}
            deliveries = self._deliveries(connection, found)
        undone: set[str] = set()
        wanted: dict[str, bool] = {}
        for sending in _sendings(stream, blocks):
            key = f"{self._sources[GENERIC]}:{sending.key}" if sending.door == GENERIC else sending.key
            wanted[key] = True
            if sending.undoes:
                undone.add(key)
            if sending.door != API and (self._sources[sending.door], sending.name) not in deliveries:
                found.add("delivery lost", f"{sending.door} {sending.name}")
        for key in wanted:
            right = (1, 1, 2, 0) if key in undone else (1, 0, 1, 1)
            rows = facts.pop(key, (0, 0, 0, 0))
            if rows != right:
                sort = "lost" if rows[2] < right[2] else "doubled" if rows[2] > right[2] else "wrong"
                found.add(sort, f"{key}: applied, undone, rows, in force are {rows}, not {right}")
        for key in facts:
            found.add("never sent", key)
        return found

    def facts(self) -> int:
        """How many facts are on record."""
        with self._engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM facts")).scalar_one())

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _deliveries(self, connection: Connection, found: Findings) -> set[tuple[str, str]]:
        there: set[tuple[str, str]] = set()
        for source, name, state, error in connection.execute(text(_DELIVERIES)):
            there.add((source, name))
            if state != "processed" or error is not None:
                found.add("delivery not processed", f"{source} {name}: {state} {error}")
        return there


def _sendings(stream: Stream, blocks: int) -> Iterator[Sending]:
    for index in range(blocks):
        yield from stream.block(index)


def conclude(found: Findings, proofs: Mapping[str, tuple[int, str]], say: Callable[[str], Any]) -> bool:
    """Say how it ended; whether all is right."""
    say(f"lost: {found.counts.get('lost', 0) + found.counts.get('delivery lost', 0)}")
    say(f"doubled: {found.counts.get('doubled', 0)}")
    for sort in sorted(found.counts.keys() - {"lost", "delivery lost", "doubled"}):
        say(f"{sort}: {found.counts[sort]}")
    for line in found.named:
        say(f"  {line}")
    for name, (status, output) in proofs.items():
        say(f"{name}: {'right' if status == 0 else 'WRONG'} ({output.strip()[:2000]})")
    return not found.counts and all(status == 0 for status, _ in proofs.values())
