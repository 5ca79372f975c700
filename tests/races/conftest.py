"""The processes of the races, started once, and a community for each race."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Database
from tests.races.calls import ENROLLED, RULES
from tests.races.processes import Crew
from tests.worlds import World


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    crew = Crew()
    yield crew
    crew.close()


@pytest.fixture
def world(database: Database) -> World:
    """Six enrolled people under a rulebook whose every rule minds what came before."""
    world = World(database.engine, ENROLLED)
    world.publish(RULES)
    return world
