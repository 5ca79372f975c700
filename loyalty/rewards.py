"""Rewards: what a community offers for points. The only writer of their table; stock is taken by `redemptions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import audit, clock
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale
from loyalty.models import Reward
from rules_engine.document import KEY, MAX_KEY
from rules_engine.errors import Sentence


def put(
    session: Session,
    community_id: str,
    key: str,
    *,
    name: Mapping[str, str],
    cost: int,
    currency: str = "points",
    description: Mapping[str, str] | None = None,
    stock: int | None = None,
    per_member: int | None = None,
    active: bool = True,
    revision: int | None = None,
    by: str = "setia",
) -> Reward:
    """Offer a reward, or change it; open redemptions keep what they held. Raises `Stale` when `revision` is an older
    one, `Invalid` for a key that is none, and `Conflict` for a stock below what was given away already.
    """
    row = session.get(Reward, (community_id, key), with_for_update=True)
    if revision is not None and revision != (row.revision if row else 0):
        raise Stale("reward_changed", Sentence("Somebody else changed this reward since you read it. Read it again."))
    if row is None:
        if not KEY.match(key):
            problem = Problem("/key", Sentence("lower-case letters, digits and dashes, at most {most}", most=MAX_KEY))
            raise Invalid("invalid_key", Sentence("This is no key for a reward."), [problem])
        row = Reward(community_id=community_id, key=key, taken=0, revision=0)
        session.add(row)
    if stock is not None and stock < row.taken:
        raise Conflict(
            "stock_below_taken",
            Sentence("{taken} are held or given away already; the stock cannot be less.", taken=row.taken),
        )
    before = _told(row) if row.revision else None
    row.name, row.description, row.kind = dict(name), dict(description or {}), "manual"
    row.cost, row.currency, row.stock, row.per_member, row.active = cost, currency, stock, per_member, active
    row.revision, row.changed_at = row.revision + 1, clock.now()
    session.flush()
    audit.note(session, community_id, by, "reward.put", key, before, _told(row))
    return row


def _told(row: Reward) -> dict[str, Any]:
    names = ("name", "description", "cost", "currency", "stock", "per_member", "active")
    return {name: getattr(row, name) for name in names}


def get(session: Session, community_id: str, key: str) -> Reward:
    """One reward. Raises `NotFound`."""
    row = session.get(Reward, (community_id, key))
    if row is None:
        raise NotFound("reward_not_found", Sentence("There is no reward {reward}.", reward=repr(key)))
    return row


def list_for(
    session: Session, community_id: str, after: str | None, limit: int, *, all_of_them: bool
) -> Sequence[Reward]:
    """The rewards after this key, by key: those that can be had, or `all_of_them`."""
    query = select(Reward).where(Reward.community_id == community_id).order_by(Reward.key).limit(limit)
    if after is not None:
        query = query.where(Reward.key > after)
    if not all_of_them:
        query = query.where(Reward.active)
    return session.scalars(query).all()
