"""Awards: the only writer of the table that says which badges a member won and lost, and when.

Which badges a member holds is decided by the fold and remembered by the standing; here it is kept as history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import Statement, Write
from loyalty.models import Award

_BOOK = Statement(
    """INSERT INTO awards (member_id, badge, revision, community_id, level, held, at, booked_at)
    SELECT r.member_id, r.badge,
        (SELECT count(*) + 1 FROM awards a WHERE a.member_id = r.member_id AND a.badge = r.badge),
        :community, r.level, r.held, r.at, :now
    FROM {rows}""",
    member_id="text",
    badge="text",
    level="int",
    held="bool",
    at="int",
)

Change = tuple[str, str, int, bool, int]
"""(member, badge, level, held, at)."""


def differences(member_id: str, before: Mapping[str, list[int]], after: Mapping[str, list[int]]) -> list[Change]:
    """What changed between two standings' badges (`key -> [level, at]`): another level, or another instant, as a fact
    that came late may have won it earlier.
    """
    changes = [
        (member_id, badge, level, True, at)
        for badge, (level, at) in sorted(after.items())
        if before.get(badge) != [level, at]
    ]
    return changes + [
        (member_id, badge, level, False, at) for badge, (level, at) in sorted(before.items()) if badge not in after
    ]


def book(community_id: str, changes: Sequence[Change], now: int) -> Write:
    """The changes, to be appended; the standings of their members are locked."""
    return Write(_BOOK, changes, {"community": community_id, "now": now})


def held(session: Session, member_id: str) -> list[Award]:
    """The badges a member holds now, by key: of each badge the last row, where it says `held`."""
    rows = session.scalars(
        select(Award).where(Award.member_id == member_id).order_by(Award.badge, Award.revision)
    ).all()
    last = {row.badge: row for row in rows}
    return [row for row in last.values() if row.held]
