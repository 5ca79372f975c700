"""Real workers on a real queue, and the clock that kicks them: killed anywhere, nothing is lost and nothing doubled."""

from __future__ import annotations

import importlib
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from redis import Redis
from sqlalchemy import update

from jobs import clock as clock_process
from jobs import queues, relay, schedule
from jobs.app import Service
from loyalty import clock, leaderboards
from loyalty.models import Notice
from telemetry import carrying
from tests.databases import Database
from tests.http import World, world
from tests.waiting import PATIENCE, until
from tests.workers import ROOT, boards_are_built, redis, service, told, worker

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
ANSWERS = {
    "rules": [{"key": "answer", "on": "answer_accepted", "earns": "beneficiary", "gives": {"points": 2}}],
}


def test_kicks_are_one_job_until_it_begins(redis: Redis) -> None:
    assert [queues.kick(redis) for _ in range(3)] == [True, False, False]
    assert queues.queue(redis).count == 1

    queues.begun(redis, "relay")
    assert queues.kick(redis)


def test_without_a_worker_kicks_do_not_pile_up(redis: Redis) -> None:
    for _ in range(100):
        queues.kick(redis)
        queues.begun(redis, "relay")

    assert queues.queue(redis).count == queues.MOST_WAITING


def test_with_redis_away_a_kick_is_tried_once_and_fails_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, where: tried.append(where) or connect(self, where))

    assert not queues.kick(leaderboards.connect("unix:///nonexistent/valkey"))
    assert tried == ["/nonexistent/valkey"]


def test_every_job_is_a_function_that_is_there_and_every_tick_kicks_one() -> None:
    for path in queues.JOBS.values():
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
    asked_for = {"walk"}  # by "walks", for each part of a community
    assert {job for job, _ in schedule.TICKS} | asked_for == set(queues.JOBS)


def test_the_clock_kicks_every_job_at_first_and_then_in_its_time(redis: Redis) -> None:
    ticking = clock_process.make_clock(redis)
    with time_machine.travel(datetime.now(UTC), tick=False):
        ticking.enqueue_jobs()
        assert queues.queue(redis).count == len(schedule.TICKS)

        ticking.enqueue_jobs()
        assert queues.queue(redis).count == len(schedule.TICKS)
        assert 0 < ticking.calculate_sleep_interval() <= min(seconds for _, seconds in schedule.TICKS)


def test_it_carries_what_a_request_left_behind(
    world: World, redis: Redis, service: Service, worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    world.publish(ANSWERS)
    worker()
    world.earn("app::ada", 3)
    queues.kick(redis)

    until(lambda: all(row.done_at for row in told(service)))

    board = world.get("/v1/leaderboards/all/entries").get_json()["data"]
    assert [row["score"] for row in board] == [6]
    assert boards_are_built(service, world)


def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(
    world: World, redis: Redis, service: Service, worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada", 30)
    first = worker()
    queues.kick(redis)
    until(lambda: any(row.attempts for row in told(service)) or all(row.done_at for row in told(service)))
    first.send_signal(signal.SIGKILL)
    service.write(lambda session: session.execute(update(Notice).values(claimed_until=None)))

    redis.delete("setia:kicked:relay")
    worker()
    queues.kick(redis)
    until(lambda: all(row.done_at for row in told(service)))

    board = world.get("/v1/leaderboards/all/entries").get_json()["data"]
    assert [row["score"] for row in board] == [60]


def test_what_a_killed_process_had_claimed_is_carried_out_once_its_lease_has_ended_and_no_earlier(
    world: World, service: Service, database: Database
) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada", 2)
    killed = subprocess.run(
        [sys.executable, "-c", CLAIMS_AND_DIES, database.url], check=False, cwd=ROOT, timeout=PATIENCE
    )
    assert killed.returncode == -signal.SIGKILL
    claimed = {row.id: row.claimed_until for row in told(service)}
    (lease_ends_at,) = set(claimed.values())
    assert lease_ends_at is not None

    def done_at(now: int) -> set[bool]:
        with time_machine.travel(now / clock.SECOND, tick=False):
            relay.drain(service)
        return {row.done_at is not None for row in told(service) if row.id in claimed}

    assert done_at(lease_ends_at - clock.SECOND) == {False}
    assert done_at(lease_ends_at + clock.SECOND) == {True}


def test_who_was_killed_is_counted_for_less_than_two_minutes(
    worker: Callable[[], subprocess.Popen[bytes]], redis: Redis
) -> None:
    process = worker()
    until(lambda: any(redis.hget(name, "state") == b"idle" for name in redis.smembers("rq:workers")))
    process.kill()
    assert carrying.signs(redis).workers == 1
    (killed,) = redis.smembers("rq:workers")
    assert 0 < redis.ttl(killed) < 120
    redis.delete(killed)  # as it is when that time is over
    assert carrying.signs(redis).workers == 0


def test_it_stops_when_asked(worker: Callable[[], subprocess.Popen[bytes]], redis: Redis) -> None:
    process = worker()
    until(lambda: any(redis.hget(name, "state") == b"idle" for name in redis.smembers("rq:workers")))

    process.terminate()

    assert process.wait(PATIENCE) == 0
