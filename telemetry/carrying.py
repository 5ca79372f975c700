"""How the carrying goes: what is queued and runs, what failed, who works, and when each job last ran.

It reads what RQ and the workers keep in Redis and changes nothing but the note of a job's last run. The reason of a
failure is the kind of error alone: its words may name what belongs to some community, and stand in the log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from redis import Redis
from rq import Queue, Worker
from rq.cron_scheduler_registry import get_registry_key
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from loyalty import clock

QUEUE = "setia"
"""The one queue, which `jobs.queues` fills."""
MOST_SHOWN = 50
_RUNS = "setia:runs"


class At(NamedTuple):
    """A job and an instant: when it began, or failed with `reason`."""

    job_id: str
    job: str
    at: int | None
    reason: str | None = None


class Working(NamedTuple):
    """A worker process and its last sign of life."""

    name: str
    state: str
    seen_at: int | None


class Run(NamedTuple):
    """The last run of a job."""

    job: str
    ended_at: int
    seconds: float
    done: bool


class Carrying(NamedTuple):
    """`clock_at`: when the clock last ticked, as far as Redis knows."""

    queued: int
    scheduled: int
    failed_count: int
    running: Sequence[At]
    failed: Sequence[At]
    workers: Sequence[Working]
    clock_at: int | None
    runs: Sequence[Run]


class Signs(NamedTuple):
    """Signs of life: how many workers there are, and when the clock last ticked, as far as Redis knows."""

    workers: int
    clock_at: int | None


def remember(redis: Redis, job: str, seconds: float, *, done: bool) -> None:
    """Note how the job ran just now. Raises `RedisError`."""
    redis.hset(_RUNS, job, json.dumps([clock.now(), round(seconds, 3), done]))


def look(redis: Redis) -> Carrying:
    """How the carrying goes now. Raises `RedisError`."""
    queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
    failed = queue.failed_job_registry
    runs: Any = redis.hgetall(_RUNS)
    return Carrying(
        queued=queue.count,
        scheduled=queue.scheduled_job_registry.count,
        failed_count=failed.count,
        running=[
            At(job.id, str(job.func_name), _instant(job.started_at))
            for job in _jobs(queue, queue.started_job_registry.get_job_ids(0, MOST_SHOWN - 1))
        ],
        failed=[
            At(job.id, str(job.func_name), _instant(job.ended_at), _reason(job))
            for job in _jobs(queue, failed.get_job_ids(-MOST_SHOWN, -1))
        ],
        workers=[
            Working(worker.name, str(worker.get_state()), _instant(worker.last_heartbeat)) for worker in _workers(redis)
        ],
        clock_at=_clock_at(redis),
        runs=sorted(Run(name.decode(), *json.loads(said)) for name, said in runs.items()),
    )


def signs(redis: Redis) -> Signs:
    """Who is there, without what they do. Raises `RedisError`."""
    return Signs(len(_workers(redis)), _clock_at(redis))


def _workers(redis: Redis) -> Sequence[BaseWorker]:
    return Worker.all(connection=redis, serializer=JSONSerializer)


def _clock_at(redis: Redis) -> int | None:
    beats: Any = redis.zrevrange(get_registry_key(), 0, 0, withscores=True)
    return int(beats[0][1] * clock.SECOND) if beats else None


def _jobs(queue: Queue, job_ids: list[str]) -> list[Job]:
    found = Job.fetch_many(job_ids, queue.connection, serializer=JSONSerializer)
    return [job for job in found if job is not None]


def _instant(moment: Any) -> int | None:
    return None if moment is None else clock.from_datetime(moment)


def _reason(job: Job) -> str | None:
    """The class of the error that ended the last attempt, without its message."""
    result = job.latest_result()
    lines = [line for line in ((result and result.exc_string) or "").splitlines() if line and not line[0].isspace()]
    return lines[-1].partition(":")[0] if lines else None
