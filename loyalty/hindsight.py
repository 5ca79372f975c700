"""How old a first word may be: an amendment may be of any age, but only of what was said before.

What was never said and lies further back than `said.BACK` is for a backfill, whatever it calls itself: else an
`op: amend` would be a way around that rule. A reversal of what was never said gives nothing, so it may be of any age,
and it is no first word.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, identities, sayings
from loyalty.activities import Activity
from loyalty.errors import Problem
from loyalty.models import FactRow
from loyalty.said import BACK
from rules_engine.errors import Sentence


def problems(session: Session, community_id: str, activities: Sequence[Activity]) -> list[Problem | None]:
    """For each activity what is wrong with its age, where that follows from what was said before, these included."""
    oldest = clock.now() - BACK
    late = {one.key for one in activities if one.op == "amend" and one.at < oldest}
    said = {one.key for one in activities if one.op == "apply"}
    if late:
        salt = identities.salt(session, community_id)
        asked = {sayings.activity_id(salt, key): key for key in late}
        known = session.scalars(select(FactRow.activity_id).where(FactRow.activity_id.in_(asked), FactRow.stands))
        said |= {asked[activity_id] for activity_id in known}
    return [
        Problem("/occurred_at", Sentence("older than 35 days, and there is nothing to amend: import it as a backfill"))
        if one.key in late and one.key not in said and one.op == "amend"
        else None
        for one in activities
    ]
