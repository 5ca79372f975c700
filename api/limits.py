"""How often one may call: a window for each key or member, and for each address that reads pages, counted in Redis, in
memory while Redis is away.

Nothing else is counted: health checks and the platforms' webhooks are not to be turned away, and what a page is made of
(style sheets, pictures) belongs to the page.
"""

from __future__ import annotations

import time
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter

from api import counted_windows

_CALLER, _ADDRESS = "caller", "address"
_SECONDS = 1  # for Redis to connect or to answer: nobody waits for a counter


def uncounted(view: Any) -> Any:
    """Mark a view of the pages' as part of a page, which is counted already."""
    view.uncounted = True
    return view


def limit(app: Flask, redis_url: str, callers: str | None, pages: str | None) -> None:
    """Bound each caller to `callers`, such as `6000 per minute`, and who reads pages to `pages`; None: no bound."""
    allowed = {_CALLER: callers, _ADDRESS: pages}
    limiter = Limiter(
        key_func=lambda: str(g.caller.id) if "caller" in g else f"{_ADDRESS}:{_address()}",
        app=app,
        application_limits=[lambda: allowed.get(_counted_as()) or ""],
        storage_uri=_storage(redis_url),
        storage_options={"socket_connect_timeout": _SECONDS, "socket_timeout": _SECONDS},
        strategy=counted_windows.NAME,
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="limits",
    )

    @app.after_request
    def say(response: Response) -> Response:
        current = limiter.current_limit
        if current is not None:
            quota, window = current.limit.amount, current.limit.get_expiry()
            ends_in = min(window, max(1, current.reset_at - int(time.time())))
            response.headers["RateLimit-Policy"] = f'"{_counted_as()}";q={quota};w={window}'
            response.headers["RateLimit"] = f'"{_counted_as()}";r={current.remaining};t={ends_in}'
            if response.status_code == 429:
                response.headers["Retry-After"] = str(ends_in)
        return response


def _counted_as() -> str:
    """As what this request counts; empty where it does not."""
    if "caller" in g:
        return _CALLER
    page = request.blueprint == "pages" and not hasattr(current_app.view_functions[str(request.endpoint)], "uncounted")
    return _ADDRESS if page else ""


def _address() -> str:
    """Who reads: an IPv4 address, or the network of 64 bits that one reader of IPv6 has for themselves."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""  # a socket of this machine
    return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def _storage(redis_url: str) -> str:
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url
