"""The relay: takes what platforms delivered and what the outbox holds, in batches, until nothing is left.

A batch that fails is done again one by one, so that what is broken waits alone. Nothing is lost by being killed: what
was claimed is claimed again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby

import structlog

from jobs import queues
from jobs.app import Service, service
from jobs.batches import all_or_each
from jobs.dispatch import HANDLERS
from loyalty import deliveries, outbox
from loyalty.errors import DomainError, Unavailable
from loyalty.outbox import Claimed
from telemetry import metrics

LONGEST_SECONDS = 60.0
_log = structlog.get_logger(__name__)

Failed = Callable[[str, Exception], None]
"""Is told what could not be carried out; it was put off already."""


def run() -> None:
    """The job: drain, and ask for another one when time is up first."""
    here = service()
    queues.begun(here.redis, "relay")
    if not drain(here, time.monotonic() + LONGEST_SECONDS):
        queues.kick(here.redis)


def reason(error: Exception) -> str:
    """Why something was put off, as admins of the community read it: a refusal in its own words, of anything else its
    class. Other words may name hosts, or what belongs to somebody else; they stand in the log.
    """
    return error.detail if isinstance(error, DomainError) else type(error).__name__


def log_failure(what: str, error: Exception) -> None:
    """Write down what was put off: as an error, unless it only has to wait for its turn."""
    if isinstance(error, Unavailable):
        _log.info("put_off", what=what, reason=reason(error))
    else:
        _log.error("put_off", what=what, exc_info=error)


def drain(service: Service, until: float | None = None, failed: Failed = log_failure) -> bool:
    """Carry out everything that is due; false when `until` (monotonic seconds) came first."""
    while True:
        busy = _take_deliveries(service, failed) + _take_notices(service, failed)
        if not busy:
            return True
        if until is not None and time.monotonic() >= until:
            return False


def _take_deliveries(service: Service, failed: Failed) -> int:
    def put_off(row: str, error: Exception) -> None:
        service.write(deliveries.put_off, row, reason(error))
        failed(f"delivery {row}", error)

    done = 0
    for source_id, rows in service.read(deliveries.waiting).items():
        counts: list[int] = []
        all_or_each(rows, partial(_process, service, source_id, counts), put_off)
        done += sum(counts)
    return done


def _process(service: Service, source_id: str, counts: list[int], rows: Sequence[str]) -> None:
    counts.append(service.write(deliveries.process, source_id, rows))


def _take_notices(service: Service, failed: Failed) -> int:
    def put_off(notice: Claimed, error: Exception) -> None:
        service.write(outbox.put_off, notice, reason(error))
        metrics.NOTICES.labels(notice.kind, "put_off").inc()
        failed(f"{notice.kind} {notice.id}", error)

    claimed = service.write(outbox.claim)
    for _, group in groupby(sorted(claimed, key=_sort), key=_sort):
        all_or_each(list(group), partial(_carry_out, service), put_off)
    return len(claimed)


def _carry_out(service: Service, claimed: Sequence[Claimed]) -> None:
    HANDLERS[claimed[0].kind](service, claimed[0].community_id, claimed)
    service.write(outbox.finish, [one.id for one in claimed])
    kind, community = _sort(claimed[0])
    metrics.NOTICES.labels(kind, "carried_out").inc(len(claimed))
    _log.info("notices_carried_out", kind=kind, community=community, notices=[one.id for one in claimed])


def _sort(claimed: Claimed) -> tuple[str, str]:
    return claimed.kind, claimed.community_id
