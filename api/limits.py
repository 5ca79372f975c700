"""How often one caller may call: a window for each key or member, counted in Redis, in memory while Redis is away.

Only authenticated callers are counted: health checks and the platforms' webhooks are not to be turned away.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g
from flask_limiter import Limiter

_SECONDS = 1  # for Redis to connect or to answer: nobody waits for a counter


def limit(app: Flask, redis_url: str, allowed: str) -> None:
    """Bound each caller to `allowed`, such as `6000 per minute`."""
    limiter = Limiter(
        key_func=lambda: str(g.caller.id),
        app=app,
        application_limits=[allowed],
        application_limits_exempt_when=lambda: "caller" not in g,
        storage_uri=_storage(redis_url),
        storage_options={"socket_connect_timeout": _SECONDS, "socket_timeout": _SECONDS},
        strategy="fixed-window",
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="limits",
    )

    @app.after_request
    def say(response: Response) -> Response:
        current = limiter.current_limit
        if current is not None:
            quota, window = current.limit.amount, current.limit.get_expiry()
            try:
                reset_at, remaining = current.reset_at, current.remaining
            except Exception:  # noqa: BLE001  # Redis went away in between: the request is done, whatever is left of it
                return response
            ends_in = min(window, max(1, reset_at - int(time.time())))
            response.headers["RateLimit-Policy"] = f'"caller";q={quota};w={window}'
            response.headers["RateLimit"] = f'"caller";r={max(0, remaining)};t={ends_in}'
            if response.status_code == 429:
                response.headers["Retry-After"] = str(ends_in)
        return response


def _storage(redis_url: str) -> str:
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url
