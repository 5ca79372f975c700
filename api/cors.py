"""Which answers pages of other sites may read: what a member token may read, since the widget runs on those sites.

Only a token in the `Authorization` header opens anything, never a cookie, so every origin may ask. Nothing that writes
and nothing for keys alone is let through.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from api.auth import Door

_MAY = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match",
    "Access-Control-Max-Age": "7200",
}


def allow(app: Flask) -> None:
    """Answer browsers that ask beforehand, and mark what may be read. To come before whoever asks for credentials."""
    app.before_request(_answer_preflight)
    app.after_request(_mark)


def _answer_preflight() -> Response | None:
    asked = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or asked != "GET" or not _for_members():
        return None
    return Response(status=HTTPStatus.NO_CONTENT, headers=_MAY)


def _mark(response: Response) -> Response:
    if request.method in ("GET", "OPTIONS") and _for_members():
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag"
    return response


def _for_members() -> bool:
    """Whether a member token may read at this path."""
    endpoint = request.endpoint if request.method == "GET" else _read_at_this_path()
    door: Door | None = getattr(current_app.view_functions.get(endpoint or ""), "door", None)
    return door is not None and door.members


def _read_at_this_path() -> str | None:
    assert request_ctx.url_adapter is not None
    try:
        return str(request_ctx.url_adapter.match(method="GET")[0])
    except HTTPException:
        return None
