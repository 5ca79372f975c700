"""The worker process: enters the application once, then forks for each job. `python -m jobs.worker`.

Any number of them may run on any number of machines: what a job works on is claimed in the database.
"""

from __future__ import annotations

import importlib
import os
import time

import structlog
from redis import Redis
from redis.client import Pipeline
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from jobs import queues
from jobs.app import make_app
from loyalty import process
from loyalty.db import db
from loyalty.settings import Settings
from telemetry import carrying, logs, metrics

TTL = 45
"""Seconds. A worker that waits for work gives a sign of life 15 seconds before they are over, and RQ counts it for a
minute longer: who was killed is gone from the count in less than two minutes, not in RQ's usual eight.
"""
_log = structlog.get_logger(__name__)


class ForkingWorker(Worker):
    """A worker whose children do not share the parent's database connections."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the child: forget the inherited pool without closing what the parent still uses."""
        db.engine.dispose(close=False)
        metrics.forked(os.getppid())
        super().main_work_horse(job, queue)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Give a sign of life; after a Redis that came back empty, be known to it again."""
        super().heartbeat(timeout, pipeline)
        if pipeline is None and not self.is_horse and not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Do the job, measure it, and leave word of how it ended."""
        name = str(job.func_name)
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(job=name, job_id=job.id):
            done = super().perform_job(job, queue, execution)
            seconds = time.monotonic() - began
            metrics.JOBS.labels(name, "done" if done else "failed").observe(seconds)
            carrying.remember(self.connection, name, seconds, done=done)
            _log.info("job", outcome="done" if done else "failed", seconds=round(seconds, 3))
        return done

    def handle_job_success(
        self, job: Job, queue: Queue, started_job_registry: StartedJobRegistry, execution: Execution
    ) -> None:
        """Write down that it is done, unless Redis was emptied meanwhile: what it did is committed all the same."""
        try:
            super().handle_job_success(job, queue, started_job_registry, execution)
        except InvalidJobOperation:
            self.connection.delete(job.key)  # of which its last sign of life made a new one
            _log.warning("job_forgotten")


def make_worker(redis: Redis) -> ForkingWorker:
    """A worker on the one queue."""
    return ForkingWorker([queues.queue(redis)], connection=redis, serializer=JSONSerializer, worker_ttl=TTL)


def load_jobs() -> None:
    """Load what the jobs are made of once, before the first fork: each child would do it again."""
    for path in queues.JOBS.values():
        importlib.import_module(path.rpartition(".")[0])
    configure_mappers()


if __name__ == "__main__":
    load_jobs()
    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    process.tune()
    with make_app(settings).app_context():
        redis = Redis.from_url(settings.redis_url)
        queues.kick(redis, "keep")  # this engine may be newer than the one before
        make_worker(redis).work(logging_level="WARNING")
