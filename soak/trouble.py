"""What goes wrong while the stream runs: processes are killed as `kill -9` does, and Redis forgets everything.

Only processes that descend from the one that this soak started are found, and so killed. They are found in /proc, which
is Linux.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

from redis import Redis

FLUSH = "flush"
VICTIMS = ("api worker", "worker", "relay", "clock", "api")
"""In this order, over and over: one process of several that serve, the worker with its job, its job alone, ..."""


def plan(seed: int, total: int, kills: int, flushes: int) -> list[tuple[int, str]]:
    """What happens after how many acknowledgements: (position, what), spread over the stream."""
    chance = Random(f"{seed}:trouble")
    what = [VICTIMS[number % len(VICTIMS)] for number in range(kills)]
    for number in range(flushes):
        what.insert((number + 1) * len(what) // (flushes + 1), FLUSH)
    share = total / (len(what) + 1)
    return [(int(share * (place + 1 + chance.uniform(-0.3, 0.3))), one) for place, one in enumerate(what)]


def strike(what: str, supervisor: int, redis: Redis) -> bool:
    """Do it. False when there was nobody to kill just then: somebody who died a moment ago is not back yet."""
    if what == FLUSH:
        redis.flushall()
        return True
    victim = next(_found(what, supervisor), None)
    if victim is None:
        return False
    os.kill(victim, signal.SIGKILL)
    return True


def _found(what: str, supervisor: int) -> Iterator[int]:
    for child in _children(supervisor):
        command = _command(child)
        if "granian" in command:
            serving = (one for one in _children(child) if "resource_tracker" not in _command(one))
            yield from serving if what == "api worker" else [child] if what == "api" else []
        elif "jobs.worker" in command:
            yield from [child] if what == "worker" else _children(child) if what == "relay" else []
        elif "jobs.clock" in command and what == "clock":
            yield child


def _children(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]
    except OSError:
        return []  # it ended meanwhile


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
