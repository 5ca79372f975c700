"""The trail of a transaction, for those who watch: which facts it said, what it read, how long its parts took.

It lies beside the session, where an edge puts it before the work and reads it after the commit; without one nothing is
kept, and what is rolled back was never told. It decides nothing and knows nobody who watches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from sqlalchemy.orm import Session

from loyalty.sayings import Saying

Result = TypeVar("Result")
_PLACE = "trail"


class Said(NamedTuple):
    """An activity that was said, by which platform, and what became of it."""

    activity_id: str
    platform: str
    status: str


class Read(NamedTuple):
    """A stored delivery that was read, what became of it, and the activities it spoke of."""

    delivery_id: str
    source_id: str
    platform: str
    state: str
    activity_ids: list[str]


@dataclass
class Trail:
    """`seconds`: part (`fold`, `booking`) -> how long each time."""

    facts: list[Said] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    seconds: list[tuple[str, float]] = field(default_factory=list)


def left_by(work: Callable[[Session], Result]) -> Callable[[Session], Result]:
    """The same work, leaving a trail. Each attempt at it begins a new one."""

    def run(session: Session) -> Result:
        session.info[_PLACE] = Trail()
        return work(session)

    return run


def of(session: Session) -> Trail | None:
    """What the last work in this session left, if anybody wants it."""
    return session.info.get(_PLACE)


def note_said(session: Session, said: Iterable[tuple[Saying, str]]) -> None:
    """Each was said, and that became of it: one of `facts.STATUSES`."""
    trail = of(session)
    if trail is not None:
        trail.facts += [Said(saying.activity_id, saying.platform, status) for saying, status in said]


def note_stored(session: Session, delivery_id: str) -> None:
    """A delivery was stored, to be read later."""
    trail = of(session)
    if trail is not None:
        trail.stored.append(delivery_id)


def note_read(session: Session, read: Read) -> None:
    """A stored delivery was read."""
    trail = of(session)
    if trail is not None:
        trail.read.append(read)


@contextmanager
def timed(session: Session, part: str) -> Iterator[None]:
    """Measure a part of the work; costs nothing where nobody watches."""
    trail = of(session)
    if trail is None:
        yield
        return
    began = time.perf_counter()  # a duration, no instant: those come from `clock`
    yield
    trail.seconds.append((part, time.perf_counter() - began))
