"""What is forgotten once it need not be kept: raw deliveries, notices that were carried out, answers to repetitions.

Facts and entries are kept for ever. Each batch is a small transaction of its own, so that nobody waits for it, and a
run ends after a while: what is left is forgotten by the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.orm import Session

from jobs import queues
from jobs.app import Service, service
from loyalty import answers, backtests, deliveries, outbox

LONGEST_SECONDS = 60.0
BATCH = 1_000
_log = structlog.get_logger(__name__)

FORGET: Mapping[str, Callable[[Session, int], int]] = {
    "deliveries": deliveries.forget_old,
    "notices": outbox.forget_done,
    "answers": answers.forget_old,
    "backtests": backtests.forget_old,
}
"""What -> forgets up to so many, and answers how many it forgot."""


def run() -> None:
    """The job: forget what is old."""
    here = service()
    queues.begun(here.redis, "forget")
    forget(here, time.monotonic() + LONGEST_SECONDS)


def forget(service: Service, until: float) -> dict[str, int]:
    """Forget in batches until nothing old is left, or `until` (monotonic seconds); answers how much of what."""
    forgotten = dict.fromkeys(FORGET, 0)
    for what, forget_some in FORGET.items():
        gone = BATCH
        while gone == BATCH and time.monotonic() < until:
            gone = service.write(forget_some, BATCH)
            forgotten[what] += gone
    if any(forgotten.values()):
        _log.info("forgotten", **forgotten)
    return forgotten
