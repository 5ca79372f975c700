"""What an admin puts right by hand, with a reason that the member can read: points, badges, and the tier.

All of it is facts like any other: they stand in the member's timeline, and are undone by retracting them.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy.orm import Session

from loyalty import audit, clock, facts, record, rulebook, sayings, standings
from loyalty.errors import Conflict, Invalid, NotFound, Problem, known_or_nearest
from loyalty.record import Recorded
from rules_engine.errors import Sentence
from rules_engine.standing import PERSON


def adjust(
    session: Session, community_id: str, member_id: str, points: int, currency: str, reason: str, by: str
) -> Recorded:
    """Give (or take, when negative) points; what is taken beyond what is there becomes debt. Raises `NotFound`."""
    data = {"points": points, "currency": currency, "reason": reason, "by": by}
    return _put_right(session, community_id, member_id, "points_adjusted", data)


def give_badge(
    session: Session, community_id: str, member_id: str, badge: str, level: int, reason: str, by: str
) -> Recorded:
    """Give a badge of the rulebook in force. Raises `NotFound`, and `Invalid` for a badge or level that it has not."""
    known = rulebook.compiled(session, community_id).badges
    if badge not in known:
        detail = Sentence(
            "There is no badge {badge} in the rulebook in force; {known}",
            badge=repr(badge),
            known=known_or_nearest(badge, known),
        )
        raise Invalid("unknown_badge", detail, [Problem("/badge", detail)])
    if level > known[badge].highest:
        detail = Sentence("The badge {badge} has {levels} levels.", badge=repr(badge), levels=known[badge].highest)
        raise Invalid("unknown_level", detail, [Problem("/level", detail)])
    data = {"badge": badge, "level": level, "reason": reason, "by": by}
    return _put_right(session, community_id, member_id, "badge_given", data)


def _put_right(session: Session, community_id: str, member_id: str, kind: str, data: dict[str, Any]) -> Recorded:
    recorded = record.record_own(session, community_id, member_id, kind, data)
    done = {name: value for name, value in data.items() if name not in ("reason", "by")}
    told = {"activity": recorded.activity_id, **done}
    audit.note(session, community_id, data["by"], f"member.{kind}", member_id, None, told, data["reason"])
    return recorded


def take_badge(session: Session, community_id: str, member_id: str, badge: str, reason: str, by: str) -> Recorded:
    """Take a badge, whatever it was won by; only `give_badge` (or retracting this) lets it be held again.
    Raises `NotFound`, also for a badge that the member does not hold.
    """
    if badge not in standings.view(session, community_id, member_id).badges:
        raise NotFound("badge_not_held", Sentence("The member does not hold the badge {badge}.", badge=repr(badge)))
    data = {"badge": badge, "reason": reason, "by": by}
    return _put_right(session, community_id, member_id, "badge_taken", data)


def lock_tier(
    session: Session, community_id: str, member_id: str, tier: str, until: int | None, reason: str, by: str
) -> Recorded:
    """Hold a member in exactly that tier, until an instant or for good; an earlier lock ends. Raises `NotFound`,
    `Invalid` for a tier that is not in force or an instant that is not to come, and `Conflict` for staff and bots.
    """
    known = rulebook.compiled(session, community_id).tier_keys
    if tier not in known:
        detail = Sentence(
            "There is no tier {tier} in the rulebook in force; {known}",
            tier=repr(tier),
            known=known_or_nearest(tier, known),
        )
        raise Invalid("unknown_tier", detail, [Problem("/tier", detail)])
    if until is not None and until <= clock.now():
        detail = Sentence("A lock ends later than now, or not at all.")
        raise Invalid("bad_until", detail, [Problem("/until", detail)])
    if standings.view(session, community_id, member_id).role != PERSON:
        raise Conflict("in_no_tier", Sentence("Staff and bots are in no tier."))
    data = {"tier": tier, "reason": reason, "by": by} | ({} if until is None else {"until": until})
    return _put_right(session, community_id, member_id, "tier_locked", data)


def unlock_tier(session: Session, community_id: str, member_id: str, reason: str, by: str) -> Recorded:
    """Let a member be where the ladder has them. Raises `NotFound`, and `Conflict` where no lock holds them."""
    if standings.view(session, community_id, member_id).tier_lock is None:
        raise Conflict("tier_not_locked", Sentence("No lock holds the member's tier."))
    return _put_right(session, community_id, member_id, "tier_unlocked", {"reason": reason, "by": by})


def reason(session: Session, community_id: str, activity_id: str) -> str:
    """The reason that stands in a correction on record."""
    held = sayings.held(facts.history(session, community_id, activity_id))
    return str(orjson.loads(held.body)["data"].get("reason", "")) if held is not None else ""
