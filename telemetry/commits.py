"""What a committed transaction did, counted, and written down with the ids by which it is followed.

To be called by the edges after the commit: what was rolled back did not happen.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import structlog

from loyalty.trail import Trail
from telemetry import metrics

MOST_IDS = 20
"""A line names so many facts; of a larger batch it says how many there were."""
_log = structlog.get_logger(__name__)


def report(trail: Trail | None) -> dict[str, Any]:
    """Count what the trail tells and log each delivery that was read; answers what a request's own line should name."""
    if trail is None:
        return {}
    for (platform, status), count in Counter((one.platform, one.status) for one in trail.facts).items():
        metrics.FACTS.labels(platform, status).inc(count)
    for part, seconds in trail.seconds:
        metrics.PARTS.labels(part).observe(seconds)
    for read in trail.read:
        metrics.DELIVERIES.labels(read.platform, read.state).inc()
        _log.info(
            "delivery_read",
            delivery=read.delivery_id,
            source=read.source_id,
            state=read.state,
            **_named("facts", read.activity_ids),
        )
    return {**_named("facts", [one.activity_id for one in trail.facts]), **_named("deliveries", trail.stored)}


def _named(what: str, ids: list[str]) -> dict[str, Any]:
    if len(ids) > MOST_IDS:
        return {what: ids[:MOST_IDS], f"{what}_count": len(ids)}
    return {what: ids} if ids else {}
