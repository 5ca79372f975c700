"""Redemptions: points set aside for a reward, and then given for it or given back.

An accepted spend is a fact that no later fold recomputes. Whether it is accepted is decided here, under the lock of the
member's standing, by what is booked: so no number of calls at once spends a point twice. The rungs are taken in order:
standing, then reward.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from loyalty import audit, clock, identities, ids, locks, members, record, rewards, settlement, standing_rows
from loyalty.activities import Identity
from loyalty.errors import Conflict, NotFound
from loyalty.models import Redemption, Reward
from loyalty.models.rewards import FULFILLED, HELD, RELEASED
from rules_engine.errors import Sentence
from rules_engine.standing import Standing


def redeem(session: Session, community_id: str, member_id: str, reward_key: str) -> Redemption:
    """Hold the points a reward costs. Raises `NotFound`, and `Conflict`: `reward_inactive`, `in_debt`,
    `insufficient_points`, `limit_reached`, `out_of_stock`.
    """
    # What time gives, a budget may refuse; and a spend that waited to be folded would leave its points to the next.
    standing = settlement.bring_up(session, community_id, member_id)
    if standing is None:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=member_id))
    reward = rewards.get(session, community_id, reward_key)
    if not reward.active:
        raise Conflict("reward_inactive", Sentence("This reward is not offered at present."))
    at = max(standing.through, standing.at + 1)
    _check_points(standing, reward, at)
    _check_member_limit(session, member_id, reward)
    _take_stock(session, reward)
    redemption = Redemption(
        id=ids.new("red"),
        community_id=community_id,
        member_id=member_id,
        reward_key=reward.key,
        points=reward.cost,
        currency=reward.currency,
        status=HELD,
        held_at=at,
    )
    session.add(redemption)
    session.flush()
    data = {"redemption": redemption.id, "reward": reward.key, "points": reward.cost, "currency": reward.currency}
    _say(session, redemption, "redemption_held", data, at)
    return redemption


def fulfil(session: Session, community_id: str, redemption_id: str, by: str) -> Redemption:
    """The member has the reward: the held points are settled. Raises `NotFound`, and `Conflict` (`not_open`)."""
    redemption = _open(session, community_id, redemption_id)
    _say(session, redemption, "redemption_settled", {"redemption": redemption.id})
    return _end(session, redemption, FULFILLED, by)


def cancel(session: Session, community_id: str, redemption_id: str, by: str) -> Redemption:
    """Give the held points back, with the expiry they had. Raises `NotFound`, and `Conflict` (`not_open`)."""
    redemption = _open(session, community_id, redemption_id)
    _say(session, redemption, "redemption_released", {"redemption": redemption.id})
    session.execute(
        update(Reward)
        .where(Reward.community_id == community_id, Reward.key == redemption.reward_key)
        .values(taken=Reward.taken - 1)
    )
    return _end(session, redemption, RELEASED, by)


def get(session: Session, community_id: str, redemption_id: str) -> Redemption:
    """One redemption. Raises `NotFound`."""
    row = session.scalar(
        select(Redemption).where(Redemption.id == redemption_id, Redemption.community_id == community_id)
    )
    if row is None:
        raise NotFound(
            "redemption_not_found", Sentence("There is no redemption {redemption}.", redemption=redemption_id)
        )
    return row


def list_for(session: Session, member_id: str, before: str | None = None, limit: int = 50) -> Sequence[Redemption]:
    """A member's redemptions, the latest first; of a long list those before the id of the last one seen."""
    people = members.everyone_in(session, member_id)
    query = select(Redemption).where(Redemption.member_id.in_(people)).order_by(Redemption.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Redemption.id < before)
    return session.scalars(query).all()


def _open(session: Session, community_id: str, redemption_id: str) -> Redemption:
    """The redemption, its member's standing locked. The status is read under that lock."""
    redemption = get(session, community_id, redemption_id)
    locks.guard(session, community_id)
    standing_rows.lock(session, community_id, [members.resolve(session, community_id, redemption.member_id)])
    session.refresh(redemption)
    if redemption.status != HELD:
        raise Conflict("not_open", Sentence("This redemption is {status} already.", status=redemption.status))
    return redemption


def _end(session: Session, redemption: Redemption, status: str, by: str) -> Redemption:
    redemption.status, redemption.ended_at = status, clock.now()
    session.flush()
    told = {"status": HELD}, {"status": status}
    audit.note(session, redemption.community_id, by, f"redemption.{status}", redemption.id, *told)
    return redemption


def _say(session: Session, redemption: Redemption, kind: str, data: dict[str, object], at: int | None = None) -> None:
    """Say it of whoever held the points, through their own identity: it stays theirs should they ever part from whom
    they became.
    """
    key = f"setia:{redemption.id}:{kind}"
    member_id = members.resolve(session, redemption.community_id, redemption.member_id)
    holder = Identity(identities.OWN, "", redemption.member_id)
    record.record_own(session, redemption.community_id, member_id, kind, data, key=key, at=at, through=holder)


def _check_points(standing: Standing, reward: Reward, at: int) -> None:
    debt = standing.debt.get(reward.currency, 0)
    if debt:
        detail = Sentence(
            "The member owes {debt} {currency}: they were undone or corrected after they were spent, and come first.",
            debt=debt,
            currency=reward.currency,
        )
        raise Conflict("in_debt", detail)
    available = standing.available(reward.currency, at)
    if available < reward.cost:
        detail = Sentence(
            "This costs {cost} {currency}; {available} can be spent now.",
            cost=reward.cost,
            currency=reward.currency,
            available=available,
        )
        raise Conflict("insufficient_points", detail)


def _check_member_limit(session: Session, member_id: str, reward: Reward) -> None:
    if reward.per_member is None:
        return
    had = session.scalar(
        select(func.count()).where(
            Redemption.member_id.in_(members.everyone_in(session, member_id)),
            Redemption.reward_key == reward.key,
            Redemption.status != RELEASED,
        )
    )
    if (had or 0) >= reward.per_member:
        raise Conflict("limit_reached", Sentence("A member can have this {times} times.", times=reward.per_member))


def _take_stock(session: Session, reward: Reward) -> None:
    """One conditional update: the last piece goes to one of all who ask at once."""
    taken = session.execute(
        update(Reward)
        .where(
            Reward.community_id == reward.community_id,
            Reward.key == reward.key,
            (Reward.stock.is_(None)) | (Reward.taken < Reward.stock),
        )
        .values(taken=Reward.taken + 1)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise Conflict("out_of_stock", Sentence("There is none left."))
