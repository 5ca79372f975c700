"""One final state: whatever the order, batching and repetition in which facts are recorded, the world ends as the oracle says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import standings
from rules_engine import fold
from tests.databases import Database
from tests.properties.histories import AS_OF, ENROLLED, FIRST, PARKED, Step, histories, live
from tests.worlds import World


def world_after(database: Database, history: list[Step]) -> World:
    world = World(database.engine, ENROLLED, PARKED)
    world.publish(FIRST)
    live(world, history)
    return world


@given(history=histories())
def test_every_history_ends_as_the_oracle_says(database: Database, history: list[Step]) -> None:
    world_after(database, history).check(AS_OF)


@given(history=histories(), every=st.integers(1, 4), long=st.sampled_from([0, 2, 5, 500]))
def test_it_ends_so_from_any_checkpoint_and_through_long_refolds(
    database: Database, history: list[Step], every: int, long: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standings, "LONG", long)
        patch.setattr(standings, "CHECKPOINT_EVERY", every)
        patch.setattr(fold, "CHECKPOINT_EVERY", every)
        world_after(database, history).check(AS_OF)
