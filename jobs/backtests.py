"""Back-tests are carried out: members are folded, slice after slice between other work, on all workers there are.

Each job asks for another one as long as something waits, so that every free worker takes a part. What there is to do
stands in the database: killed anywhere, the next tick goes on.
"""

from __future__ import annotations

import time

from jobs import queues
from jobs.app import Service, service
from jobs.relay import Failed, log_failure, reason
from loyalty import backtest_steps

SLICE_SECONDS = 2.0
"""Webhooks wait behind a slice: it is short, and asks for the next one."""


def run() -> None:
    """The job: a slice of the next part, while another worker takes another one."""
    here = service()
    queues.begun(here.redis, "backtests")
    one = here.write(backtest_steps.claim)
    if one is None:
        return
    if here.read(backtest_steps.waiting):
        queues.kick(here.redis, "backtests")
    _carry_on(here, one, time.monotonic() + SLICE_SECONDS, log_failure)
    queues.kick(here.redis, "backtests")


def drain(service: Service, failed: Failed = log_failure) -> None:
    """Carry all back-tests out that nobody is at work on."""
    while (one := service.write(backtest_steps.claim)) is not None:
        _carry_on(service, one, None, failed)


def _carry_on(service: Service, one: backtest_steps.Slice, until: float | None, failed: Failed) -> None:
    """Fold page after page until the part is through or `until` (monotonic seconds), and write down what was found."""
    try:
        while service.read(backtest_steps.page, one) and (until is None or time.monotonic() < until):
            pass
        service.write(backtest_steps.keep, one)
    except Exception as error:  # noqa: BLE001  # whatever it is: it is told, and tried again
        service.write(backtest_steps.put_off, one, reason(error))
        failed(f"back-test {one.backtest_id}", error)
