"""Carrying: real workers on a real queue, the outbox under failure, and the clock."""

from __future__ import annotations

import importlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs import clock as clock_process
from jobs import queues, relay, schedule
from jobs.app import Service
from jobs.batches import all_or_each
from jobs.dispatch import HANDLERS
from loyalty import (
    clock,
    identities,
    ids,
    leaderboards,
    notices,
    outbox,
    settlement,
    standing_rows,
)
from loyalty import publications as publications_of_rulebooks
from loyalty.errors import Conflict
from loyalty.models import Notice, StandingRow
from tests.databases import Database
from tests.draining import drain_all
from tests.http import World, instant, world
from tests.workers import ROOT, redis, service, until, worker

__all__ = ["redis", "service", "worker", "world"]

CLAIMS_AND_DIES = """
import os, signal, sys
from redis import Redis
from jobs.app import Service
from loyalty import outbox
from tests.databases import Database

Service(Database("", sys.argv[1]).engine, Redis()).write(outbox.claim)
os.kill(os.getpid(), signal.SIGKILL)
"""
POSTS = {"rules": [{"key": "post", "on": "post_created", "gives": {"points": 2}}]}


def publish(service: Service, *kinds: str, payload: dict[str, object] | None = None, due_at: int | None = None) -> None:
    def write(session: Session) -> None:
        for kind in kinds:
            notices.publish(session, kind, "com_x", payload or {}, due_at)

    service.write(write)


def read(service: Service) -> list[Notice]:
    return service.read(lambda session: list(session.scalars(select(Notice).order_by(Notice.created_at))))


