"""Publications over real histories: reverted to the point, walked by parts, killed in the middle and resumed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs import queues
from jobs.app import Service
from loyalty import clock, notices, rebuild, walks
from loyalty.activities import Activity
from loyalty.models import Entry, Notice, Publication, StandingRow, WalkPart
from tests.databases import Database
from tests.draining import drain_all
from tests.waiting import PATIENCE, until
from tests.walking import AS_OF, BEGAN, all_of_it, entries, put_in_force, revert, said, there_and_back, walk
from tests.workers import ROOT, redis, service, worker
from tests.worlds import World, person

__all__ = ["redis", "service", "worker"]

PEOPLE, EACH = 30, 100
FIRST: dict[str, Any] = {
    "rules": [
        {"key": "post", "on": "post_created", "limits": [{"times": 4, "per": "day"}], "gives": {"points": 5}},
        {"key": "pairs", "on": "post_created", "count": {"every": 2}, "gives": {"points": 7}},
        {
            "key": "like",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "limits": [{"times": 1, "per": "day", "with": "counterparty"}],
            "gives": [{"points": 2, "expires_after": "30d"}, {"badge": "liked"}],
        },
    ],
    "badges": [{"key": "liked"}, {"key": "rich", "needs": {"earned": {"points": 150}}}],
    "tiers": {
        "period": "ever",
        "levels": [{"key": "member", "reach": 0}, {"key": "silver", "reach": 60}, {"key": "gold", "reach": 200}],
    },
    "boards": [{"key": "all", "period": "all"}],
}
SECOND: dict[str, Any] = {
    **FIRST,
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 1, "matures_after": "7d"}},
        {"key": "pairs", "on": "post_created", "count": {"every": 3}, "gives": {"points": 2}},
        {"key": "new", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 9}},
    ],
    "tiers": {"period": "month", "levels": [{"key": "silver", "reach": 30, "keep": 10}]},
}
WALKS_AND_DIES = """
import os, signal, sys
from redis import Redis
from jobs import walks as jobs
from jobs.app import Service
from loyalty import walks
from tests.databases import Database

walks.page.__defaults__ = (2,)
moved = []
move_on = walks.move_on

def dies(*args, **kwargs):
    move_on(*args, **kwargs)
    moved.append(1)
    if len(moved) == 5:
        os.kill(os.getpid(), signal.SIGKILL)

walks.move_on = dies
here = Service(Database("", sys.argv[1]).engine, Redis())
for part in jobs.begin(here):
    jobs.go(here, part)
