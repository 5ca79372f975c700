"""The ladder of locks: guard, meeting places of references, facts by id, standings by id.

It is climbed back in two rare cases, where a circle is repeated by `db.transact`: an amendment that withdraws an answer
(`references.resolve`), and a fact of Setia's own, whose instant is taken under the member's lock (`record.record_own`).

The guard is shared by all who record and exclusive for who changes what recording stands on: links, publications. On
SQLite every writing transaction is alone already, so there is nothing to lock.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from sqlalchemy.orm import Session

from loyalty.db import Statement, is_postgresql

GUARD = "{pg:, (SELECT pg_advisory_xact_lock_shared(hashtextextended(:community, 0))) AS guard}"
"""For a FROM clause: takes the guard of `:community`, shared, in the same round trip as the statement itself."""

_GUARD = Statement("SELECT pg_advisory_xact_lock_shared(hashtextextended(:community, 0))")
_GUARD_ALONE = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:community, 0))")
_MEET = Statement(
    """SELECT CASE WHEN r.alone THEN pg_advisory_xact_lock(r.place) ELSE pg_advisory_xact_lock_shared(r.place) END
    FROM {rows}""",
    place="int",
    alone="bool",
)
_PLACES = 256  # bounds how many locks a batch of a thousand may hold


def guard(session: Session, community_id: str, *, alone: bool = False) -> None:
    """Take the community's guard until the end of the transaction."""
    if is_postgresql(session):
        (_GUARD_ALONE if alone else _GUARD).run(session, community=community_id)


def meet(session: Session, community_id: str, references: Mapping[str, bool]) -> None:
    """Hold the meeting place of each reference id, `True`: alone. Who answers a reference, or asks for one
    that nobody has answered, holds it alone; who asks for a known answer holds it shared, lest it change meanwhile.
    """
    if not is_postgresql(session):
        return
    places: dict[int, bool] = {}
    for reference, alone in references.items():
        place = zlib.crc32(reference.encode()) % _PLACES + (zlib.crc32(community_id.encode()) << 8)
        places[place] = places.get(place, False) or alone
    _MEET.run(session, sorted(places.items()))
