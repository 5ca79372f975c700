"""One JSON line a request, under an id that the caller is told. Never a key, a body or a query: they hold secrets."""

from __future__ import annotations

import logging
import time

import structlog
from flask import Flask, Response, g, request

from loyalty import ids

_log = structlog.get_logger(__name__)


def configure(level: str) -> None:
    """Make every log line JSON with its time, level and request id."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )


def follow(app: Flask) -> None:
    """Give each request an id and log how it ended."""

    @app.before_request
    def begin() -> None:
        g.request_id = ids.new("req")
        g.began_at = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-Id"] = g.request_id
            _log.info(
                "request",
                method=request.method,
                route=request.url_rule.rule if request.url_rule else None,
                status=response.status_code,
                ms=round((time.perf_counter() - g.began_at) * 1000, 2),
                caller=g.caller.id if "caller" in g else None,
            )
        return response
