"""Whether the process is alive, and whether it can do its work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.auth import PUBLIC, opens
from loyalty.db import db, reading

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@opens(PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@opens(PUBLIC)
def ready() -> tuple[Response, int]:
    """The database answers, so facts can be taken. Redis being away is said, and is no reason to stop."""
    checks: dict[str, Any] = {"database": _database(), "redis": _redis()}
    fit = checks["database"] == "ok"
    return jsonify(status="ok" if fit else "unavailable", checks=checks), 200 if fit else 503


def _database() -> str:
    try:
        reading(db.session()).execute(text("SELECT 1 FROM communities LIMIT 1"))
    except SQLAlchemyError:
        return "unavailable"
    return "ok"


def _redis() -> str:
    client: Redis = current_app.extensions["setia.redis"]
    try:
        client.ping()
    except RedisError:
        return "unavailable"
    return "ok"
