"""The worker process: enters the application once, then forks for each job. `python -m jobs.worker`.

Any number of them may run on any number of machines: what a job works on is claimed in the database.
"""

from __future__ import annotations

from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs import queues
from jobs.app import make_app
from loyalty import process
from loyalty.db import db
from loyalty.settings import Settings


class ForkingWorker(Worker):
    """A worker whose children do not share the parent's database connections."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the child: forget the inherited pool without closing what the parent still uses."""
        db.engine.dispose(close=False)
        super().main_work_horse(job, queue)


def make_worker(redis: Redis) -> ForkingWorker:
    """A worker on the one queue."""
    return ForkingWorker([queues.queue(redis)], connection=redis, serializer=JSONSerializer)


if __name__ == "__main__":
    settings = Settings.from_environment()
    process.tune()
    with make_app(settings).app_context():
        make_worker(Redis.from_url(settings.redis_url)).work(logging_level="WARNING")
