"""How a member's points stand at this instant, currency by currency; reads only.

Told from the standing, brought up to now: what expired by time is gone here before the ledger's nightly row says so.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import clock, rulebook
from loyalty.errors import Invalid, Problem, known_or_nearest
from rules_engine.errors import Sentence
from rules_engine.standing import Standing


class Balance(NamedTuple):
    """Whole points of one currency. `balance` is what is on the member's account: available + maturing - debt.

    `held` is set aside for open redemptions and on an account of its own, `lifetime` all that was ever earned.
    """

    currency: str
    balance: int
    available: int
    maturing: int
    held: int
    debt: int
    lifetime: int


def of(session: Session, community_id: str, standing: Standing) -> list[Balance]:
    """Every currency of the rulebook in force, and any other of which the member with this standing, as
    `standings.view` tells it, has something.
    """
    now = clock.now()
    in_force = [one.key for one in rulebook.compiled(session, community_id).currencies]
    held: dict[str, int] = {}
    for hold in standing.held.values():
        held[hold["currency"]] = held.get(hold["currency"], 0) + hold["points"]
    others = {*standing.lots, *standing.debt, *standing.earned, *held} - {*in_force}
    found = []
    for currency in [*in_force, *sorted(others)]:
        available, maturing = standing.available(currency, now), standing.maturing(currency, now)
        debt, lifetime = standing.debt.get(currency, 0), standing.earned.get(currency, 0)
        on_account = available + maturing - debt
        found.append(Balance(currency, on_account, available, maturing, held.get(currency, 0), debt, lifetime))
    return found


def currency(session: Session, community_id: str, key: str | None) -> str:
    """The currency of that key, or the first one of the rulebook in force for none. Raises `Invalid`."""
    known = [one.key for one in rulebook.compiled(session, community_id).currencies]
    if key is None:
        return known[0]
    if key not in known:
        detail = Sentence("there is no such currency; {known}", known=known_or_nearest(key, known))
        raise Invalid(
            "unknown_currency", Sentence("The rulebook in force has no such currency."), [Problem("/currency", detail)]
        )
    return key
