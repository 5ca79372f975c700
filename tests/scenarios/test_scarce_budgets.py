"""Publications where a budget of everyone is too small for what they do: who had of it, who has, who has again."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from loyalty import budgets, rebuild
from loyalty.models import Entry
from tests.databases import Database
from tests.walking import BEGAN, all_of_it, entries, put_in_force, revert, said, there_and_back, walk
from tests.workers import redis
from tests.worlds import World, person

__all__ = ["redis"]

SCARCE: dict[str, Any] = {
    "rules": [
        {
            "key": "post",
            "on": "post_created",
            "limits": [{"points": 500, "per": "ever", "budget": True}],
            "gives": {"points": 10},
        }
    ]
}
TWICE = {"rules": [{**SCARCE["rules"][0], "gives": {"points": 20}}]}
NO_RULE: dict[str, Any] = {"rules": [{"key": "other", "on": "helpful_reaction", "gives": {"points": 3}}]}


def scarce(database: Database, redis: Redis) -> World:
    """A community half of whose posts a budget refused, in the order in which they were recorded."""
    world = World(database.engine, [person(number) for number in range(20)])
    world.publish(SCARCE)
    numbers = list(range(100))
    Random(3).shuffle(numbers)  # no secret hangs on it
    for start in range(0, 100, 10):
        world.record(
            *(said(3 * number + 1, BEGAN + number, person(number % 20), person(0)) for number in numbers[start:][:10])
        )
    walk(world, redis)
    return world


def points(world: World) -> dict[str, int]:
    """What everyone has."""
    return {member: row.balance_by_currency().get("points", 0) for member, row in world.standings().items()}


@pytest.mark.parametrize("gains_only", [False, True])
@pytest.mark.parametrize("other", [NO_RULE, TWICE])
def test_what_it_gave_is_given_back_to_whom_it_gave_it(
    database: Database, redis: Redis, other: dict[str, Any], gains_only: bool
) -> None:
    there_and_back(scarce(database, redis), redis, other, mode="retroactive", gains_only=gains_only)


def test_who_comes_meanwhile_gets_nothing_of_what_a_revert_gives_back(database: Database, redis: Redis) -> None:
    world = scarce(database, redis)
    before = entries(world)
    publication = put_in_force(world, NO_RULE, mode="retroactive")
    walk(world, redis)
    world.record(*(said(3 * number + 1, BEGAN - number, person(number % 20), person(0)) for number in range(200, 240)))
    revert(world, publication)
    walk(world, redis)

    with Session(world.engine) as session:
        assert budgets.in_use(session, world.community) == {("post:budget:points", "ever"): 500}
        net = select(func.sum(case((Entry.credit == "member", Entry.amount), else_=-Entry.amount)))
        late = net.where(Entry.rule == "post", Entry.at < BEGAN)
        assert not session.scalar(late)
    assert len(before) == 50
    assert rebuild.rebuild(world.do, world.community) == []


def test_what_goes_makes_room_for_what_comes_by_the_same_publication(database: Database, redis: Redis) -> None:
    world = scarce(database, redis)
    likes = [said(3 * n, BEGAN + n, person((n + 1) % 20), person(n % 20)) for n in range(300, 360)]
    world.record(*likes)
    before = all_of_it(world)
    liked = {"rules": [{**SCARCE["rules"][0], "on": "helpful_reaction", "earns": "beneficiary"}]}
    publication = put_in_force(world, liked, mode="retroactive")
    walk(world, redis)
    with Session(world.engine) as session:
        assert budgets.in_use(session, world.community) == {("post:budget:points", "ever"): 500}
    assert sorted(points(world).values()) == [20] * 10 + [30] * 10
    revert(world, publication)
    walk(world, redis)
    assert all_of_it(world) == before
    assert rebuild.rebuild(world.do, world.community) == []


def test_who_is_to_lose_nothing_keeps_what_a_budget_had_given_and_no_more(database: Database, redis: Redis) -> None:
    world = scarce(database, redis)
    had = points(world)
    publication = put_in_force(world, TWICE, mode="retroactive")
    walk(world, redis)
    would_have = points(world)
    assert would_have != had
    revert(world, publication)
    walk(world, redis)
    put_in_force(world, TWICE, mode="retroactive", gains_only=True)
    walk(world, redis)
    assert points(world) == {member: max(had[member], would_have[member]) for member in had}
