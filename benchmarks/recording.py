"""`record.record` in process against a bare psycopg program that writes the same rows, in one run on one PostgreSQL.

10,000 members, 30 rules over ten kinds; half of the activities have an actor and a beneficiary who both earn, so a fact
comes with 1.5 entries and 1.5 balances. The floor writes facts, entries and balances into tables of the same shape with
the same indexes: one statement a table, one transaction a call, from arrays for batches, with as many processes.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from loyalty import clock, db, drafts, identities, process, publications, record, rulebook, sayings
from loyalty.activities import Activity, Identity, Speaker
from loyalty.models import Community

MEMBERS = 10_000
SINGLE_KINDS = ["post_created", "comment_created", "question_asked", "poll_voted", "video_posted"]
PAIR_KINDS = ["answer_accepted", "helpful_reaction", "kudos_given", "feedback_given", "review_written"]
COMMUNITY = "com_bench"
SPEAKER = Speaker("src_bench")
START = 1_800_000_000 * clock.SECOND
STEP = clock.SECOND // 1000  # a thousand facts a second


def rules() -> dict[str, Any]:
    """Thirty rules, three a kind: who takes part earns once."""

    def rule(key: str, kind: str, **more: Any) -> dict[str, Any]:
        name = {"en": key, "ms": key}
        return {"key": key, "name": name, "on": kind, "gives": [{"points": 5}]} | more

    often = [{"times": 100_000, "per": "day"}]
    tagged = {"all": [{"field": "object.tags", "has": "gold"}]}
    found = []
    for kind in SINGLE_KINDS:
        slug = kind.replace("_", "-")
        found += [
            rule(f"{slug}-did", kind, limits=often),
            rule(f"{slug}-gold", kind, when=tagged),
            rule(f"{slug}-many", kind, count={"every": 1_000_000}),
        ]
    for kind in PAIR_KINDS:
        slug = kind.replace("_", "-")
        found += [
            rule(f"{slug}-gave", kind, limits=often),
            rule(f"{slug}-got", kind, earns="beneficiary", limits=often),
            rule(f"{slug}-gold", kind, earns="beneficiary", when=tagged),
        ]
    return {"rules": found}


def person(number: int) -> Identity:
    return Identity("bench", "", str(number))


def activities(count: int, offset: int, late: float) -> list[Activity]:
    """Facts in order, of which the share `late` is up to a minute older than its place says."""
    chance = random.Random(offset)
    found = []
    for index in range(offset, offset + count):
        pair = index % 2 == 1
        at = START + index * STEP - (chance.randrange(clock.MINUTE) if chance.random() < late else 0)
        actor, beneficiary = chance.sample(range(MEMBERS), 2)
        found.append(
            Activity(
                kind=chance.choice(PAIR_KINDS if pair else SINGLE_KINDS),
                key=f"bench:{index}",
                at=at,
                platform="bench",
                actor=person(actor),
                beneficiary=person(beneficiary) if pair else None,
                object={"kind": "post", "id": str(index), "tags": ["silver"]},
                data={"votes": 3},
            )
        )
    return found


def engine_for(url: str) -> Any:
    url = url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, **db.engine_options(url))
    db.prepare_engine(engine, b"k" * 32)
    return engine


def prepare(url: str) -> None:
    """The community, its rulebook and 10,000 enrolled members; the floor's tables."""
    engine = engine_for(url)
    db.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Community(id=COMMUNITY, key="bench", name="Bench", salt="salt", created_at=clock.now()))
        session.commit()
        drafts.save(session, COMMUNITY, rules(), "bench")
        publications.publish(session, COMMUNITY, by="bench", mode="retroactive")
        session.commit()
        people = {identities.identity_id("salt", person(one)): person(one) for one in range(MEMBERS)}
        identities.add(session, COMMUNITY, people, enrol=True)
        session.commit()
        for table in ("facts", "entries"):
            session.execute(text(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)"))
        session.execute(text('CREATE TABLE floor_balances (member_id text COLLATE "C" PRIMARY KEY, balance bigint)'))
        rows = "SELECT id, 0 FROM members"
        session.execute(text(f"INSERT INTO floor_balances {rows}"))
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


FACTS = [*sayings.Saying._fields, "community_id", "recorded_at"]
ENTRIES = ["member_id", "at", "number", "community_id", "rule", "occasion", "effect", "revision", "currency", "debit"]
ENTRIES += ["credit", "amount", "fact", "booked_at", "link"]
NUMBERS = {"n", "version", "at", "recorded_at", "number", "revision", "amount", "booked_at"}


def _type(name: str) -> str:
    return "bigint[]" if name in NUMBERS else "boolean[]" if name == "stands" else "text[]"


def _insert(table: str, columns: Sequence[str], batch: bool) -> str:
    if not batch:
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
    arrays = ", ".join(f"%s::{_type(name)}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"


def _literal(values: Sequence[Any], name: str) -> str:
    return db._array(values, "int" if name in NUMBERS or name == "stands" else "text")


def floor_calls(said: Sequence[Activity], size: int) -> list[list[tuple[str, Any]]]:
    """What the floor sends, made before the clock runs: (statement, parameters) of each call."""
    calls = []
    number = 0
    for first in range(0, len(said), size):
        rows, entries, balances = [], [], {}
        for one in said[first : first + size]:
            saying = sayings.of("salt", one, SPEAKER)
            rows.append((*saying, COMMUNITY, one.at))
            for who in (saying.actor, saying.beneficiary):
                if who is None:
                    continue
                number += 1
                member = "mem_" + who[4:]
                decision = (one.kind, saying.activity_id, "points:points", 1, "points", "issuance", "member", 5)
                entries.append((member, one.at, number, COMMUNITY, *decision, saying.activity_id, one.at, "0" * 64))
                balances[member] = balances.get(member, 0) + 5
        if size == 1:
            call = [(_insert("floor_facts", FACTS, False), rows[0])]
            values = ", ".join(f"({', '.join(['%s'] * len(ENTRIES))})" for _ in entries)
            entry = [value for row in entries for value in row]
            call.append((f"INSERT INTO floor_entries ({', '.join(ENTRIES)}) VALUES {values}", entry))
        else:
            rows.sort()
            facts_in = [_literal(column, name) for column, name in zip(zip(*rows, strict=True), FACTS, strict=True)]
            entries_in = [
                _literal(column, name) for column, name in zip(zip(*entries, strict=True), ENTRIES, strict=True)
            ]
            call = [
                (_insert("floor_facts", FACTS, True), facts_in),
                (_insert("floor_entries", ENTRIES, True), entries_in),
            ]
        upsert = (
            "INSERT INTO floor_balances SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT (member_id)"
            " DO UPDATE SET balance = floor_balances.balance + excluded.balance"
        )
        owed = sorted(balances.items())
        call.append(
            (upsert, [db._array([one for one, _ in owed], "text"), db._array([points for _, points in owed], "int")])
        )
        calls.append(call)
    return calls


def floor_worker(url: str, said: list[Activity], size: int, barrier: Any, results: Any) -> None:
    calls = floor_calls(said, size)
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        barrier.wait()
        began = time.perf_counter()
        for call in calls:
            with connection.cursor() as cursor:
                for statement, parameters in call:
                    cursor.execute(statement, parameters)  # type: ignore[arg-type]  # the driver asks for literals
            connection.commit()
        results.put((began, time.perf_counter()))


def record_worker(url: str, said: list[Activity], size: int, barrier: Any, results: Any) -> None:
    engine = engine_for(url)
    with Session(engine) as session:
        rulebook.book(session, COMMUNITY)
    process.tune()
    barrier.wait()
    began = time.perf_counter()
    for first in range(0, len(said), size):
        batch = said[first : first + size]
        with Session(engine) as session:
            db.transact(
                session,
                partial(record.record, community_id=COMMUNITY, activities=batch, speaker=SPEAKER, decisions=size == 1),
            )
    results.put((began, time.perf_counter()))
    engine.dispose()


def timed(worker: Callable[..., None], url: str, said: list[Activity], size: int, processes: int) -> float:
    """Facts a second, all processes together. Consecutive calls go to the processes in turn."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    calls = [said[first : first + size] for first in range(0, len(said), size)]
    slices = [[one for call in calls[index::processes] for one in call] for index in range(processes)]
    running = [context.Process(target=worker, args=(url, one, size, barrier, results)) for one in slices]
    for one in running:
        one.start()
    spans = [results.get(timeout=600) for _ in running]
    for one in running:
        one.join()
    return len(said) / (max(end for _, end in spans) - min(begin for begin, _ in spans))


def long_history(url: str, facts_before: int) -> tuple[float, float]:
    """Seconds for a fact in order and for one a day late, of a member with many facts (medians of 15)."""
    engine = engine_for(url)
    hero = Identity("bench", "", "hero")
    start, step = START - 100 * clock.DAY, 90 * clock.DAY // facts_before

    def say(key: str, at: int) -> Activity:
        return Activity(SINGLE_KINDS[0], f"hero:{key}", at, "bench", actor=hero, object={"tags": ["silver"]})

    def recorded(activities: list[Activity]) -> float:
        began = time.perf_counter()
        with Session(engine) as session:
            db.transact(session, partial(record.record, community_id=COMMUNITY, activities=activities, speaker=SPEAKER))
        return time.perf_counter() - began

    for first in range(0, facts_before, 1000):
        recorded([say(str(one), start + one * step) for one in range(first, first + 1000)])
    end = start + facts_before * step
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    in_order = sorted(recorded([say(f"next:{one}", end + one * step)]) for one in range(15))
    late = sorted(recorded([say(f"late:{one}", end - clock.DAY + one)]) for one in range(15))
    engine.dispose()
    return in_order[7], late[7]


def measure(url: str, processes: int, size: int, count: int, start: int) -> None:
    """The floor, then recording in order, then with 5 % late; as ratios to the floor and to each other."""
    in_order = activities(count, start, 0)
    floor = timed(floor_worker, url, in_order, size, processes)
    ordered = timed(record_worker, url, in_order, size, processes)
    late = timed(record_worker, url, activities(count, start + count, 0.05), size, processes)
    what = "single facts" if size == 1 else f"batches of {size:,}"
    print(
        f"{what}, {processes} processes: floor {floor:,.0f} facts/s; recorded {ordered:,.0f}/s = {ordered / floor:.2f}"
        f" of it (aim 0.50); with 5 % up to a minute late {late:,.0f}/s = {late / ordered:.2f} of that (aim 0.70)",
        flush=True,
    )


def main(database_url: str) -> None:
    """Single facts with 8 processes, batches of 1,000 with 2, and a long history. `BENCH_SCALE` makes it longer."""
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    prepare(database_url)
    print("rows a fact, on both sides: 1 fact, 1.5 entries, 1.5 balances (recording: standings, and 1 notice a call)")
    measure(database_url, 8, 1, int(8_000 * scale), 0)
    measure(database_url, 2, 1000, int(40_000 * scale), 1_000_000)
    in_order, late = long_history(database_url, int(100_000 * scale))
    print(
        f"a member with {int(100_000 * scale):,} facts: in order {in_order * 1000:.1f} ms,"
        f" a day late {late * 1000:.1f} ms = {late / in_order:.1f} times (aim: under 50)"
    )
