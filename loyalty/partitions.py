"""Partitions: a community's members cut into ranges of ids of like size, so that many workers walk them side by side.

Every member who is there is in exactly one partition, and the partitions together reach from the first id to the last.
Who enrols afterwards is in none of them. It locks nothing and remembers nothing: who walks keeps what was cut.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.models import StandingRow


class Partition(NamedTuple):
    """The `members` of a community whose ids lie after `after`, up to and including `until`."""

    after: str
    until: str
    members: int


def cut(session: Session, community_id: str, count: int) -> list[Partition]:
    """At most `count` partitions in the order of their ids, no two of which differ by more than one member; none of
    them is empty, and there are none where there is nobody.
    """
    part = func.ntile(count).over(order_by=StandingRow.member_id).label("part")
    numbered = select(StandingRow.member_id, part).where(StandingRow.community_id == community_id).subquery()
    last = func.max(numbered.c.member_id)
    found: list[Partition] = []
    for until, members in session.execute(select(last, func.count()).group_by(numbered.c.part).order_by(last)):
        found.append(Partition(found[-1].until if found else "", until, members))
    return found
