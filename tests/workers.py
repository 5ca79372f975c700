"""Real worker processes, and what they work with, for tests that carry things out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from jobs.app import Service
from loyalty import leaderboards
from loyalty.models import Notice
from tests.databases import Database
from tests.http import World
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def service(database: Database, redis: Redis) -> Service:
    return Service(database.engine, redis)


@pytest.fixture
def worker(database: Database, valkey_url: str) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts real worker processes, each the head of a group with the child that does its job."""
    running: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "DATABASE_URL": database.url,
        "REDIS_URL": valkey_url,
        "SETIA_SECRET": database.settings().secret.decode(),
    }

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "jobs.worker"]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True))
        return running[-1]

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(PATIENCE)
        with suppress(ProcessLookupError):  # the child of one that a test killed would work on in the next test
            os.killpg(process.pid, signal.SIGKILL)


def told(service: Service) -> list[Notice]:
    """Every notice there is, the oldest first."""
    return service.read(lambda session: list(session.scalars(select(Notice).order_by(Notice.created_at))))


def boards_are_built(service: Service, world: World) -> bool:
    """Whether Redis has all boards of now."""
    return service.read(leaderboards.unbuilt, service.redis, world.id) == []
