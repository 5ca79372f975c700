"""Eight real processes that do calls at once, each with its own connections: what one process cannot show of itself.

They are started once for all races, wait for each other before every one, and end with the process that started them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from loyalty import db
from loyalty.errors import DomainError
from tests.databases import Database
from tests.waiting import PATIENCE

PROCESSES = 8


class Call(NamedTuple):
    """A transaction of its own: `work(session, *arguments)`. Both have to survive being pickled."""

    work: Callable[..., Any]
    arguments: tuple[Any, ...]


class Outcome(NamedTuple):
    """What a call answered, the code with which it was refused, or the error that it ended with; and how many times
    it was repeated because it met others in a deadlock.
    """

    answer: Any
    repeats: int


class Crew:
    """The processes."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def race(self, database: Database, calls: Sequence[Call]) -> list[Outcome]:
        """Deal the calls out in turn, so that neighbours meet, and have all begin at once; answers in their order."""
        shares = [calls[first::PROCESSES] for first in range(PROCESSES)]
        for pipe, share in zip(self._pipes, shares, strict=True):
            pipe.send((database.name, database.url, share))
        for pipe in self._pipes:
            _receive(pipe)
        for pipe in self._pipes:
            pipe.send("go")
        found: list[Outcome] = [Outcome(None, 0)] * len(calls)
        for first, pipe in enumerate(self._pipes):
            found[first::PROCESSES] = _receive(pipe)
        return found

    def close(self) -> None:
        """End the processes: they have nothing to put in order."""
        for process in self._processes:
            process.kill()
            process.join()


def _receive(pipe: Connection) -> Any:
    assert pipe.poll(PATIENCE), "a process of the race hangs"
    return pipe.recv()


def _serve(pipe: Connection) -> None:
    """Take part in races until whoever started us is gone."""
    while True:
        try:
            name, url, share = pipe.recv()
        except EOFError:
            return
        engine = _engine(name, url)
        with engine.connect():  # connecting takes longer than a call
            pass
        pipe.send("ready")
        pipe.recv()
        pipe.send([_do(engine, call) for call in share])


@cache
def _engine(name: str, url: str) -> Engine:
    return Database(name, url).engine


def _do(engine: Engine, call: Call) -> Outcome:
    attempts = 0

    def work(session: Session) -> Any:
        nonlocal attempts
        attempts += 1
        return call.work(session, *call.arguments)

    answer: Any
    try:
        with Session(engine) as session:
            answer = db.transact(session, work)
    except DomainError as refusal:
        answer = refusal.code
    except Exception as error:  # noqa: BLE001  # told to the test, which expects none
        answer = f"{type(error).__name__}: {error}"
    return Outcome(answer, attempts - 1)
