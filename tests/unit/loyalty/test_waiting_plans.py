"""What waits is found through the index of what waits, however much lies beside it.

PostgreSQL makes its plans here for any parameter (`db.engine_options`), so a partial index serves only a statement that
says its condition in so many words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from loyalty import clock, deliveries, lags, settlement
from tests.databases import Database


def _plans(session: Session, work: Callable[[Session], Any]) -> str:
    """The plans of every statement of the work, as the service's connections make them."""
    said: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda _c, _cursor, text, *_rest: said.append(text))
    work(session)
    raw: Any = connection.connection.driver_connection
    raw.execute("SET LOCAL enable_seqscan = off")  # the tables are empty, and no index would be worth its while
    found = []
    for index, text in enumerate(said):
        names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
        numbered = re.sub(r"%\((\w+)\)s", lambda match, names=names: f"${names.index(match[1]) + 1}", text)
        raw.execute(f"PREPARE waiting_{index} AS {numbered}")
        values = f"({', '.join(['NULL'] * len(names))})" if names else ""
        plan = raw.execute(f"EXPLAIN EXECUTE waiting_{index} {values}")
        raw.execute(f"DEALLOCATE waiting_{index}")
        found += [line for (line,) in plan]
    return "\n".join(found)


@pytest.mark.parametrize(
    ("index", "work"),
    [
        ("ix_deliveries_waiting", deliveries.waiting),
        ("ix_deliveries_waiting", lags.read),
        ("ix_standings_stale", lags.read),
        ("ix_standings_due", lags.read),
        ("ix_notices_", lags.read),  # each of its indexes holds only what waits
        ("ix_standings_due", partial(settlement.due, now=clock.FAR, after=settlement.Due(0, "", ""))),
    ],
)
def test_what_waits_is_found_through_its_index(
    database: Database, session: Session, index: str, work: Callable[[Session], Any]
) -> None:
    if database.name != "postgresql":
        pytest.skip("SQLite knows the value of a parameter when it plans")
    assert index in _plans(session, work)
