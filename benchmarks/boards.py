"""A board of a million members: a rank and the neighbours of a member over HTTP, beside the same Redis script called
bare by as many processes; and what a member on a board takes of Redis' memory.

The members are made with plain SQL, each with another score, and the board is built as the worker builds it.
"""

from __future__ import annotations

import os
import random
import time
from functools import partial
from typing import Any

from redis import Redis
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from benchmarks import recording
from benchmarks._serving import Call, caller, place
from loyalty import board_scripts, clock, drafts, identities, leaderboards, publications
from loyalty.leaderboards import Window
from loyalty.models import Community

CLIENTS = 4
ASKED = 200
_SCORE = 987_654_321  # stands in a standing for the score that takes its place
_EVERYBODY = Window("points", "all", "all")
_FILL = """
INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object({changes}))).*
FROM {table} one, generate_series(1, :number) n WHERE one.{key} = :like
"""


def fill(database_url: str, number: int) -> list[str]:
    """The community with so many members on its board; answers the ids of those who are asked about."""
    engine = recording.engine_for(database_url)
    recording.db.Base.metadata.create_all(engine)
    asked = [f"mem_asked{one:021}" for one in range(ASKED)]
    with Session(engine) as session:
        session.add(Community(id=recording.COMMUNITY, key="bench", name="Bench", salt="salt", created_at=clock.now()))
        session.commit()
        drafts.save(session, recording.COMMUNITY, {"rules": []}, "bench")
        publications.publish(session, recording.COMMUNITY, by="bench", mode="retroactive")
        session.commit()
        people = {one: (None, one, "person") for one in asked}
        identities.add_members(session, recording.COMMUNITY, people, clock.now())
        session.commit()
        _give_scores(session.connection(), asked, number)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return asked


def _give_scores(connection: Connection, asked: list[str], number: int) -> None:
    from rules_engine.standing import Standing

    standing = Standing.new()
    standing.scores["points"] = {"all": ["all", _SCORE, clock.now()]}
    like = {"like": asked[0], "number": number}
    connection.execute(text("UPDATE standings SET state = :state"), {"state": standing.dump()})
    name = "'mem_' || lpad(n::text, 26, '0')"
    connection.execute(
        text(_FILL.format(table="members", key="id", changes=f"'id', {name}, 'external_id', NULL")), like
    )
    state = f"replace(one.state, '{_SCORE}', n::text)"
    changes = f"'member_id', {name}, 'state', {state}"
    connection.execute(text(_FILL.format(table="standings", key="member_id", changes=changes)), like)
    for place_, one in enumerate(asked):
        points = number * place_ // ASKED + 1
        connection.execute(
            text(f"UPDATE standings SET state = replace(state, '{_SCORE}', :points) WHERE member_id = :member"),
            {"points": str(points), "member": one},
        )


def build(database_url: str, redis: Redis) -> None:
    """Build the board, and say how long it took and what it takes."""
    engine = recording.engine_for(database_url)
    before, began = redis.info("memory")["used_memory"], time.perf_counter()
    with Session(engine) as session:
        leaderboards.build(session, redis, recording.COMMUNITY, _EVERYBODY)
    seconds = time.perf_counter() - began
    members = redis.zcard(leaderboards._keys(recording.COMMUNITY, _EVERYBODY)[0])
    taken = (redis.info("memory")["used_memory"] - before) / members
    print(f"a board of {members:,} members: built in {seconds:.1f} s; {taken:.0f} bytes of Redis a member", flush=True)
    engine.dispose()


def bare(redis_url: str, asked: list[tuple[str, int]], _size: int, barrier: Any, results: Any) -> None:
    """A client that calls the script itself."""
    redis = Redis.from_url(redis_url)
    script, keys = redis.register_script(board_scripts.PAGE), leaderboards._keys(recording.COMMUNITY, _EVERYBODY)
    script(keys=keys, args=["around", 0, asked[0][0]])
    barrier.wait()
    began = time.perf_counter()
    for member, radius in asked:
        script(keys=keys, args=["around", radius, member])
    results.put((began, time.perf_counter()))


def main(database_url: str) -> None:
    """1,000,000 members, more or fewer with `BENCH_SCALE`."""
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    asked = fill(database_url, int(1_000_000 * scale))
    with place(database_url) as here:
        key, address = here.key("read"), here.serve("wsgi:app")
        build(database_url, Redis.from_url(here.settings.redis_url))
        for what, radius in (("a rank", 0), ("five around a member", 5)):
            chance = random.Random(radius)
            wanted = [(chance.choice(asked), radius) for _ in range(max(ASKED, int(4_000 * min(1.0, scale))))]
            path = "/v1/leaderboards/all/entries?around={}&radius={}"
            calls = [Call("GET", path.format(*one), headers=key) for one in wanted]
            floor = recording.timed(partial(bare), here.settings.redis_url, wanted, 1, CLIENTS)
            taken = recording.timed(caller, address, calls, 1, CLIENTS)
            print(
                f"{what}, {CLIENTS} clients: the same script bare {floor:,.0f}/s; over HTTP {taken:,.0f}/s ="
                f" {taken / floor:.2f} of it",
                flush=True,
            )