class TestOutbox:
    def test_what_is_rolled_back_was_never_said(self, service: Service) -> None:
        with Session(service.engine) as session:
            notices.publish(session, notices.MEMBER_STALE, "com_x", {})
            session.rollback()

        assert read(service) == []

    def test_a_claimed_notice_is_nobody_elses_until_its_claim_ends(self, service: Service) -> None:
        publish(service, *[notices.MEMBER_STALE] * 3)

        first = service.write(outbox.claim, 2)
        second = service.write(outbox.claim, 2)

        assert len(first) == 2
        assert len(second) == 1
        assert {one.id for one in first}.isdisjoint(one.id for one in second)
        service.write(lambda session: session.execute(update(Notice).values(claimed_until=clock.now() - 1)))
        assert len(service.write(outbox.claim, 9)) == 3

    def test_two_processes_claim_at_once_without_waiting(self, service: Service, database: Database) -> None:
        if database.name == "sqlite":
            pytest.skip("SQLite has one writer at a time")
        publish(service, *[notices.MEMBER_STALE] * 4)
        with Session(service.engine) as one, Session(service.engine) as other:
            mine, theirs = outbox.claim(one, 2), outbox.claim(other, 9)

            assert len(mine) == len(theirs) == 2
            assert {claimed.id for claimed in mine}.isdisjoint(claimed.id for claimed in theirs)

    def test_a_notice_is_not_carried_out_before_it_is_due(self, service: Service) -> None:
        publish(service, notices.MEMBER_STALE, due_at=clock.now() + clock.HOUR)

        assert service.write(outbox.claim) == []
        assert service.read(outbox.lag) == outbox.Lag(0, 0, 0)

    def test_what_fails_waits_longer_each_time_and_holds_up_nobody(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def carry_out(_service: Service, _community: str, claimed: list[outbox.Claimed]) -> None:
            if any(one.payload.get("broken") for one in claimed):
                raise ValueError("broken")

        monkeypatch.setitem(HANDLERS, notices.MEMBER_STALE, carry_out)
        publish(service, notices.MEMBER_STALE)
        publish(service, notices.MEMBER_STALE, payload={"broken": True})
        publish(service, notices.MEMBER_STALE)
        waits = []
        failures: list[str] = []
        for _ in range(4):
            started = clock.now()
            relay.drain(service, failed=lambda what, _error: failures.append(what))
            waits.append(round((read(service)[1].due_at - started) / clock.SECOND))
            service.write(lambda session: session.execute(update(Notice).values(due_at=clock.now())))

        assert waits == [1, 2, 4, 8]
        assert len(failures) == 4
        assert [row.done_at is not None for row in read(service)] == [True, False, True]
        assert read(service)[1].error == "ValueError"
        lag = service.read(outbox.lag)
        assert (lag.due, lag.failing) == (1, 1)

    def test_an_admin_reads_a_refusals_own_words_and_of_anything_else_its_kind_alone(self) -> None:
        refused = Conflict("out_of_stock", "There is none left.")

        assert relay.reason(refused) == "There is none left."
        assert relay.reason(ConnectionError("nobody at db.internal:5432 lets setia in")) == "ConnectionError"

    def test_old_notices_are_forgotten_once_they_are_done(self, service: Service) -> None:
        publish(service, *[notices.MEMBER_STALE] * 3)
        (first, second, third) = read(service)
        long_ago = clock.now() - 31 * clock.DAY
        service.write(
            lambda session: session.execute(
                update(Notice).where(Notice.id == first.id).values(done_at=long_ago, created_at=long_ago)
            )
        )
        service.write(outbox.finish, [second.id])

        assert service.write(outbox.forget_done) == 1
        assert [row.id for row in read(service)] == [second.id, third.id]

    def test_every_kind_of_notice_is_carried_out(self) -> None:
        assert set(HANDLERS) == notices.KINDS


class TestQueue:
    def test_kicks_are_one_job_until_it_begins(self, redis: Redis) -> None:
        assert [queues.kick(redis) for _ in range(3)] == [True, False, False]
        assert queues.queue(redis).count == 1

        queues.begun(redis, "relay")
        assert queues.kick(redis)

    def test_without_a_worker_kicks_do_not_pile_up(self, redis: Redis) -> None:
        for _ in range(100):
            queues.kick(redis)
            queues.begun(redis, "relay")

        assert queues.queue(redis).count == queues.MOST_WAITING

    def test_with_redis_away_a_kick_fails_quietly_and_at_once(self) -> None:
        started = time.monotonic()

        assert not queues.kick(leaderboards.connect("unix:///nonexistent/valkey"))
        assert time.monotonic() - started < 0.5

    def test_every_job_is_a_function_that_is_there_and_every_tick_kicks_one(self) -> None:
        for path in queues.JOBS.values():
            module, _, name = path.rpartition(".")
            assert callable(getattr(importlib.import_module(module), name))
        asked_for = {"walk"}  # by "walks", for each part of a community
        assert {job for job, _ in schedule.TICKS} | asked_for == set(queues.JOBS)

    def test_the_clock_kicks_every_job_at_first_and_then_in_its_time(self, redis: Redis) -> None:
        ticking = clock_process.make_clock(redis)

        ticking.enqueue_jobs()
        assert queues.queue(redis).count == len(schedule.TICKS)

        ticking.enqueue_jobs()
        assert queues.queue(redis).count == len(schedule.TICKS)
        assert 0 < ticking.calculate_sleep_interval() <= min(seconds for _, seconds in schedule.TICKS)


class TestWorker:
    def test_it_carries_what_a_request_left_behind(
        self, world: World, redis: Redis, service: Service, worker: Callable[[], subprocess.Popen[bytes]]
    ) -> None:
        world.publish(POSTS)
        worker()
        post(world, 3)
        queues.kick(redis)

        until(lambda: all(row.done_at for row in read(service)))

        board = world.get("/v1/leaderboards/all/entries").get_json()["data"]
        assert [row["score"] for row in board] == [6]
        assert leaderboards_are_built(service, world)

    def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(
        self, world: World, redis: Redis, service: Service, worker: Callable[[], subprocess.Popen[bytes]]
    ) -> None:
        world.publish(POSTS)
        post(world, 30)
        first = worker()
        queues.kick(redis)
        until(lambda: any(row.attempts for row in read(service)) or all(row.done_at for row in read(service)))
        first.send_signal(signal.SIGKILL)
        service.write(lambda session: session.execute(update(Notice).values(claimed_until=None)))

        redis.delete("setia:kicked:relay")
        worker()
        queues.kick(redis)
        until(lambda: all(row.done_at for row in read(service)))

        board = world.get("/v1/leaderboards/all/entries").get_json()["data"]
        assert [row["score"] for row in board] == [60]

    def test_what_a_killed_process_had_claimed_is_carried_out_once_its_lease_has_ended_and_no_earlier(
        self, world: World, service: Service, database: Database
    ) -> None:
        world.publish(POSTS)
        post(world, 2)
        killed = subprocess.run(
            [sys.executable, "-c", CLAIMS_AND_DIES, database.url], check=False, cwd=ROOT, timeout=60
        )
        assert killed.returncode == -signal.SIGKILL
        claimed = {row.id: row.claimed_until for row in read(service)}
        (lease_ends_at,) = set(claimed.values())
        assert lease_ends_at is not None

        def done_at(now: int) -> set[bool]:
            with time_machine.travel(now / clock.SECOND, tick=False):
                relay.drain(service)
            return {row.done_at is not None for row in read(service) if row.id in claimed}

        assert done_at(lease_ends_at - clock.SECOND) == {False}
        assert done_at(lease_ends_at + clock.SECOND) == {True}

    def test_it_stops_when_asked(self, worker: Callable[[], subprocess.Popen[bytes]], redis: Redis) -> None:
        process = worker()
        until(lambda: any(redis.hget(name, "state") == b"idle" for name in redis.smembers("rq:workers")))

        process.terminate()

        assert process.wait(timeout=10) == 0


class TestSchedule:
    def test_boards_that_redis_lost_come_back_equal(
        self, app: Flask, world: World, redis: Redis, service: Service
    ) -> None:
        world.publish(POSTS)
        post(world, 4)
        drain_all(app)
        before = world.get("/v1/leaderboards/week/entries").get_json()

        redis.flushall()
        assert world.get("/v1/leaderboards/week/entries").get_json() == before
        assert not leaderboards_are_built(service, world)
        drain_all(app)

        assert leaderboards_are_built(service, world)
        assert world.get("/v1/leaderboards/week/entries").get_json() == before

    def test_who_opts_out_leaves_the_boards_and_comes_back(self, app: Flask, world: World) -> None:
        world.publish(POSTS)
        post(world, 2)
        drain_all(app)

        def scores() -> list[int]:
            drain_all(app)
            return [row["score"] for row in world.get("/v1/leaderboards/all/entries").get_json()["data"]]

        world.put("/v1/members/app::ada/preferences", {"on_boards": False})
        assert scores() == []
        world.put("/v1/members/app::ada/preferences", {"on_boards": True})
        assert scores() == [4]
        ada = world.get("/v1/members/app::ada").get_json()["id"]
        world.put(f"/v1/members/{ada}", {"role": "staff"})
        assert scores() == []

    def test_who_cannot_be_folded_keeps_no_rulebook_from_the_others(
        self, app: Flask, world: World, service: Service
    ) -> None:
        broken = min(world.enrol(name) for name in ("ada", "ben", "eve"))
        of_broken = StandingRow.member_id == broken
        service.write(
            lambda session: session.execute(update(StandingRow).where(of_broken).values(engine_version=99)) and None
        )
        world.publish(POSTS)
        drain_all(app)

        assert service.read(settlement.behind, world.id, "") == [broken]
        assert service.read(outbox.lag).due == 0

        keep_house(app)
        assert service.read(settlement.behind, world.id, "") == [broken]
        service.write(
            lambda session: session.execute(update(StandingRow).where(of_broken).values(engine_version=1)) and None
        )
        keep_house(app)
        assert service.read(settlement.behind, world.id, "") == []

    def test_members_that_are_broken_keep_their_place_and_nobody_else_theirs(
        self, app: Flask, world: World, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(schedule, "_BATCH", 2)
        members = [world.enrol(name) for name in ("ada", "ben", "eve", "joe", "kim")]
        now = clock.now()

        def delay(session: Session) -> None:
            for place, member in enumerate(members):
                broken = {"engine_version": 99} if place < 3 else {}
                due = {"next_due_at": now - clock.HOUR + place // 2, **broken}
                session.execute(update(StandingRow).where(StandingRow.member_id == member).values(due))

        service.write(delay)
        with app.app_context():
            schedule.bring_forward()

        still_due = service.read(settlement.due, clock.now())
        assert [one.member_id for one in still_due] == [*sorted(members[:2]), members[2]]

    def test_nobody_is_left_behind_while_a_walk_is_on_its_way_or_a_publication_is_still_to_begin(
        self, app: Flask, world: World, service: Service
    ) -> None:
        world.enrol("ada")
        world.publish(POSTS)
        assert not service.read(settlement.left_behind, world.id)
        drain_all(app)
        assert not service.read(settlement.left_behind, world.id)
        assert world.put("/v1/community", {"name": "G", "zone": "Asia/Tokyo"}).status_code == 200
        assert not service.read(settlement.left_behind, world.id)

    def test_a_newer_engine_folds_everyone_again_once(
        self, app: Flask, world: World, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.publish(POSTS)
        post(world, 2)
        world.put("/v1/rulebook/draft", {"rules": []})
        world.post("/v1/rulebook/publications", {})
        drain_all(app)
        right = standings_of(service)
        older = update(StandingRow).values(state=func.replace(StandingRow.state, '"count"', '"groups":["x"],"count"'))
        service.write(lambda session: session.execute(older) and None)
        assert standings_of(service) != right
        keep_house(app)
        assert [row["mode"] for row in publications(world)] == ["retroactive", "prospective"]

        for module in (publications_of_rulebooks, standing_rows, identities):
            monkeypatch.setattr(module, "ENGINE_VERSION", 2)
        for _ in range(2):
            keep_house(app)
        drain_all(app)
        keep_house(app)

        assert [(row["mode"], row["version"]) for row in publications(world)][2:] == [("engine", 2)]
        assert standings_of(service) == right
        assert service.read(lambda session: set(session.scalars(select(StandingRow.engine_version)))) == {2}

    def test_house_is_kept_for_every_community(self, app: Flask, world: World) -> None:
        world.publish(POSTS)
        post(world, 1)
        keep_house(app)
        keep_house(app)

        assert world.get("/v1/ledger/verify").get_json()["intact"]


def test_a_broken_one_is_done_without_and_the_others_once() -> None:
    done: list[int] = []
    broken: list[int] = []

    def work(items: list[int]) -> None:
        if 3 in items:
            raise ValueError
        done.extend(items)

    all_or_each([1, 2], work, lambda item, _error: broken.append(item))
    all_or_each([3, 4, 5], work, lambda item, _error: broken.append(item))

    assert (done, broken) == ([1, 2, 4, 5], [3])


def post(world: World, times: int) -> None:
    for _ in range(times):
        activity = {
            "kind": "post_created",
            "activity_key": ids.new("x"),
            "actor": "app::ada",
            "occurred_at": instant(-1),
        }
        assert world.post("/v1/activities", activity, key="ingest").status_code == 201


def keep_house(app: Flask) -> None:
    with app.app_context():
        schedule.keep_house()


def publications(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get("/v1/rulebook/publications").get_json()["data"]
    return found


def standings_of(service: Service) -> dict[str, str]:
    """What everyone's standing says, but for when it was looked at."""

    def states(session: Session) -> dict[str, str]:
        rows = session.execute(select(StandingRow.member_id, StandingRow.state))
        return {member: re.sub(r'"(through|era|stepped_at)":\d+', "", state) for member, state in rows}

    return service.read(states)


def leaderboards_are_built(service: Service, world: World) -> bool:
    return service.read(leaderboards.unbuilt, service.redis, world.id) == []
