"""What is said for the first time is at most 35 days old, by whatever name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loyalty import clock, hindsight
from loyalty.activities import Activity
from loyalty.said import BACK
from tests.databases import Database
from tests.worlds import World, person

OLD = clock.now() - BACK - clock.DAY
AMENDED = Activity("post_created", "post:1", OLD, "telegram", "amend", 1, actor=person(1))


@pytest.fixture
def world(database: Database) -> World:
    return World(database.engine)


def wrong(world: World, *activities: Activity) -> list[bool]:
    found = world.do(lambda session: hindsight.problems(session, world.community, activities))
    assert all(problem is None or problem.pointer == "/occurred_at" for problem in found)
    return [problem is not None for problem in found]


def test_an_amendment_of_nothing_has_no_age_of_its_own(world: World) -> None:
    young = replace(AMENDED, key="post:2", at=clock.now())
    gone = replace(AMENDED, key="post:3", op="reverse")
    assert wrong(world, AMENDED, young, gone) == [True, False, False]


def test_what_was_said_before_is_amended_at_any_age(world: World) -> None:
    world.record(replace(AMENDED, op="apply", at=clock.now(), version=0))
    assert wrong(world, AMENDED) == [False]


def test_what_was_only_ever_undone_was_never_said(world: World) -> None:
    world.record(replace(AMENDED, op="reverse", version=0))
    assert wrong(world, AMENDED) == [True]


def test_what_is_said_in_the_same_call_is_said_before(world: World) -> None:
    assert wrong(world, replace(AMENDED, op="apply", at=clock.now(), version=0), AMENDED) == [False, False]


def test_what_another_community_was_told_is_not_known_here(world: World, database: Database) -> None:
    World(database.engine).record(AMENDED)
    assert wrong(world, AMENDED) == [True]
