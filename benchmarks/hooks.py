"""Acknowledging webhooks: how many a second beside a bare handler that inserts one row, and whether the answer stays
quick while the worker is stopped and while a publication walks all members.
"""

from __future__ import annotations

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import psycopg
from sqlalchemy.orm import Session

from benchmarks import recording
from benchmarks._serving import Call, Place, body, caller, place, send
from loyalty import sources

CLIENTS = 8
PACE = 100  # calls a second in all, while latencies are taken
AIM = 3.0
_numbers = count(1)


def updates(path: str, secret: str, number: int) -> list[Call]:
    """So many messages of a Telegram group."""
    headers = (("X-Telegram-Bot-Api-Secret-Token", secret), ("Content-Type", "application/json"))
    found = []
    for _ in range(number):
        name = next(_numbers)
        person = {"id": name % recording.MEMBERS + 1, "first_name": "Ada"}
        chat = {"id": -1001, "type": "supergroup"}
        message = {"message_id": name, "date": int(time.time()) - 60, "from": person, "chat": chat, "text": "Hai"}
        found.append(Call("POST", path, body({"update_id": name, "message": message}), headers))
    return found


def p99(address: str, calls: list[Call]) -> float:
    """Seconds of the slowest but one in a hundred, of calls that come at a steady pace whatever became of the last."""
    began = time.perf_counter()

    def client(first: int) -> list[float]:
        connection, taken = http.client.HTTPConnection(address, timeout=60), []
        for turn in range(first, len(calls), CLIENTS):
            due = began + turn / PACE
            time.sleep(max(0.0, due - time.perf_counter()))
            send(connection, calls[turn])
            taken.append(time.perf_counter() - due)  # from when it was due: waiting for the one before counts
        return taken

    with ThreadPoolExecutor(CLIENTS) as clients:
        taken = sorted(one for part in clients.map(client, range(CLIENTS)) for one in part)
    return taken[int(len(taken) * 0.99)]


def connect(here: Place) -> tuple[str, str]:
    """A Telegram source: the path of its hook, and its secret."""
    engine = recording.engine_for(here.settings.database_url)
    with Session(engine) as session:
        made = sources.connect(session, here.settings.derive("sources"), recording.COMMUNITY, platform="telegram")
        session.commit()
        found = f"/v1/hooks/{made.source.id}", made.secret
    engine.dispose()
    return found


def main(database_url: str) -> None:
    """Rates with 8 clients; then, at 100 calls a second, the latencies with a worker and a clock beside them."""
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    recording.prepare(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE floor_hooks (id bigserial PRIMARY KEY, raw bytea NOT NULL)")
    with place(database_url) as here:
        path, secret = connect(here)
        bare, ours = here.serve("benchmarks._bare:app"), here.serve("wsgi:app")
        number = max(CLIENTS, int(6_000 * scale))
        floor = recording.timed(caller, bare, updates("/hook", secret, number), 1, CLIENTS)
        taken = recording.timed(caller, ours, updates(path, secret, number), 1, CLIENTS)
        print(
            f"acknowledged hooks, {CLIENTS} clients: a bare handler that inserts one row {floor:,.0f}/s;"
            f" ours {taken:,.0f}/s = {taken / floor:.2f} of it",
            flush=True,
        )
        worker = here.start("worker", "jobs.worker")
        here.start("clock", "jobs.clock")
        admin = here.key("admin")
        _wait_until_idle(database_url)
        span = max(2 * PACE, int(10 * PACE * scale))
        quiet = p99(ours, updates(path, secret, span))
        os.killpg(worker.pid, signal.SIGSTOP)
        stopped = p99(ours, updates(path, secret, span))
        os.killpg(worker.pid, signal.SIGCONT)
        _wait_until_idle(database_url)
        connection = http.client.HTTPConnection(ours, timeout=60)
        rules = recording.rules()["rules"][1:]
        send(connection, Call("PUT", "/v1/rulebook/draft", body({"rules": rules}), admin))
        send(connection, Call("POST", "/v1/rulebook/publications", body({"mode": "retroactive"}), admin))
        walking = p99(ours, updates(path, secret, span))
        print(
            f"p99 of a hook at {PACE}/s: quiet {quiet * 1000:.1f} ms; worker stopped {stopped * 1000:.1f} ms ="
            f" {stopped / quiet:.1f} times; while a publication walks {recording.MEMBERS:,} members"
            f" {walking * 1000:.1f} ms = {walking / quiet:.1f} times (aim: within {AIM:.0f})",
            flush=True,
        )


def _wait_until_idle(database_url: str) -> None:
    """Until the worker has nothing left to do."""
    waiting = (
        "SELECT (SELECT count(*) FROM deliveries WHERE state = 'received')"
        " + (SELECT count(*) FROM notices WHERE done_at IS NULL)"
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        while connection.execute(waiting).fetchone() != (0,):
            time.sleep(0.5)
