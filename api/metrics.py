"""`GET /metrics` for Prometheus: what the processes counted, and how things stand at this moment.

Not for everybody: with `SETIA_METRICS_TOKEN` set, for who sends it as a bearer token; without, for this machine alone,
and for nobody whom a proxy brings along.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from http import HTTPStatus

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from api.auth import PUBLIC, bearer, opens
from api.errors import Refused
from loyalty import clock, lags
from loyalty.db import db, reading
from rules_engine.errors import Sentence
from telemetry import carrying, metrics

blueprint = Blueprint("metrics", __name__)
_NEAR = ("127.0.0.1", "::1")
_BROUGHT = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@blueprint.get("/metrics")
@opens(PUBLIC)
def read() -> Response:
    """Everything, in Prometheus' text format."""
    _refuse_strangers()
    now = CollectorRegistry(auto_describe=False)
    now.register(_Now())
    return Response(generate_latest(metrics.registry()) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


def _refuse_strangers() -> None:
    token = current_app.extensions["setia"].metrics_token
    if token is not None:
        if not hmac.compare_digest(bearer().encode(), token.encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "token_invalid", Sentence("This is not the token of the metrics."))
    elif request.remote_addr not in _NEAR or any(name in request.headers for name in _BROUGHT):
        detail = Sentence("Metrics are for this machine alone. Set SETIA_METRICS_TOKEN to read them from elsewhere.")
        raise Refused(HTTPStatus.FORBIDDEN, "metrics_are_local", detail)


class _Now(Collector):
    """How things stand: of the database and of Redis each as much as can be read now."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        session = db.session()
        try:
            late = lags.read(reading(session))
        except SQLAlchemyError:
            session.rollback()
            yield _gauge("setia_database_up", "Whether the database answers.", 0)
        else:
            yield _gauge("setia_database_up", "Whether the database answers.", 1)
            yield from _lags(late)
        try:
            here = carrying.look(current_app.extensions["setia.redis"])
        except RedisError:
            yield _gauge("setia_redis_up", "Whether Redis answers.", 0)
        else:
            yield _gauge("setia_redis_up", "Whether Redis answers.", 1)
            yield from _carrying(here)


def _lags(late: lags.Lags) -> Iterator[GaugeMetricFamily]:
    waiting = {
        "outbox": (late.outbox.due, late.outbox.oldest),
        "deliveries": late.deliveries,
        "clock": late.clock,
        "boards": late.boards,
        "folds": late.folds,
    }
    count = GaugeMetricFamily("setia_waiting", "What is due and not done.", labels=["what"])
    seconds = GaugeMetricFamily("setia_lag_seconds", "For how long the oldest of it has been due.", labels=["what"])
    for what, (number, oldest) in waiting.items():
        count.add_metric([what], number)
        seconds.add_metric([what], oldest / clock.SECOND)
    yield count
    yield seconds
    yield _gauge("setia_notices_failing", "Notices that failed and will be tried again.", late.outbox.failing)


def _carrying(here: carrying.Carrying) -> Iterator[GaugeMetricFamily]:
    yield _gauge("setia_queue_depth", "Jobs that wait in the queue.", here.queued)
    yield _gauge("setia_queue_failed", "Jobs that failed within a day.", here.failed_count)
    yield _gauge("setia_workers", "Worker processes.", len(here.workers))
    ticked = float("nan") if here.clock_at is None else (clock.now() - here.clock_at) / clock.SECOND
    yield _gauge("setia_clock_tick_age_seconds", "How long ago the clock ticked.", ticked)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)
