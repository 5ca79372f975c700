"""An identity leaves a member: what the two spent together has to be carried by somebody.

The identity takes along what was earned through it. Where that was spent meanwhile, the member who stays would come
into debt without having done anything; so the parting is refused with the list of what was redeemed, until it is said
who carries it. Whose the identity is, and what everybody has then, is decided by `links`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, corrections, identities, links, locks, members, settlement
from loyalty.activities import Identity
from loyalty.errors import Conflict, Problem
from loyalty.models import Identity as IdentityRow
from loyalty.models import Redemption
from loyalty.models.rewards import HELD, RELEASED
from rules_engine.errors import Sentence

STAYS, LEAVES = CARRIERS = ("stays", "leaves")
"""Who carries what was spent: the member who stays, or the one who leaves with the identity."""


def unlink(
    session: Session, community_id: str, member_id: str, identity: Identity, carrier: str | None, by: str
) -> None:
    """Take a link back. Raises what `links.unlink` does, and `Conflict`: `spent_together` where the member would come
    into debt and no carrier is named, `nobody_leaves` and `redemption_open` where the one named cannot carry it.
    """
    locks.guard(session, community_id, alone=True)
    one = identities.identity_id(identities.salt(session, community_id), identity)
    together = _redeemed(session, member_id, links.linked_at(session, community_id, one))
    before = _debt(session, community_id, member_id)
    links.unlink(session, community_id, member_id, identity)
    short = {
        currency: debt - before.get(currency, 0)
        for currency, debt in _debt(session, community_id, member_id).items()
        if debt > before.get(currency, 0)
    }
    if not short or carrier == STAYS:
        return
    listed = [
        Problem(
            "/debt_to",
            Sentence(
                "{redemption}: {points} {currency} for {reward}, {status}",
                redemption=row.id,
                points=row.points,
                currency=row.currency,
                reward=row.reward_key,
                status=row.status,
            ),
        )
        for row in together
    ]
    if carrier is None:
        raise Conflict(
            "spent_together", Sentence("What they earned together was spent; say who carries it: debt_to."), listed
        )
    other = session.get_one(IdentityRow, one, populate_existing=True).member_id
    if other is None:
        raise Conflict(
            "nobody_leaves", Sentence("No member leaves with this identity; the one who stays carries it."), listed
        )
    if any(row.status == HELD for row in together):
        raise Conflict(
            "redemption_open", Sentence("Fulfil or cancel what is still held, before somebody else carries it."), listed
        )
    reason = "What was spent together is carried by the one who left."
    for currency, points in sorted(short.items()):
        corrections.adjust(session, community_id, other, -points, currency, reason, by)
        corrections.adjust(session, community_id, member_id, points, currency, reason, by)


def _redeemed(session: Session, member_id: str, since: int | None) -> Sequence[Redemption]:
    query = select(Redemption).where(
        Redemption.member_id.in_(members.everyone_in(session, member_id)),
        Redemption.held_at >= (clock.now() if since is None else since),
        Redemption.status != RELEASED,
    )
    return session.scalars(query.order_by(Redemption.id)).all()


def _debt(session: Session, community_id: str, member_id: str) -> dict[str, int]:
    """What the member owes, whatever has to be folded to know it."""
    settlement.settle_at_once(session, community_id, member_id)
    standing = settlement.bring_up(session, community_id, member_id)
    return {} if standing is None else standing.debt
