"""What stands in the database of a community, in the words in which the oracle says what must be.

What is cached agrees with what it is a cache of, else reading it fails.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import badges
from loyalty.models import Entry, FactRow, StandingRow, TierChange
from rules_engine.effects import MEMBER
from rules_engine.standing import Standing
from tests.oracle import Truth


def read(session: Session, community: str) -> dict[str, Truth]:
    """What every member has. Raises `AssertionError` where a cache lies."""
    keys_by_id = keys(session, community)
    found = {}
    for row in session.scalars(select(StandingRow).where(StandingRow.community_id == community)).all():
        member = row.member_id
        entries = session.scalars(select(Entry).where(Entry.member_id == member)).all()
        balances = _balances(entries)
        assert row.balance_by_currency() == balances, "the balance is the sum of the entries"
        standing = Standing.load(row.state)
        assert _covered(standing) == balances, "lots - debt is the balance"
        if standing.tier_lock is not None:
            standing.tier_lock["fact"] = keys_by_id[standing.tier_lock["fact"]]
        moves = session.scalars(
            select(TierChange).where(TierChange.member_id == member).order_by(TierChange.revision)
        ).all()
        if standing.tier_key is not None:
            assert moves[-1].at == standing.tier_since_at, "the last change of tier is the one that holds"
        found[member] = Truth(
            standing.dump(),
            balances,
            {award.badge: (award.level, award.at) for award in badges.held(session, member)},
            moves[-1].to_tier if moves else None,
            _booked(entries, keys_by_id),
        )
    return found


def keys(session: Session, community: str) -> dict[str, str]:
    """The activity keys, by the ids of the activities."""
    rows = session.execute(select(FactRow.activity_id, FactRow.key).where(FactRow.community_id == community))
    return {row.activity_id: row.key for row in rows}


def _balances(entries: Sequence[Entry]) -> dict[str, int]:
    balances: dict[str, int] = {}
    for entry in entries:
        change = entry.amount * ((entry.credit == MEMBER) - (entry.debit == MEMBER))
        balances[entry.currency] = balances.get(entry.currency, 0) + change
    return {currency: balance for currency, balance in balances.items() if balance}


def _covered(standing: Standing) -> dict[str, int]:
    currencies = standing.lots.keys() | standing.debt.keys()
    covered = {
        currency: sum(lot[2] for lot in standing.lots.get(currency, [])) - standing.debt.get(currency, 0)
        for currency in currencies
    }
    return {currency: amount for currency, amount in covered.items() if amount}


def _booked(entries: Sequence[Entry], keys: dict[str, str]) -> dict[tuple[str, str, str], tuple[str, str, int, int]]:
    """Net of each decision. It has to be dated at one instant: what moved was taken back where it was."""
    sums: dict[tuple[str, str, str], dict[tuple[str, str, int], int]] = {}
    for entry in entries:
        decision = entry.rule, keys.get(entry.occasion, entry.occasion), entry.effect
        low, high = sorted((entry.debit, entry.credit))
        place = low, high, entry.at
        of_decision = sums.setdefault(decision, {})
        of_decision[place] = of_decision.get(place, 0) + (entry.amount if entry.debit == low else -entry.amount)
    booked = {}
    for decision, places in sums.items():
        left = [(place, amount) for place, amount in places.items() if amount]
        assert len(left) <= 1, f"{decision} is booked at several instants: {left}"
        for (low, high, at), amount in left:
            booked[decision] = (low, high, amount, at) if amount > 0 else (high, low, -amount, at)
    return booked
