"""Start the service, send the stream amid the trouble, wait until all is done, prove it.

Exit status: 0 when everything is right, 1 when something is not, 130 after Ctrl-C and 3 when time was up: both go on
with `--resume`. On SQLite in the data folder, or on the empty database that `DATABASE_URL` names.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis

from soak import proof, trouble
from soak.options import parse_options
from soak.proof import Books
from soak.senders import NotAcknowledged, Senders
from soak.stream import BLOCK, DOORS, RULEBOOK, Stream
from supervisor.children import Child
from supervisor.short_folder import short_folder
from supervisor.valkey import start_valkey

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 120.0
RIGHT, WRONG, TIME_UP, BROKEN_OFF = 0, 1, 3, 130


class CannotSoak(Exception):
    """Why it does not begin, in words for the person who began it."""


@dataclass
class State:
    """How far a soak is, kept in its folder after each block. A block that was broken off is sent again as a whole."""

    seed: int
    deliveries: int
    members: int
    began: int
    blocks: int = 0
    seconds: float = 0.0
    struck: dict[str, int] = field(default_factory=dict)

    @property
    def stream(self) -> Stream:
        """What is sent."""
        return Stream(self.seed, self.deliveries, self.members, self.began)


def main(arguments: list[str]) -> int:
    """Do it; answers the exit status."""
    options = parse_options(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with ExitStack() as running:
            return _soak(options, _state(options), running)
    except (CannotSoak, NotAcknowledged) as reason:
        print(f"\nThe soak failed: {reason}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("\nBroken off; --resume goes on with it.", file=sys.stderr)
        return BROKEN_OFF


def _state(options: Namespace) -> State:
    path = options.data / "soak.json"
    if path.exists() != options.resume:
        there = (
            "is one; add --resume to go on with it, or take another --data" if path.exists() else "is none to resume"
        )
        raise CannotSoak(f"in {options.data} there {there}")
    if options.resume:
        return State(**json.loads(path.read_text()))
    now = int(time.time())
    return State(now, options.deliveries, min(20_000, max(50, options.deliveries // 40)), now)


def _keep(state: State, data: Path) -> None:
    draft = data / "soak.new"
    draft.write_text(json.dumps(asdict(state)))
    draft.replace(data / "soak.json")


def _soak(options: Namespace, state: State, running: ExitStack) -> int:
    service = Service(options.data, running)
    senders = Senders(service.ready)
    running.callback(senders.close)
    books = Books(service.environment["DATABASE_URL"], {door: service.source(door) for door in DOORS[:2]})
    running.callback(books.close)
    if not options.resume:
        senders.call("admin", "PUT", "/v1/rulebook/draft", RULEBOOK)
        senders.call("admin", "POST", "/v1/rulebook/publications", {"mode": "retroactive"})
    _keep(state, options.data)

    until = time.monotonic() + options.minutes * 60
    for _ in _blocks(options, state, senders, service):
        _keep(state, options.data)
        if time.monotonic() > until and state.blocks < state.stream.blocks:
            print(f"\nTime is up after {state.blocks * BLOCK:,}; --resume goes on with it.")
            return TIME_UP
    began = time.monotonic()
    done = books.wait_until_done(_progress)
    sent = f"{state.deliveries:,} deliveries in {state.seconds:,.0f} s = {state.deliveries / state.seconds:,.0f}/s"
    print(f"\n{sent}; what was left of the work took {time.monotonic() - began:,.0f} s; {books.facts():,} facts")
    print(f"trouble: {', '.join(f'{count} x {what}' for what, count in sorted(state.struck.items())) or 'none'}")
    if not done:
        print("what waits is not getting any less")
    found = books.compare(state.stream, state.blocks)
    proofs = {name: service.command(*name.split()) for name in ("rebuild --check", "ledger verify")}
    right = proof.conclude(found, proofs, print) and done
    print("everything that was acknowledged is on record, once" if right else "NOT RIGHT")
    return RIGHT if right else WRONG


def _blocks(options: Namespace, state: State, senders: Senders, service: Service) -> Iterator[None]:
    """Send block after block; yields after each. The trouble comes in between acknowledgements."""
    coming = trouble.plan(state.seed, state.deliveries, options.kills, options.flushes)
    acknowledged = state.blocks * BLOCK
    coming = [one for one in coming if one[0] >= acknowledged]
    while state.blocks < state.stream.blocks:
        began = time.monotonic()
        for _ in senders.send(state.stream.block(state.blocks)):
            acknowledged += 1
            service.look_after()
            if coming and acknowledged >= coming[0][0] and trouble.strike(coming[0][1], service.pid, service.redis):
                what = coming.pop(0)[1]
                state.struck[what] = state.struck.get(what, 0) + 1
            if acknowledged % 100 == 0:
                _progress(
                    f"{acknowledged:,} of {state.deliveries:,} acknowledged, trouble {sum(state.struck.values())}"
                )
        state.blocks += 1
        state.seconds += time.monotonic() - began
        yield


def _progress(line: str) -> None:
    """A line that the next one takes the place of; where nobody watches, now and then one."""
    if sys.stdout.isatty():
        print(f"\r\033[K{line}", end="", flush=True)


class Service:
    """The service that is soaked: a supervisor of its own on loopback, and a Valkey that this process may flush."""

    def __init__(self, data: Path, running: ExitStack) -> None:
        """Start it, or go on with the one in `data`. Raises `CannotSoak`."""
        (data / "service").mkdir(mode=0o700, exist_ok=True)
        sockets = running.enter_context(short_folder())
        valkey = start_valkey(data / "service", sockets / "v")
        running.callback(valkey.stop, 15)
        self.redis = Redis.from_url(f"unix://{sockets}/v")
        self.environment = {
            "DATABASE_URL": f"sqlite:///{data}/service/setia.sqlite",
            **{name: value for name, value in os.environ.items() if value},
            "REDIS_URL": f"unix://{sockets}/v",
            "SETIA_RATE_LIMIT": "10000000 per minute",
            "FLASK_APP": "wsgi",
        }
        ready = data / "service" / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "supervisor", "--port", "0", "--no-demo", "--api-workers", "2"]
        log = running.enter_context((data / "service.log").open("ab"))
        command += ["--data", str(data / "service")]
        self._supervisor = Child("service", command, cwd=ROOT, environment=self.environment, output=log)
        running.callback(self._supervisor.stop, 60)
        deadline = time.monotonic() + STARTS_WITHIN
        while not ready.exists():
            self.look_after()
            if time.monotonic() > deadline:
                raise CannotSoak(f"the service was not ready within {STARTS_WITHIN:.0f} s; see {data}/service.log")
            time.sleep(0.1)
        self.ready: dict[str, Any] = json.loads(ready.read_text())
        self.environment["SETIA_SECRET"] = os.environ.get("SETIA_SECRET") or (data / "service/secret").read_text()

    @property
    def pid(self) -> int:
        """The supervisor's, from which every process of the service descends."""
        return self._supervisor.pid

    def source(self, door: str) -> str:
        """The id of the source behind a door."""
        return str(self.ready["sources"][door]["id"])

    def look_after(self) -> None:
        """Raises `CannotSoak` when the supervisor itself is gone, which nothing here kills."""
        status = self._supervisor.exit_status()
        if status is not None:
            raise CannotSoak(f"the service ended with status {status}; see service.log in the data folder")

    def command(self, *arguments: str) -> tuple[int, str]:
        """One of the service's commands: exit status and what it printed."""
        command = [sys.executable, "-m", "flask", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return done.returncode, done.stdout.decode()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(sys.argv[1:]))
