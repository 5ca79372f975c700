"""Real worker processes, and what they work with, for tests that carry things out."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from jobs.app import Service
from tests.databases import Database

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
    """Starts real worker processes."""
    running: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "DATABASE_URL": database.url,
        "REDIS_URL": valkey_url,
        "SETIA_SECRET": database.settings().secret.decode(),
    }

    def start() -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen([sys.executable, "-m", "jobs.worker"], cwd=ROOT, env=environment))
        return running[-1]

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=15)


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
