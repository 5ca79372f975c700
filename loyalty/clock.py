"""The one place where the domain reads the clock.

An instant is a whole number of microseconds since 1970-01-01 UTC, everywhere: it sorts, it is exact, and both
databases hold it alike.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FAR = 2**62
"""Later than anything."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """The present instant, in microseconds."""
    return time.time_ns() // 1000


def to_rfc3339(at: int) -> str:
    """`at` in UTC with microseconds only where there are some: `2026-11-22T01:00:00Z`."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.isoformat().replace("+00:00", "Z")


def from_datetime(moment: datetime) -> int:
    """An aware datetime as an instant. Raises `ValueError` for a naive one: a time without offset means nothing."""
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds
