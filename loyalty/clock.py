"""The one place where the domain reads the clock.

An instant is a whole number of microseconds since 1970-01-01 UTC, everywhere: it sorts, it is exact, and both
databases hold it alike.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FAR = 2**62
"""Later than anything."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def now() -> int:
    """The present instant, in microseconds."""
    return time.time_ns() // 1000


def to_rfc3339(at: int) -> str:
    """`at` in UTC with microseconds only where there are some: `2026-11-22T01:00:00Z`."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.isoformat().replace("+00:00", "Z")


def from_rfc3339(text: str) -> int:
    """An RFC 3339 time as an instant; what is finer than a microsecond is cut off. A space may stand for the `T`.

    Raises `ValueError` for anything else, a time without an offset too.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError("not an RFC 3339 time with an offset")
    try:
        return from_datetime(datetime.fromisoformat(text.upper()))  # Python's reader wants `T` and `Z`
    except OverflowError as error:
        raise ValueError("no calendar has this time") from error


def from_datetime(moment: datetime) -> int:
    """An aware datetime as an instant. Raises `ValueError` for a naive one: a time without offset means nothing."""
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds
