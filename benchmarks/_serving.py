"""The service, or something bare beside it, on loopback for as long as a benchmark lasts, and those who call it.

Everything that is started ends with the `with` block; a client is a process with one connection.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from benchmarks import recording
from loyalty import keys
from loyalty.settings import Settings
from supervisor.children import Child
from supervisor.short_folder import short_folder
from supervisor.valkey import start_valkey

ROOT = Path(__file__).resolve().parent.parent
SECRET = "known to everybody, for benchmarks alone"
WORKERS = "2"


@dataclass(frozen=True)
class Call:
    """One request, made before the clock runs."""

    method: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Place:
    """Where processes are started: a Valkey, and what they are told."""

    def __init__(self, database_url: str, running: ExitStack) -> None:
        folder = running.enter_context(short_folder())
        valkey = start_valkey(folder, folder / "v")
        running.callback(valkey.stop, 15)
        self.settings = Settings(database_url, f"unix://{folder}/v", SECRET.encode())
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": self.settings.redis_url,
            "SETIA_SECRET": SECRET,
            "SETIA_RATE_LIMIT": "100000000 per minute",
            "SETIA_LOG_LEVEL": "error",
            "FLASK_APP": "wsgi",
        }
        self._running = running

    def start(self, name: str, *arguments: str) -> Child:
        """A Python process of ours."""
        child = Child(name, [sys.executable, "-m", *arguments], cwd=ROOT, environment=self.environment)
        self._running.callback(child.stop, 15)
        return child

    def serve(self, app: str) -> str:
        """Serve an application as `dev.py run` serves ours; answers its URL once it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = ("--interface", "wsgi", "--port", str(port), "--workers", WORKERS, "--blocking-threads", "4")
        self.start(app, "granian", *options, "--log-level", "warning", app)
        address, until = f"127.0.0.1:{port}", time.monotonic() + 60
        while True:
            try:
                connection = http.client.HTTPConnection(address, timeout=5)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                return address
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def key(self, *scopes: str) -> tuple[tuple[str, str], ...]:
        """The headers of a new key of the benchmarks' community."""
        engine = recording.engine_for(self.settings.database_url)
        with Session(engine) as session:
            pepper = self.settings.derive("keys")
            issued = keys.issue(
                session, pepper, recording.COMMUNITY, keys.Grant(scopes), name="bench", owner="bench", by="bench"
            )
            session.commit()
        engine.dispose()
        return (("Authorization", f"Bearer {issued.text}"), ("Content-Type", "application/json"))


@contextmanager
def place(database_url: str) -> Iterator[Place]:
    """A place that is cleared in the end."""
    with ExitStack() as running:
        yield Place(database_url, running)


def caller(address: str, calls: Sequence[Call], _size: int, barrier: Any, results: Any) -> None:
    """A client for `recording.timed`: sends its calls one after the other, each of which has to succeed."""
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.connect()
    barrier.wait()
    began = time.perf_counter()
    for call in calls:
        send(connection, call)
    results.put((began, time.perf_counter()))


def send(connection: http.client.HTTPConnection, call: Call) -> Any:
    """One call; answers the JSON."""
    connection.request(call.method, call.path, call.body, dict(call.headers))
    response = connection.getresponse()
    text = response.read()
    if response.status >= 300:
        message = f"{call.path}: {response.status} {text[:300]!r}"
        raise RuntimeError(message)
    return json.loads(text)


def body(value: Mapping[str, Any]) -> bytes:
    """The body of a call."""
    return json.dumps(value).encode()
