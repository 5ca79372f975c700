"""The ledger under everything that moves points, step by step: nothing is made, lost, or spent that is not there.

Time moves under control, so points mature and expire, and debt arises where what was earned is taken back after it was
spent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import chains, clock, corrections, redemptions, rewards
from loyalty.activities import Activity
from loyalty.errors import Conflict
from loyalty.models import Entry
from rules_engine.effects import EXPIRED, HELD, ISSUANCE, MEMBER, REDEEMED
from rules_engine.standing import Standing
from tests.databases import Database
from tests.properties.histories import START
from tests.worlds import World, person

RULES: dict[str, Any] = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 10, "matures_after": "2d", "expires_after": "9d"}},
        {"key": "comment", "on": "comment_created", "gives": {"points": 3}},
        {"key": "pairs", "on": "comment_created", "count": {"every": 2}, "gives": {"points": 4, "expires_after": "5d"}},
    ]
}
COSTS = {"sticker": 2, "mug": 7, "bag": 15}


class LedgerMachine(RuleBasedStateMachine):
    """One member, three rewards and a clock."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(START / clock.SECOND, tick=False)
        self.time = self.travel.start()
        self.said: list[Activity] = []
        self.open: list[str] = []

    def teardown(self) -> None:
        self.travel.stop()

    @initialize()
    def begin(self) -> None:
        self.world = World(self.database.engine, [person(1)])
        self.world.publish(RULES)
        self.member = self.world.members[0]
        for key, cost in COSTS.items():
            self.do(lambda session, key=key, cost=cost: rewards.put(session, self.community, key, name={}, cost=cost))

    @property
    def community(self) -> str:
        return self.world.community

    def do(self, work: Callable[[Session], Any]) -> Any:
        return self.world.do(work)

    def standing(self) -> Standing:
        """What is booked by now, with what time did meanwhile done."""
        self.world.reconcile(clock.now())
        return Standing.load(self.world.standings()[self.member].state)

    @rule(kind=st.sampled_from(["post_created", "comment_created"]), days_ago=st.integers(0, 6))
    def earn(self, kind: str, days_ago: int) -> None:
        at = clock.now() - days_ago * clock.DAY
        activity = Activity(kind, f"{kind}:{len(self.said)}", at, "telegram", actor=person(1))
        self.world.record(activity)
        self.said.append(activity)

    @precondition(lambda self: self.said)
    @rule(data=st.data(), by=st.sampled_from(["author", "moderator"]))
    def reverse(self, data: st.DataObject, by: str) -> None:
        one = data.draw(st.sampled_from(self.said))
        self.world.undo("retract", one.key, by)

    @rule(points=st.integers(-9, 9).filter(bool))
    def adjust(self, points: int) -> None:
        before = _balance(self.standing())
        self.do(
            lambda session: corrections.adjust(session, self.community, self.member, points, "points", "why", "root")
        )
        assert _balance(self.standing()) == before + points

    @rule(key=st.sampled_from(sorted(COSTS)))
    def spend(self, key: str) -> None:
        before = self.standing()
        enough = before.available("points", clock.now()) >= COSTS[key]
        if before.debt or not enough:
            with pytest.raises(Conflict) as refused:
                self.do(lambda session: redemptions.redeem(session, self.community, self.member, key))
            assert refused.value.code == ("in_debt" if before.debt else "insufficient_points")
            return
        held = self.do(lambda session: redemptions.redeem(session, self.community, self.member, key).id)
        self.open.append(held)
        assert _balance(self.standing()) == _balance(before) - COSTS[key] >= 0, "a spend never goes below nothing"
        assert not self.standing().debt

    @precondition(lambda self: self.open)
    @rule(data=st.data(), verb=st.sampled_from([redemptions.fulfil, redemptions.cancel]))
    def end(self, data: st.DataObject, verb: Callable[..., Any]) -> None:
        one = data.draw(st.sampled_from(self.open))
        self.open.remove(one)
        self.do(lambda session: verb(session, self.community, one, "root").status)
        with pytest.raises(Conflict, match="already"):
            self.do(lambda session: verb(session, self.community, one, "root").status)

    @rule(hours=st.sampled_from([1, 24, 72, 240]))
    def time_passes(self, hours: int) -> None:
        self.time.shift(hours * 3_600)

    @invariant()
    def no_point_is_made_or_lost(self) -> None:
        standing = self.standing()
        accounts: dict[str, int] = {}
        with Session(self.database.engine) as session:
            for entry in session.scalars(select(Entry).where(Entry.member_id == self.member)):
                assert entry.amount > 0
                accounts[entry.debit] = accounts.get(entry.debit, 0) - entry.amount
                accounts[entry.credit] = accounts.get(entry.credit, 0) + entry.amount
        assert sum(accounts.values()) == 0
        assert accounts.keys() <= {ISSUANCE, MEMBER, HELD, REDEEMED, EXPIRED}
        assert accounts.get(HELD, 0) == sum(held["points"] for held in standing.held.values())
        assert accounts.get(MEMBER, 0) == _balance(standing), "lots - debt is what the entries come to"

    @invariant()
    def debt_is_repaid_before_anything_is_there_to_spend(self) -> None:
        standing = self.standing()
        assert not (standing.debt and standing.lots)

    @invariant()
    def what_is_cached_is_what_it_is_a_cache_of(self) -> None:
        self.world.found()

    @invariant()
    def nobody_tampered(self) -> None:
        assert self.do(lambda session: chains.verify(session, self.community)) == []


def _balance(standing: Standing) -> int:
    return sum(lot[2] for lot in standing.lots.get("points", [])) - standing.debt.get("points", 0)


def test_the_ledger_keeps_its_promises_after_every_step(database: Database) -> None:
    machine = type("Machine", (LedgerMachine,), {"database": database})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=settings().max_examples // 3, stateful_step_count=25)
    )
