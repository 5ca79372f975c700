"""Lots: which points are spent first, what merges, what debt takes."""

from __future__ import annotations

from rules_engine.lots import consume, deposit, expire
from rules_engine.standing import Standing


def standing_with(*lots: list[int | None]) -> Standing:
    standing = Standing.new()
    for expires_at, matures_at, amount in lots:
        deposit(standing, "points", expires_at, matures_at or 0, amount or 0, at=0)
    return standing


def test_lots_of_one_expiry_and_maturity_merge_and_stand_soonest_expiring_first() -> None:
    standing = standing_with([None, 0, 1], [200, 0, 2], [100, 50, 3], [100, 0, 4], [200, 0, 5], [100, 50, 6])
    assert standing.lots["points"] == [[100, 0, 4], [100, 50, 9], [200, 0, 7], [None, 0, 1]]


def test_what_is_mature_is_spent_first_then_what_expires_first() -> None:
    standing = standing_with([None, 0, 1], [200, 0, 2], [100, 50, 3], [300, 50, 4])
    taken, short = consume(standing, "points", 5, at=10)
    assert taken == [[200, 0, 2], [None, 0, 1], [100, 50, 2]]
    assert short == 0
    assert standing.lots["points"] == [[100, 50, 1], [300, 50, 4]]


def test_what_no_lot_covers_becomes_debt_and_is_repaid_first() -> None:
    standing = standing_with([100, 0, 3])
    assert consume(standing, "points", 10, at=10)[1] == 7
    assert (standing.lots, standing.debt) == ({}, {"points": 7})
    deposit(standing, "points", None, 0, 5, at=11)
    assert (standing.lots, standing.debt) == ({}, {"points": 2})
    deposit(standing, "points", None, 0, 5, at=12)
    assert (standing.lots, standing.debt) == ({"points": [[None, 0, 3]]}, {})


def test_lots_that_have_matured_merge_when_a_new_one_is_made() -> None:
    standing = Standing.new()
    for day in range(30):
        deposit(standing, "points", None, day + 7, 1, at=day)
    assert standing.lots["points"] == [[None, 0, 23], *([None, day, 1] for day in range(30, 37))]


def test_only_what_ends_by_the_instant_expires() -> None:
    standing = standing_with([100, 0, 1], [100, 150, 2], [101, 0, 4], [None, 0, 8])
    assert expire(standing, "points", 100) == 3
    assert standing.lots["points"] == [[101, 0, 4], [None, 0, 8]]
    assert expire(standing, "points", 100) == 0
