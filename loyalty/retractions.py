"""What was recorded is taken back: by a retraction, or by a moderator's void, which can be lifted again.

A retraction is a further saying about the same activity, on behalf of whoever undoes it; what its platform says later
may outrank it. A void is a switch of its own, which no platform clears. Nothing is deleted, and what follows for the
members is booked as by any other saying (`record`).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from loyalty import audit, facts, identities, record, sayings
from loyalty.activities import Speaker
from loyalty.errors import Conflict, Forbidden, NotFound
from loyalty.record import Recorded
from loyalty.sayings import Saying
from rules_engine.errors import Sentence

ELSEWHERE = {
    "redemption_held": Sentence("cancel the redemption instead"),
    "redemption_settled": Sentence("what was handed over stays handed over; adjust the points if that is right"),
    "redemption_released": Sentence("redeem the reward again instead"),
    "identity_linked": Sentence("unlink the identity instead"),
    "role_given": Sentence("give the member another role instead"),
    "member_changed": Sentence("change the member again instead"),
    "gains_kept": Sentence("revert the publication instead"),
    "case_decided": Sentence("the member may appeal, and somebody else looks again"),
}
"""Facts of Setia's own that are the trace of something else, and how that is undone."""


def retract(session: Session, community_id: str, activity_id: str, by: str, reason: str, speaker: Speaker) -> Recorded:
    """Undo an activity on behalf of its author, a moderator, the counterparty or the platform; each rule says whose
    undoing it follows. Raises `NotFound`, `Conflict` (`undone_elsewhere`), and `Forbidden` for what somebody else said.
    """
    rows = _known(session, community_id, activity_id)
    version = max(row.version for row in rows if row.op not in sayings.SWITCH)
    undoing = sayings.undoing(rows, "reverse", version, by, reason, speaker)
    recorded = record.record_saying(session, community_id, undoing, speaker)
    if recorded.status == facts.NOT_YOURS:
        raise Forbidden("not_yours", Sentence("This was said by another source; only it or an admin may undo it."))
    return recorded


def void(session: Session, community_id: str, activity_id: str, reason: str, by: str) -> Recorded:
    """A moderator's switch: the activity counts for nobody until it is lifted, whatever its platform says later. Raises
    `NotFound` and `Conflict` (`undone_elsewhere`).
    """
    return _switch(session, community_id, activity_id, "void", reason, by)


def lift(session: Session, community_id: str, activity_id: str, reason: str, by: str) -> Recorded:
    """Take a void back. Raises what `void` does."""
    return _switch(session, community_id, activity_id, "lift", reason, by)


def _switch(session: Session, community_id: str, activity_id: str, op: str, reason: str, by: str) -> Recorded:
    rows = _known(session, community_id, activity_id)
    version = sayings.next_version([row for row in rows if row.op in sayings.SWITCH])
    moderator = Speaker(by, admin=True)
    switch = sayings.undoing(rows, op, version, "moderator", reason, moderator)
    recorded = record.record_saying(session, community_id, switch, moderator)
    # Asked again now that nobody else says more about it: what was so before is what the others said.
    others = [row for row in facts.history(session, community_id, activity_id) if not row.says_again(switch)]
    was, now = sayings.switched(others) is not None, op == "void"
    if was != now:
        action = f"activity.{'voided' if now else 'lifted'}"
        audit.note(session, community_id, by, action, activity_id, {"void": was}, {"void": now}, reason)
    return recorded


def _known(session: Session, community_id: str, activity_id: str) -> list[Saying]:
    rows = facts.history(session, community_id, activity_id)
    if not rows:
        raise NotFound("activity_not_found", Sentence("There is no activity {activity}.", activity=activity_id))
    if rows[0].platform == identities.OWN and rows[0].kind in ELSEWHERE:
        raise Conflict(
            "undone_elsewhere", Sentence("This is Setia's own record; {instead}.", instead=ELSEWHERE[rows[0].kind])
        )
    return rows
