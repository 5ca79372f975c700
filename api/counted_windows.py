"""Counting calls in windows that begin with the clock's own minutes (or hours), in one round trip a call.

The strategies of the library ask the store twice more to say what is left of a window and when it ends. Here the
window's end follows from the clock, and what is left from the count that the call itself raised.
"""

from __future__ import annotations

import time

from flask import g
from limits import RateLimitItem, WindowStats
from limits.strategies import STRATEGIES, FixedWindowRateLimiter

NAME = "counted-window"


class CountedWindow(FixedWindowRateLimiter):
    """A fixed window that remembers, for the request that it counted, what its count came to."""

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Count a call; False when it is one too many."""
        seconds, now = item.get_expiry(), int(time.time())
        key = f"{item.key_for(*identifiers)}/{now // seconds}"
        count = self.storage.incr(key, seconds, amount=cost)
        ends_at = (now // seconds + 1) * seconds
        _counted()[item.key_for(*identifiers)] = WindowStats(ends_at, max(0, item.amount - count))
        return count <= item.amount

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        """When the window ends in which this request was counted, and what is left in it."""
        return _counted()[item.key_for(*identifiers)]


def _counted() -> dict[str, WindowStats]:
    found: dict[str, WindowStats] = g.setdefault("counted_windows", {})
    return found


STRATEGIES[NAME] = CountedWindow
