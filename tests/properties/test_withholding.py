"""What is withheld is on record: any history ends in one state with it, and giving all of it ends as if nothing was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import cases, clock, fairplay, verdicts
from loyalty.activities import Activity, MemberId
from loyalty.models import FactRow
from loyalty.models import Identity as IdentityRow
from rules_engine.facts import CASE_DECIDED
from tests.databases import Database
from tests.properties.histories import AS_OF, ENROLLED, PARKED, Step, histories, live
from tests.properties.rulebooks import FIRST
from tests.worlds import World

KINDS = ["post_created", "helpful_reaction", "answer_accepted", "comment_created"]
signals = st.fixed_dictionaries(
    {},
    optional={
        "burst": st.fixed_dictionaries(
            {"kinds": st.just(KINDS), "more_than": st.integers(0, 2), "minutes": st.sampled_from([1, 1_440])}
        ),
        "pair": st.fixed_dictionaries(
            {"kinds": st.just(KINDS[1:3]), "more_than": st.integers(0, 2), "days": st.integers(1, 7)}
        ),
        "fresh_account": st.fixed_dictionaries({"kinds": st.just(KINDS[1:3]), "days": st.integers(1, 7)}),
    },
)


def world_after(database: Database, history: list[Step], found: dict[str, Any]) -> World:
    world = World(database.engine, ENROLLED, PARKED)
    world.publish(FIRST)
    world.do(lambda session: fairplay.change(session, world.community, found, "root").revision)
    live(world, history)
    return world


def decide(world: World, outcome: str) -> None:
    """Every case that is open; the oracle is told of the decisions, which are facts, and of nothing else."""

    def work(session: Session) -> list[Activity]:
        for row in cases.list_for(session, world.community, state=cases.OPEN, limit=1_000):
            verdicts.decide(session, world.community, row.id, outcome, "a reason", "root")
        own = select(FactRow, IdentityRow.external_id).join(IdentityRow, IdentityRow.id == FactRow.actor)
        of_here = own.where(FactRow.community_id == world.community, FactRow.kind == CASE_DECIDED)
        return [
            Activity(row.kind, row.key, row.at, row.platform, actor=MemberId(member), data=json.loads(row.body)["data"])
            for row, member in session.execute(of_here)
        ]

    world.remember(world.do(work))


def withheld(world: World) -> dict[str, set[str]]:
    return world.do(lambda session: cases.withheld(session, world.standings()))


@given(history=histories(), found=signals)
def test_a_history_with_withheld_awards_ends_as_the_oracle_says(
    database: Database, history: list[Step], found: dict[str, Any]
) -> None:
    world_after(database, history, found).check(AS_OF)


@given(history=histories(), found=signals)
def test_giving_what_was_withheld_ends_as_if_nothing_ever_was(
    database: Database, history: list[Step], found: dict[str, Any]
) -> None:
    world = world_after(database, history, found)
    decide(world, cases.GAVE)
    assert withheld(world) == {}, "so the oracle hears of nothing withheld"
    world.check(clock.now() + clock.DAY)


@given(history=histories(), found=signals)
def test_what_was_refused_is_withheld_from_then_on(
    database: Database, history: list[Step], found: dict[str, Any]
) -> None:
    world = world_after(database, history, found)
    before = withheld(world)
    decide(world, cases.REFUSED)
    assert withheld(world) == before
    world.check(clock.now() + clock.DAY)
