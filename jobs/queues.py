"""The queue, and the kick that puts a job on it.

A kick is a hint: what there is to do stands in the database. So kicks are debounced: while a job of the same name waits
in the queue, further ones add nothing; the job takes its mark away when it begins, so that what is committed while it
runs is kicked again. A mark that a killed worker left behind is gone after `MARK_MILLISECONDS`, and the clock kicks
regardless. A lost kick costs a delay, never a notice.
"""

from __future__ import annotations

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from telemetry.carrying import QUEUE

MARK_MILLISECONDS = 10_000
MOST_WAITING = 20
JOBS = {
    "relay": "jobs.relay.run",
    "due": "jobs.schedule.bring_forward",
    "boards": "jobs.schedule.build_boards",
    "imports": "jobs.imports.run",
    "backtests": "jobs.backtests.run",
    "walks": "jobs.walks.run",
    "walk": "jobs.walks.run_part",
    "fairplay": "jobs.fairplay.run",
    "keep": "jobs.schedule.keep_house",
    "forget": "jobs.retention.run",
}
"""The jobs by name; each takes its own mark away when it begins."""
_TIMEOUT_SECONDS = 600
_log = structlog.get_logger(__name__)


def queue(redis: Redis) -> Queue:
    """The one queue, as enqueuers and workers open it."""
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer)


def kick(redis: Redis, job: str = "relay", *arguments: str) -> bool:
    """Put the job on the queue unless it waits there, with the same arguments. Never raises when Redis is away: false,
    the clock will do it.
    """
    try:
        if not redis.set(_mark(job, *arguments), "1", nx=True, px=MARK_MILLISECONDS):
            return False
        waiting = queue(redis)
        if waiting.count >= MOST_WAITING:
            return False
        kept = {"job_timeout": _TIMEOUT_SECONDS, "result_ttl": 0, "failure_ttl": 86_400, "retry": Retry(max=2)}
        waiting.enqueue(JOBS[job], *arguments, **kept)
    except RedisError as error:
        _log.warning("nobody_kicked", job=job, error=str(error))
        return False
    return True


def begun(redis: Redis, job: str, *arguments: str) -> None:
    """The job begins: from now on it can be kicked again."""
    redis.delete(_mark(job, *arguments))


def _mark(*kicked: str) -> str:
    return f"setia:kicked:{':'.join(kicked)}"
