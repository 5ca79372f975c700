"""What is withheld is on record: any history ends in one state with it, and giving all of it ends as if nothing was."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from loyalty import cases, clock, fairplay, rebuild, verdicts
from rules_engine.standing import Standing
from tests.databases import Database
from tests.properties.histories import AS_OF, ENROLLED, FIRST, PARKED, Step, histories, live
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
    """Every case that is open."""

    def work(session: Session) -> None:
        for row in cases.list_for(session, world.community, state=cases.OPEN, limit=1_000):
            verdicts.decide(session, world.community, row.id, outcome, "a reason", "root")

    world.do(work)


def ends(world: World, as_of: int) -> list[Any]:
    """How everybody ends who was there from the start; where they stand in their timelines left out."""
    world.finish(as_of)
    assert rebuild.rebuild(world.do, world.community) == []
    found = world.found()
    told = []
    for member in world.members:
        standing = Standing.load(found[member].standing)
        told.append((found[member]._replace(standing=""), standing.lots, standing.levels, standing.windows))
    return told


@given(history=histories(), found=signals)
def test_a_history_with_withheld_awards_ends_as_the_oracle_says(
    database: Database, history: list[Step], found: dict[str, Any]
) -> None:
    world_after(database, history, found).check(AS_OF)


@given(history=histories(), found=signals)
def test_giving_what_was_withheld_ends_as_if_nothing_ever_was(
    database: Database, history: list[Step], found: dict[str, Any]
) -> None:
    as_of = clock.now() + clock.DAY
    suspicious, trusting = world_after(database, history, found), world_after(database, history, {})
    decide(suspicious, cases.GAVE)
    assert ends(suspicious, as_of) == ends(trusting, as_of)


@given(history=histories(), found=signals)
def test_what_was_refused_is_withheld_from_then_on(
    database: Database, history: list[Step], found: dict[str, Any]
) -> None:
    as_of = clock.now() + clock.DAY
    world = world_after(database, history, found)
    before = ends(world, as_of)
    decide(world, cases.REFUSED)
    assert ends(world, as_of) == before
