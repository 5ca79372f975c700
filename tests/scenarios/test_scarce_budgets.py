"""Publications where a budget of everyone is too small for what they do: who had of it, who has, who has again."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from jobs import walks as walk_jobs
from jobs.app import Service
from loyalty import budgets, rebuild, walks
from loyalty.models import Checkpoint, Entry
from tests.databases import Database
from tests.properties.test_one_final_state import checkpoints
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


def test_the_walk_of_an_earlier_publication_spends_no_budget_of_a_later_one(database: Database, redis: Redis) -> None:
    world = World(database.engine, [person(number) for number in range(20)])
    world.publish(NO_RULE)
    world.record(*(said(3 * n + 1, BEGAN + n, person(n % 20), person(0)) for n in range(100)))
    here = Service(world.engine, redis)
    parts = walk_jobs.begin(here)
    assert parts
    put_in_force(world, SCARCE, mode="retroactive")
    for part in reversed(parts):
        assert walk_jobs.go(here, part), "and nobody asks for it again before the next tick"
    walk(world, redis)
    assert points(world) == {member: 30 if place < 10 else 20 for place, member in enumerate(world.members)}
    with Session(world.engine) as session:
        assert walks.under_way(session, world.community) == []
    assert rebuild.rebuild(world.do, world.community) == []


def test_what_a_publication_asks_of_budgets_goes_by_the_earlier_one_that_is_still_on_its_way(
    database: Database, redis: Redis
) -> None:
    """By the earlier one those two have had all that they may have, though their checkpoints know nothing of it."""
    world = World(database.engine, [person(number) for number in range(3)])
    world.publish(NO_RULE)
    world.record(*(said(3 * n + 1, BEGAN + n, person(n % 2 if n < 600 else 2), person(0)) for n in range(603)))
    walk(world, redis)
    thrice = SCARCE["rules"][0] | {"limits": [{"times": 3, "per": "ever"}]}
    put_in_force(world, {"rules": [thrice]}, mode="retroactive")
    assert walk_jobs.begin(Service(world.engine, redis))
    scarce = thrice | {"limits": [*thrice["limits"], {"points": 30, "per": "ever", "budget": True}]}
    put_in_force(world, {"rules": [scarce]}, mode="from", start=BEGAN + 256)
    walk(world, redis)
    assert sorted(points(world).values()) == [30, 30, 30]
    assert rebuild.rebuild(world.do, world.community) == []


def test_who_cannot_be_folded_keeps_no_budget_from_the_others(database: Database, redis: Redis) -> None:
    with checkpoints(every=1):
        world = World(database.engine, [person(number) for number in range(3)])
        world.publish(NO_RULE)
        world.record(*(said(3 * n + 1, BEGAN + n, person(n % 3), person(0)) for n in range(9)))
        walk(world, redis)
        spoilt = update(Checkpoint).where(Checkpoint.member_id == world.members[0]).values(state="no standing")
        world.do(lambda session: session.execute(spoilt) and None)
        publication = put_in_force(world, SCARCE, mode="from", start=BEGAN + 6)
        walk(world, redis)
    assert points(world) == dict(zip(world.members, [0, 10, 10], strict=True))
    with Session(world.engine) as session:
        assert walks.progress(session, [publication])[publication].broken == 1
