"""Imports are carried out: lines are recorded, or taken back, batch after batch, in slices between other work.

What there is to do stands in the database, and each batch is a transaction: killed anywhere, the next tick goes on.
"""

from __future__ import annotations

import time

from jobs import queues
from jobs.app import Service, service
from jobs.relay import Failed, log_failure, reason
from loyalty import import_steps

SLICE_SECONDS = 2.0
"""Webhooks wait behind a slice: it is short, and asks for the next one."""


def run() -> None:
    """The job: a slice of the oldest import, and another one if that was not all."""
    here = service()
    queues.begun(here.redis, "imports")
    if not drain(here, time.monotonic() + SLICE_SECONDS):
        queues.kick(here.redis, "imports")
    queues.kick(here.redis)


def drain(service: Service, until: float | None = None, failed: Failed = log_failure) -> bool:
    """Carry all imports on; false when `until` (monotonic seconds) came first. One that breaks holds up no other."""
    for import_id in service.read(import_steps.unfinished):
        try:
            while service.write(import_steps.step, import_id):
                if until is not None and time.monotonic() >= until:
                    return False
        except Exception as error:  # noqa: BLE001  # whatever it is: it is told, and tried again
            service.write(import_steps.put_off, import_id, reason(error))
            failed(f"import {import_id}", error)
    return True
