"""Waiting for what other processes do: as long as a busy machine may take, since only a failure waits this long."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 180.0
"""Seconds."""


def until(true: Callable[[], bool], every: float = 0.02) -> None:
    """Look every so many seconds until it is so. Raises `AssertionError` when patience ends first."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every)
