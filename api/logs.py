"""One line a request, and its measure, under an id that the caller is told or has given.

Never a key, a body or a query: they hold secrets. Whoever carries a request out may `note` what belongs to its line.
"""

from __future__ import annotations

import re
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

from loyalty import ids
from telemetry import metrics

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,100}")
_log = structlog.get_logger(__name__)


def note(**named: Any) -> None:
    """Put more on the line of the request that runs."""
    g.setdefault("noted", {}).update(named)


def follow(app: Flask) -> None:
    """Give each request an id, log how it ended, and measure it."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _SANE.fullmatch(given) else ids.new("req")
        g.began_at = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" not in g:
            return response
        response.headers[HEADER] = g.request_id
        seconds = time.perf_counter() - g.began_at
        route = request.url_rule.rule if request.url_rule else "none"
        metrics.REQUESTS.labels(_method(), route, response.status_code).observe(seconds)
        caller = g.get("caller")
        line = {
            "method": request.method,
            "route": route,
            "path": request.path,
            "status": response.status_code,
            "ms": round(seconds * 1000, 2),
        }
        if caller is not None:
            line |= {"community": caller.community_id, "caller": caller.id}
        _log.info("request", **line, **g.get("noted", {}))
        return response


def _method() -> str:
    """The method, unless somebody made one up: each new one would be a measure of its own for good."""
    return request.method if request.method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "OTHER"
