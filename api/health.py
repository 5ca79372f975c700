"""Whether the process is alive, and whether it can do its work: what is wrong, in a sentence each.

Only what keeps facts from being taken makes it unfit (503): the database gone, or not migrated. Everything else is
`degraded`: facts are taken, and what follows from them comes later.
"""

from __future__ import annotations

import time
from functools import cache
from typing import NamedTuple

import structlog
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from api.auth import PUBLIC, opens
from api.languages import language
from loyalty import clock, lags, outbox
from loyalty.db import db, reading
from telemetry import carrying

blueprint = Blueprint("health", __name__)
LATE = clock.MINUTE
"""What waits longer than this is said to be late."""
FRESH_SECONDS = 1.0
"""Whoever asks again within this time is told the same: anybody may ask, as often as they like."""
_LOOKED = "setia.looked"
_OK, _DEGRADED, _UNAVAILABLE = "ok", "degraded", "unavailable"
_log = structlog.get_logger(__name__)

_SENTENCES = {
    "database": {
        "ok": ("The database answers.", "Pangkalan data menjawab."),
        "unavailable": ("The database does not answer.", "Pangkalan data tidak menjawab."),
    },
    "migrations": {
        "ok": ("The tables are those of this version.", "Jadual sepadan dengan versi ini."),
        "unavailable": (
            "The tables are not those of this version: run `flask --app wsgi db upgrade`.",
            "Jadual tidak sepadan dengan versi ini: jalankan `flask --app wsgi db upgrade`.",
        ),
    },
    "redis": {
        "ok": ("Redis answers.", "Redis menjawab."),
        "degraded": (
            "Redis does not answer: facts are taken, jobs wait, and boards are read from the database.",
            "Redis tidak menjawab: fakta tetap diterima, kerja menunggu, dan papan dibaca daripada pangkalan data.",
        ),
    },
    "workers": {
        "ok": ("{count} at work.", "{count} sedang bekerja."),
        "degraded": ("No worker is there: nothing is carried out.", "Tiada pekerja: tiada apa-apa dilaksanakan."),
    },
    "ticks": {
        "ok": ("The clock ticked {seconds} s ago.", "Jam berdetik {seconds} s lalu."),
        "degraded": ("The clock does not tick.", "Jam tidak berdetik."),
    },
    "outbox": {
        "ok": ("{count} notices wait.", "{count} notis menunggu."),
        "degraded": (
            "{count} notices wait, the oldest for {seconds} s; {failing} failed before.",
            "{count} notis menunggu, yang tertua selama {seconds} s; {failing} pernah gagal.",
        ),
    },
    "deliveries": {
        "ok": ("{count} deliveries wait.", "{count} serahan menunggu."),
        "degraded": (
            "{count} deliveries wait, the oldest for {seconds} s.",
            "{count} serahan menunggu, yang tertua selama {seconds} s.",
        ),
    },
    "clock": {
        "ok": ("{count} members are overdue.", "{count} ahli tertangguh."),
        "degraded": (
            "{count} members are overdue, the first for {seconds} s.",
            "{count} ahli tertangguh, yang pertama selama {seconds} s.",
        ),
    },
}


class Check(NamedTuple):
    """How one thing is: `ok`, `degraded` or `unavailable`, with the numbers of its sentence."""

    status: str
    numbers: dict[str, int]


class _Looked(NamedTuple):
    """What was found, and when (monotonic seconds)."""

    at: float
    checks: dict[str, Check]


@blueprint.get("/healthz")
@opens(PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status=_OK)


@blueprint.get("/readyz")
@opens(PUBLIC)
def ready() -> tuple[Response, int]:
    """Whether facts can be taken, and what is wrong besides."""
    checks = _checks()
    states = {check.status for check in checks.values()}
    status = next(one for one in (_UNAVAILABLE, _DEGRADED, _OK) if one in states)
    answer = jsonify(
        status=status,
        degraded=[name for name, check in checks.items() if check.status != _OK],
        checks={name: {"status": check.status, "detail": _sentence(name, check)} for name, check in checks.items()},
    )
    return answer, 503 if status == _UNAVAILABLE else 200


def _checks() -> dict[str, Check]:
    """How things are, or were less than `FRESH_SECONDS` ago."""
    known: _Looked | None = current_app.extensions.get(_LOOKED)
    if known is None or time.monotonic() - known.at >= FRESH_SECONDS:
        checks = _database() | _redis()
        known = current_app.extensions[_LOOKED] = _Looked(time.monotonic(), checks)
    return known.checks


def _sentence(name: str, check: Check) -> str:
    english, malay = _SENTENCES[name][check.status]
    return (malay if language() == "ms" else english).format(**check.numbers)


def _database() -> dict[str, Check]:
    session = db.session()
    try:
        found = MigrationContext.configure(reading(session).connection()).get_current_heads()
        if found != _heads(current_app.extensions["migrate"].directory):
            return {"database": Check(_OK, {}), "migrations": Check(_UNAVAILABLE, {})}
        notices, unread, overdue = outbox.lag(session), lags.unread(session), lags.overdue(session)
    except SQLAlchemyError as error:
        _log.warning("database_does_not_answer", error=type(error).__name__)
        session.rollback()
        return {"database": Check(_UNAVAILABLE, {})}
    return {
        "database": Check(_OK, {}),
        "migrations": Check(_OK, {}),
        "outbox": _waiting(notices.due, notices.oldest, failing=notices.failing),
        "deliveries": _waiting(*unread),
        "clock": _waiting(*overdue),
    }


def _redis() -> dict[str, Check]:
    client: Redis = current_app.extensions["setia.redis"]
    try:
        here = carrying.signs(client)
    except RedisError:
        return {"redis": Check(_DEGRADED, {})}
    ticked = None if here.clock_at is None else clock.now() - here.clock_at
    late = ticked is None or ticked > LATE
    return {
        "redis": Check(_OK, {}),
        "workers": Check(_OK if here.workers else _DEGRADED, {"count": here.workers}),
        "ticks": Check(_DEGRADED if late else _OK, {"seconds": (ticked or 0) // clock.SECOND}),
    }


def _waiting(count: int, oldest: int, **numbers: int) -> Check:
    status = _DEGRADED if oldest > LATE else _OK
    return Check(status, {"count": count, "seconds": oldest // clock.SECOND, **numbers})


@cache
def _heads(directory: str) -> tuple[str, ...]:
    """The revisions that the migrations of this version end in."""
    return tuple(ScriptDirectory(directory).get_heads())
