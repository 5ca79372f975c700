"""What an admin puts right by hand: points with a reason that the member can read, and badges given by hand.

Both are facts like any other: they stand in the member's timeline, and are undone by retracting them.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from loyalty import record, rulebook
from loyalty.errors import Invalid, Problem
from loyalty.record import Recorded
from loyalty.said import known_or_nearest


def adjust(
    session: Session, community_id: str, member_id: str, points: int, currency: str, reason: str, by: str
) -> Recorded:
    """Give (or take, when negative) points; what is taken beyond what is there becomes debt. Raises `NotFound`."""
    data = {"points": points, "currency": currency, "reason": reason, "by": by}
    return record.record_own(session, community_id, member_id, "points_adjusted", data)


def give_badge(
    session: Session, community_id: str, member_id: str, badge: str, level: int, reason: str, by: str
) -> Recorded:
    """Give a badge of the rulebook in force. Raises `NotFound`, and `Invalid` for a badge that is not in it."""
    known = rulebook.compiled(session, community_id).badges
    if badge not in known:
        detail = f"There is no badge {badge!r} in the rulebook in force; {known_or_nearest(badge, known)}"
        raise Invalid("unknown_badge", detail, [Problem("/badge", detail)])
    data = {"badge": badge, "level": level, "reason": reason, "by": by}
    return record.record_own(session, community_id, member_id, "badge_given", data)
