"""What keeps the service from answering and passes: said as a 503 with a code, a sentence and when to try again.

Nothing was done when it is said, and nothing has to be started anew once the cause is gone.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rules_engine.errors import Sentence

KINDS: tuple[type[Exception], ...] = (DBAPIError, PoolTimeout, psycopg.Error, sqlite3.Error)
"""The errors among which these are; statements in batches raise the drivers' own."""


class Cause(NamedTuple):
    """Why not now. `seconds`: when to try again."""

    code: str
    detail: Sentence
    seconds: int = 5


GONE = Cause(
    "database_unavailable", Sentence("The database does not answer. Try again in a moment; repeating is safe.")
)
FULL = Cause("database_full", Sentence("The database has no room left, and its operators have to make some."), 30)
READ_ONLY = Cause("database_read_only", Sentence("The database takes no writes at the moment; reading goes on."), 30)
BUSY = Cause(
    "database_busy", Sentence("The database is busier than it can be. Try again in a moment; repeating is safe.")
)

_STATES = {"53100": FULL, "25006": READ_ONLY, "53300": BUSY, "40001": BUSY, "40P01": BUSY, "55P03": BUSY}
_NAMES = {"SQLITE_FULL": FULL, "SQLITE_READONLY": READ_ONLY, "SQLITE_BUSY": BUSY, "SQLITE_LOCKED": BUSY}


def cause(error: Exception) -> Cause | None:
    """What the error says of the database; nothing when it is about what was asked of it."""
    if isinstance(error, PoolTimeout):
        return BUSY
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        name = "_".join(getattr(original, "sqlite_errorname", "").split("_")[:2])
        return _NAMES.get(name) or (GONE if isinstance(original, sqlite3.OperationalError) else None)
    known = _STATES.get(getattr(original, "sqlstate", None) or "")
    lost = isinstance(original, psycopg.OperationalError | psycopg.InterfaceError)
    return known or (GONE if lost else None)
