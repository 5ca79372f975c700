"""What is counted and measured, for Prometheus: each number by the process that saw it, added up when it is asked for.

With `PROMETHEUS_MULTIPROC_DIR` set, the processes of one machine keep their numbers in files there and any of them can
tell the sum. What is a state and not an event (lags, depths) is not here: it is read when somebody asks.
"""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from loyalty.settings import Misconfigured

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG = (0.01, 0.1, 1, 10, 60, 600)
_process: str | None = None


def _identity() -> str:
    return _process or str(os.getpid())


if os.environ.get(FOLDER):
    if not Path(os.environ[FOLDER]).is_dir():
        raise Misconfigured(f"{FOLDER} must be a folder that is there")
    values.ValueClass = values.MultiProcessValue(_identity)  # type: ignore[no-untyped-call]  # it has no types

_own = CollectorRegistry()
REQUESTS = Histogram(
    "setia_request_seconds",
    "Requests answered, and in how long.",
    ["method", "route", "status"],
    registry=_own,
    buckets=_QUICK,
)
FACTS = Counter(
    "setia_facts", "Activities that were said, by what became of them.", ["platform", "status"], registry=_own
)
PARTS = Histogram(
    "setia_recording_seconds", "The parts of recording: fold, booking.", ["part"], registry=_own, buckets=_QUICK
)
DELIVERIES = Counter("setia_deliveries", "Stored deliveries that were read.", ["platform", "state"], registry=_own)
NOTICES = Counter("setia_notices", "Notices: carried out or put off.", ["kind", "outcome"], registry=_own)
JOBS = Histogram("setia_job_seconds", "Jobs that workers ran.", ["job", "outcome"], registry=_own, buckets=_LONG)


def forked(parent: int) -> None:
    """Say that this is a short-lived child of `parent`, one at a time: all of them write to the same files."""
    global _process  # noqa: PLW0603  # who this process is changes once, when it is forked
    _process = f"{parent}-child"


def registry() -> CollectorRegistry:
    """The numbers of all processes of this machine; without a folder for them, those of this process alone."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]  # it has no types
    return together
