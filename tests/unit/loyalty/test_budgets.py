"""Budgets of everyone together: asked in the order of the facts, answered once, released when nobody wants it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from loyalty import asking_ahead, clock, rebuild, record, stretches, timelines
from loyalty.activities import Activity
from tests.databases import Database
from tests.properties.test_one_final_state import checkpoints
from tests.worlds import PLATFORM, World, person

NOON = clock.now() - 3 * clock.DAY
ADA, BEN = person(0), person(1)


def rules(most: int, **limit: Any) -> dict[str, Any]:
    """Ten points for a post, and so many of them for everyone."""
    return {
        "rules": [
            {
                "key": "post",
                "on": "post_created",
                "limits": [{"points": most, "per": "ever", "budget": True} | limit],
                "gives": {"points": 10},
            }
        ]
    }


def post(number: int, who: Any = ADA, **more: Any) -> Activity:
    return Activity("post_created", f"post:{number:03}", NOON + number, "telegram", actor=who, **more)


@pytest.fixture
def world(database: Database) -> World:
    world = World(database.engine, [ADA, BEN])
    world.publish(rules(30))
    return world


def points(world: World) -> list[int]:
    """What Ada and Ben have, after everything about them was compared with the truth."""
    world.check(clock.now())
    rows = world.standings()
    return [rows[member].balance_by_currency().get("points", 0) for member in world.members]


def test_a_budget_is_spent_in_the_order_of_the_facts_of_a_batch(world: World) -> None:
    world.record(*(post(number, BEN if number < 2 else ADA) for number in (4, 3, 2, 1, 0)))
    assert points(world) == [10, 20]


def test_what_was_refused_says_so(world: World) -> None:
    recorded = world.record(*(post(number) for number in range(4)))
    (_, decision) = recorded[3].decisions[0]
    assert (decision.outcome, decision.code, decision.path) == ("refused", "budget_spent", "/limits/0")


def test_what_was_granted_is_not_taken_by_who_comes_late_with_something_earlier(world: World) -> None:
    world.record(*(post(number) for number in (10, 11, 12)))
    world.record(post(1, BEN))
    assert points(world) == [30, 0]


def test_a_limit_in_times_counts_awards_of_everyone(database: Database) -> None:
    world = World(database.engine, [ADA, BEN])
    world.publish(
        rules(1) | {"rules": [rules(1)["rules"][0] | {"limits": [{"times": 2, "per": "ever", "budget": True}]}]}
    )
    world.record(post(0), post(1, BEN), post(2, BEN))
    assert points(world) == [10, 10]


def test_what_is_voided_gives_its_part_back_and_lifted_asks_again(world: World) -> None:
    world.record(*(post(number) for number in range(3)))
    world.undo("void", "post:001")
    assert points(world) == [20, 0]
    world.record(post(7, BEN))
    assert points(world) == [20, 10]
    world.undo("lift", "post:001")
    assert points(world) == [20, 10]


def test_a_late_fact_that_moves_a_level_asks_anew_and_releases_the_old(database: Database) -> None:
    world = World(database.engine, [ADA, BEN])
    every_second = rules(20)["rules"][0] | {"count": {"every": 2}}
    world.publish({"rules": [every_second]})
    world.record(post(1), post(2), post(3), post(4))
    world.record(post(0))
    assert points(world) == [20, 0]
    world.undo("retract", "post:000")
    world.undo("retract", "post:004")
    assert points(world) == [10, 0]
    world.record(post(5, BEN), post(6, BEN))
    assert points(world) == [10, 10]


def test_a_rehearsal_uses_nothing_of_a_budget(world: World) -> None:
    with Session(world.engine) as session:
        record.record(session, world.community, [world.named(post(number)) for number in range(3)], PLATFORM)
        session.rollback()
    world.record(*(post(number, BEN) for number in range(10, 13)))
    assert points(world) == [0, 30]


def test_rebuilding_tells_of_a_budget_that_is_not_the_sum_of_what_it_gave(world: World) -> None:
    world.record(post(0))
    world.do(lambda session: session.connection().exec_driver_sql("UPDATE budgets SET used = 5"))
    found = rebuild.rebuild(world.do, world.community)
    assert [line for line in found if "5 used, 10 granted" in line]
    world.do(lambda session: session.connection().exec_driver_sql("UPDATE budgets SET used = 10"))


def test_what_is_on_record_is_what_folds_are_told(world: World) -> None:
    world.record(*(post(number) for number in range(4)))
    ada = world.members[0]
    with Session(world.engine) as session:
        known = stretches.on_record(session, {ada: timelines.START})[ada]
    assert sorted(one.granted for one in known.budgets.values()) == [False, True, True, True]


def test_a_publication_spends_a_budget_in_the_order_of_the_facts_whoever_is_walked_first(database: Database) -> None:
    world = World(database.engine, [ADA, BEN])
    world.publish({"rules": []})
    world.record(post(1, BEN), post(2), post(3, BEN), post(4), post(5, BEN))
    world.publish(rules(30))
    asking_ahead.ask_ahead(world.do, world.do, world.community, lambda members, work: work(members))
    assert points(world) == [10, 20]


def test_who_is_refused_ahead_may_ask_for_what_comes_later(database: Database) -> None:
    """A limit in points that a refusal leaves room in: what is then asked for is answered ahead as well."""
    world = World(database.engine, [ADA, BEN])
    world.publish({"rules": []})
    world.record(post(1), post(2, BEN), post(3, BEN, data={"length": 1}), post(4, BEN, data={"length": 2}))
    scarce = rules(10)["rules"][0]
    plenty = {
        "key": "length",
        "on": "post_created",
        "when": {"field": "member.earned", "at_most": 0},
        "limits": [{"points": 100, "per": "ever", "budget": True}],
        "gives": {"points": {"base": 7}},
    }
    world.publish({"rules": [scarce, plenty]})
    asking_ahead.ask_ahead(world.do, world.do, world.community, lambda members, work: work(members))
    assert points(world) == [17, 7]


def test_a_decision_that_moved_keeps_its_part_whatever_is_folded_again_behind_it(database: Database) -> None:
    """The second post was on record at its old place, behind the checkpoint that has it already."""
    with checkpoints(every=1):
        world = World(database.engine, [ADA, BEN])
        world.publish({"rules": [rules(10)["rules"][0] | {"count": {"at": [2]}}]})
        world.record(post(5))
        world.record(post(8))
        world.record(post(3))
        world.record(Activity("comment_created", "comment:1", NOON + 9, "telegram", actor=ADA))
        world.record(Activity("comment_created", "comment:2", NOON + 7, "telegram", actor=ADA))
        assert points(world) == [10, 0]


def test_who_takes_an_award_over_takes_its_part_of_the_budget_over(database: Database) -> None:
    world = World(database.engine, [ADA, BEN])
    world.publish(rules(10))
    world.record(post(1))
    world.link(ADA, 1, version=1)
    assert points(world)[1] == 10


def test_nobody_loses_by_a_budget_that_was_spent_before_it_came_to_them(database: Database) -> None:
    world = World(database.engine, [ADA, BEN])
    world.publish({"rules": [{"key": "post", "on": "post_created", "gives": {"points": 10}}]})
    world.record(post(1), post(2))
    world.publish(rules(15), gains_only=True)
    assert points(world) == [20, 0]
