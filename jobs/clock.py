"""The clock process: RQ's own cron, ticking by kicks. `python -m jobs.clock`.

RQ's cron jobs would pile up while no worker runs, and are pickled; a tick of ours is a debounced kick instead.
"""

from __future__ import annotations

import logging

from redis import Redis
from rq.cron import CronJob, CronScheduler

from jobs import queues, schedule
from loyalty.settings import Settings
from telemetry import logs
from telemetry.carrying import QUEUE


class Tick(CronJob):
    """Kicks a job of `queues` every so many seconds."""

    def __init__(self, job: str, seconds: int) -> None:
        super().__init__(queue_name=QUEUE, func_name=job, interval=seconds)

    def enqueue(self, connection: Redis) -> None:  # type: ignore[override]  # the scheduler has no use for the job
        """Kick it."""
        queues.kick(connection, self.func_name)


def make_clock(redis: Redis) -> CronScheduler:
    """A scheduler with all ticks of the schedule."""
    clock = CronScheduler(redis, logging_level=logging.WARNING)
    clock.get_jobs().extend(Tick(job, seconds) for job, seconds in schedule.TICKS)
    return clock


if __name__ == "__main__":
    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    make_clock(Redis.from_url(settings.redis_url)).start()