"""


def grown(database: Database, redis: Redis, each: int = EACH) -> World:
    """A community with half a year of posts and likes under the first rulebook."""
    random = Random(7)  # no secret hangs on it
    world = World(database.engine, [person(number) for number in range(PEOPLE)])
    world.publish(FIRST)
    people = [person(number) for number in range(PEOPLE)]
    history = []
    for number in range(PEOPLE * each):
        at = BEGAN + random.randrange(180 * clock.DAY)
        who, other = random.sample(people, 2)
        history.append(said(number, at, who, other))
    for start in range(0, len(history), 500):
        world.record(*history[start : start + 500])
    world.settle()
    world.reconcile(AS_OF)
    walk(world, redis)
    return world


@pytest.mark.parametrize("how", [{"mode": "retroactive"}, {"mode": "from", "start": BEGAN + 90 * clock.DAY}])
@pytest.mark.parametrize("gains_only", [False, True])
def test_what_is_reverted_is_as_if_it_had_never_been(
    database: Database, redis: Redis, how: dict[str, Any], gains_only: bool
) -> None:
    there_and_back(grown(database, redis), redis, SECOND, **how, gains_only=gains_only)


def test_every_line_that_it_brought_names_it(database: Database, redis: Redis) -> None:
    world = grown(database, redis, each=20)
    before = entries(world)
    publication = put_in_force(world, SECOND, mode="retroactive")
    walk(world, redis)

    after = entries(world)
    assert {named for line, named in after.items() if line not in before} == {publication}
    assert {named for line, named in after.items() if line in before} == {None}


def test_subscribers_hear_of_it_once_and_nobody_of_single_members(database: Database, redis: Redis) -> None:
    world = grown(database, redis, each=20)
    _forget_notices(world)
    publication = put_in_force(world, SECOND, mode="retroactive")
    walk(world, redis)

    with Session(world.engine) as session:
        told = session.execute(select(Notice.kind, Notice.payload).order_by(Notice.id)).all()
    assert [(kind, payload) for kind, payload in told] == [
        (notices.RULEBOOK_PUBLISHED, {"publication": publication}),
        (notices.RULEBOOK_WALKED, {"publication": publication}),
    ]


def test_long_histories_are_folded_by_the_walk_itself(
    database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = grown(database, redis, each=20)
    before, lines = all_of_it(world), entries(world)
    _forget_notices(world)
    monkeypatch.setattr("loyalty.standings.LONG", 5)
    publication = put_in_force(world, SECOND, mode="retroactive")
    walk(world, redis)

    with Session(world.engine) as session:
        assert session.scalars(select(StandingRow.stale_at).where(StandingRow.stale_at.is_not(None))).all() == []
        assert session.scalars(select(Notice.kind).where(Notice.kind == notices.MEMBER_STALE)).all() == []
        assert walks.progress(session, [publication])[publication][:3] == (walks.DONE, PEOPLE, PEOPLE)
    assert {named for line, named in entries(world).items() if line not in lines} == {publication}
    assert rebuild.rebuild(world.do, world.community) == []
    revert(world, publication)
    walk(world, redis)
    assert all_of_it(world) == before


def _forget_notices(world: World) -> None:
    def forget(session: Session) -> None:
        for row in session.scalars(select(Notice)):
            session.delete(row)

    world.do(forget)


def test_killed_in_the_middle_it_goes_on_from_there(database: Database, redis: Redis) -> None:
    world = grown(database, redis, each=20)
    publication = put_in_force(world, SECOND, mode="retroactive")
    killed = subprocess.run(
        [sys.executable, "-c", WALKS_AND_DIES, database.url], check=False, cwd=ROOT, timeout=PATIENCE
    )
    assert killed.returncode == -signal.SIGKILL
    with Session(world.engine) as session:
        half = walks.progress(session, [publication])[publication]
        met = session.scalars(select(StandingRow.member_id).where(StandingRow.publications == 2)).all()
    assert half.state == walks.WALKING
    assert 0 < half.done < PEOPLE
    assert len(met) == half.done, "the page that was cut short left nothing behind"

    _let_claims_end(world)
    walk(world, redis)

    with Session(world.engine) as session:
        done = walks.progress(session, [publication])[publication]
        ended = session.scalars(select(Notice.payload).where(Notice.kind == notices.RULEBOOK_WALKED)).all()
    assert done[:4] == (walks.DONE, PEOPLE, PEOPLE, 0)
    assert ended.count({"publication": publication}) == 1
    assert rebuild.rebuild(world.do, world.community) == []


def _let_claims_end(world: World) -> None:
    world.do(lambda session: session.execute(update(WalkPart).values(claimed_until=0)) and None)


def test_two_workers_walk_side_by_side_and_one_that_is_killed_is_made_up_for(
    database: Database, redis: Redis, worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    world = grown(database, redis, each=20)
    publication = put_in_force(world, SECOND, mode="retroactive")
    first, _ = worker(), worker()
    queues.kick(redis, "walks")
    until(lambda: _progress(world, publication).done > 0)
    first.kill()
    _let_claims_end(world)

    def ended() -> bool:
        queues.kick(redis, "walks")
        return _progress(world, publication).state == walks.DONE

    until(ended)
    assert _progress(world, publication)[:4] == (walks.DONE, PEOPLE, PEOPLE, 0)
    assert rebuild.rebuild(world.do, world.community) == []


def _progress(world: World, publication: str) -> walks.Progress:
    with Session(world.engine) as session:
        return walks.progress(session, [publication])[publication]


def test_who_is_touched_meanwhile_is_right_at_once(database: Database, redis: Redis) -> None:
    world = grown(database, redis, each=20)
    publication = put_in_force(world, SECOND, mode="retroactive")
    (told,) = world.record(Activity("post_created", "post:late", clock.now(), "telegram", actor=person(3)))
    assert told.settled

    with Session(world.engine) as session:
        met = session.scalar(select(StandingRow.publications).where(StandingRow.member_id == world.members[3]))
        of_it = select(func.count()).select_from(Entry).where(Entry.publication == publication)
        assert met == 2
        assert session.scalar(of_it.where(Entry.member_id == world.members[3]))
        assert not session.scalar(of_it.where(Entry.member_id == world.members[4]))


def test_a_walk_of_nobody_ends_at_once(app: Flask, service: Service) -> None:
    world = World(service.engine)
    world.publish(FIRST)
    drain_all(app)
    with Session(world.engine) as session:
        publication = session.scalars(select(Publication.id).where(Publication.community_id == world.community)).one()
        assert walks.progress(session, [publication])[publication][:3] == (walks.DONE, 0, 0)
