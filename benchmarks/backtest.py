"""A back-test by two workers against a bare psycopg program that reads the same rows and does nothing with them.

10,000 members, 30 rules over ten kinds, a year of facts of which half are about two members; the draft gives a point
more everywhere and has one rule less. Facts are put into the log as they are recorded; nothing else of them is needed,
since a back-test folds everyone from nothing. `BENCH_SCALE` says how many millions of facts there are.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks import recording
from benchmarks.recording import COMMUNITY, SPEAKER
from jobs import backtests as carrying
from jobs.app import Service
from loyalty import backtests, clock, drafts, process, sayings

WORKERS = 2
YEAR = 364 * clock.DAY
_INSERT = recording._insert("facts", recording.FACTS, batch=True)
_PAGE = 50
_READ = """SELECT i.member_id, f.activity_id, f.key, f.at, f.kind, a.member_id, b.member_id, f.platform, f.body,
        f.undone_by
    FROM unnest(%(members)s::text[]) AS r(id) JOIN identities i ON i.member_id = r.id
    JOIN facts f ON f.{side} = i.id AND f.stands
    LEFT JOIN identities a ON a.id = f.actor LEFT JOIN identities b ON b.id = f.beneficiary"""


def fill(url: str, count: int) -> None:
    """A year of facts, straight into the log."""
    begin, step = clock.now() - YEAR, YEAR // count
    with psycopg.connect(url) as connection:
        for first in range(0, count, 10_000):
            said = recording.activities(min(10_000, count - first), first, 0)
            told = [
                sayings.of("salt", replace(one, at=begin + index * step), SPEAKER)
                for index, one in enumerate(said, first)
            ]
            columns = zip(*((*one, COMMUNITY, one.at) for one in told), strict=True)
            literals = [recording._literal(column, name) for column, name in zip(columns, recording.FACTS, strict=True)]
            connection.execute(_INSERT, literals)  # type: ignore[call-overload]  # the driver asks for literals
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def draft() -> dict[str, Any]:
    """A point more everywhere, and one rule less."""
    rules = recording.rules()["rules"][1:]
    return {"rules": [{**rule, "gives": [{"points": 6}]} for rule in rules]}


def read(url: str, part: int, barrier: Any, results: Any) -> None:
    """The floor: every second page of members, read and dropped."""
    with psycopg.connect(url) as connection:
        members = [row[0] for row in connection.execute("SELECT id FROM members ORDER BY id")]
        barrier.wait()
        began, rows = time.perf_counter(), 0
        for first in range(part * _PAGE, len(members), WORKERS * _PAGE):
            asked = {"members": members[first : first + _PAGE]}
            for side in ("actor", "beneficiary"):
                rows += len(connection.execute(_READ.format(side=side), asked).fetchall())
        results.put((began, time.perf_counter(), rows, *_taken()))


def work(url: str, _part: int, barrier: Any, results: Any) -> None:
    """A worker that takes parts until none is left."""
    service = Service(recording.engine_for(url), Redis())  # which nothing here asks
    process.tune()
    barrier.wait()
    began = time.perf_counter()
    carrying.drain(service)
    results.put((began, time.perf_counter(), 0, *_taken()))


def _taken() -> tuple[int, float]:
    """The most memory that this process had, in MB, and the processor's seconds that it took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, time.process_time()


def together(what: Callable[..., None], url: str) -> tuple[float, int, int, float]:
    """Seconds from the first one's beginning to the last one's end, rows in all, the most memory that one had, and the
    seconds that all of them took of their processors.
    """
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(WORKERS), context.Queue()
    running = [context.Process(target=what, args=(url, part, barrier, results)) for part in range(WORKERS)]
    for one in running:
        one.start()
    told = [results.get(timeout=3_600) for _ in running]
    for one in running:
        one.join()
    seconds = max(one[1] for one in told) - min(one[0] for one in told)
    return seconds, sum(one[2] for one in told), max(one[3] for one in told), sum(one[4] for one in told)


def main(database_url: str) -> None:
    """A million facts, more or fewer with `BENCH_SCALE`."""
    count = int(1_000_000 * float(os.environ.get("BENCH_SCALE", "1")))
    recording.prepare(database_url)
    fill(database_url, count)
    floor, rows, _, _ = together(read, database_url)
    engine = recording.engine_for(database_url)
    with Session(engine) as session:
        drafts.save(session, COMMUNITY, draft(), "bench")
        begun = backtests.begin(session, COMMUNITY, by="bench").id
        session.commit()
    seconds, _, memory, processor = together(work, database_url)
    with Session(engine) as session:
        row = backtests.get(session, COMMUNITY, begun)
        assert row.report is not None, row.error
        assert row.report["facts"] == count
        stored = session.scalar(text("SELECT length(report::text) FROM backtests"))
    engine.dispose()
    print(
        f"{count:,} facts, {rows:,} places in timelines, {WORKERS} workers: {seconds:.1f} s,"
        f" {count / seconds:,.0f} facts/s; a million takes {seconds / count * 1e6:.0f} s (aim: under 60)"
        f" and {processor / count * 1e6:.0f} s of processors; reading the same rows bare takes {floor:.1f} s"
        f" = {floor / seconds:.2f} of it; a worker took {memory} MB at most; the report has {stored:,} characters",
        flush=True,
    )
