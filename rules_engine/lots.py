"""Points in day buckets: earned together, mature together, expire together.

Keeps, for every currency: sum of lots - debt = what came in - what went out, debt > 0 only where there are no lots, and
lots sorted soonest-expiring first (no expiry last). It moves points only; which transfer that is, the caller says.
"""

from __future__ import annotations

from typing import Any

from rules_engine.standing import Standing

NEVER = 1 << 62  # sorts a lot without expiry last


def deposit(standing: Standing, currency: str, expires_at: int | None, matures_at: int, amount: int, at: int) -> None:
    """Adds points at an instant. They repay debt first; what is left joins the lot of the same expiry and maturity."""
    owed = standing.debt.get(currency, 0)
    if owed:
        repaid = min(owed, amount)
        amount -= repaid
        if owed > repaid:
            standing.debt[currency] = owed - repaid
        else:
            del standing.debt[currency]
        if not amount:
            return
    lots = standing.lots.setdefault(currency, [])
    place = (NEVER if expires_at is None else expires_at, matures_at)
    index = len(lots)
    while index:  # from the end: what is earned now usually expires last
        lot = lots[index - 1]
        here = (NEVER if lot[0] is None else lot[0], lot[1])
        if here == place:
            lot[2] += amount
            return
        if here < place:
            break
        index -= 1
    lots.insert(index, [expires_at, matures_at, amount])
    if len(lots) > 1:
        standing.lots[currency] = _merged(lots, at)


def consume(standing: Standing, currency: str, amount: int, at: int) -> tuple[list[list[Any]], int]:
    """Takes points: mature lots soonest-expiring first, then those still maturing; the rest becomes debt.

    Returns the lots that were taken, in the form of lots, and how many points none of them covered.
    """
    lots = _merged(standing.lots.get(currency, []), at)
    taken: list[list[Any]] = []
    for lot in [lot for lot in lots if not lot[1]] + [lot for lot in lots if lot[1]]:
        if not amount:
            break
        part = min(lot[2], amount)
        taken.append([lot[0], lot[1], part])
        lot[2] -= part
        amount -= part
    left = [lot for lot in lots if lot[2]]
    if left:
        standing.lots[currency] = left
    else:
        standing.lots.pop(currency, None)
    if amount:
        standing.debt[currency] = standing.debt.get(currency, 0) + amount
    return taken, amount


def expire(standing: Standing, currency: str, at: int) -> int:
    """Removes the lots that end at or before the instant and returns their points."""
    lots = standing.lots[currency]
    ended = 0
    while lots and lots[0][0] is not None and lots[0][0] <= at:
        ended += lots.pop(0)[2]
    if not lots:
        del standing.lots[currency]
    return ended


def _merged(lots: list[list[Any]], at: int) -> list[list[Any]]:
    """The same lots, where those that have matured meanwhile and expire together are one."""
    merged: list[list[Any]] = []
    for expires_at, stated, amount in lots:
        matures_at = stated if stated > at else 0
        if merged and merged[-1][:2] == [expires_at, matures_at]:
            merged[-1][2] += amount
        else:
            merged.append([expires_at, matures_at, amount])
    return merged
