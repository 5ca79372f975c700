"""Rings: found in the background, withheld while their points mature, and otherwise only shown to a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from jobs import fairplay as job
from jobs.app import service
from loyalty import cases, clock, fairplay, rebuild, rings, verdicts
from loyalty.activities import Activity
from loyalty.rings import Ring
from rules_engine.standing import Standing
from tests.databases import Database
from tests.worlds import World, person

TERMS: dict[str, Any] = {"kinds": ["kudos_given"], "days": 28, "mutual": 2, "inside_percent": 80}
NOW = clock.now()


def rules(**matures: str) -> dict[str, Any]:
    gives = {"points": 10, **matures}
    return {"rules": [{"key": "kudos", "on": "kudos_given", "earns": "beneficiary", "gives": gives}]}


def kudos(number: int, who: int, whom: int, at: int = NOW - clock.DAY) -> Activity:
    return Activity(
        "kudos_given", f"kudos:{number:03}", at + number, "telegram", actor=person(who), beneficiary=person(whom)
    )


def begin(database: Database, **matures: str) -> World:
    world = World(database.engine, [person(number) for number in range(4)])
    world.publish(rules(**matures))
    world.do(lambda session: fairplay.change(session, world.community, {"rings": TERMS}, "root").revision)
    return world


def praise_each_other(world: World) -> None:
    """Three people twice each, and one of them somebody else once."""
    pairs = [(one, other) for one in range(3) for other in range(3) if one != other] * 2
    world.record(*(kudos(number, *pair) for number, pair in enumerate(pairs)), kudos(90, 0, 3))


def look(app: Flask, world: World) -> int:
    with app.app_context():
        return job.look(service(), world.community, TERMS)


def points(world: World) -> list[int]:
    world.finish(clock.now())
    assert rebuild.rebuild(world.do, world.community) == []
    rows = world.standings()
    return [rows[member].balance_by_currency().get("points", 0) for member in world.members]


def test_what_they_gave_each_other_waits_while_it_matures(app: Flask, database: Database) -> None:
    world = begin(database, matures_after="7d")
    praise_each_other(world)
    assert points(world) == [40, 40, 40, 10]

    assert look(app, world) == 3
    assert points(world) == [0, 0, 0, 10]
    assert look(app, world) == 0, "nothing is brought up twice"

    def decide(session: Any) -> None:
        for row in cases.list_for(session, world.community):
            assert row.signals[0]["inside_percent"] == 92
            verdicts.decide(session, world.community, row.id, cases.GAVE, "friends", "root")

    world.do(decide)
    assert points(world) == [40, 40, 40, 10]


def test_what_has_matured_is_left_until_a_person_decided(app: Flask, database: Database) -> None:
    world = begin(database)
    praise_each_other(world)
    assert look(app, world) == 3
    assert points(world) == [40, 40, 40, 10]

    def decide(session: Any) -> None:
        for row in cases.list_for(session, world.community):
            verdicts.decide(session, world.community, row.id, cases.REFUSED, "a ring", "root")

    world.do(decide)
    assert points(world) == [0, 0, 0, 10]


def test_what_comes_after_a_case_is_a_case_of_its_own(app: Flask, database: Database) -> None:
    world = begin(database, matures_after="7d")
    praise_each_other(world)
    assert look(app, world) == 3
    world.record(kudos(50, 0, 1), kudos(51, 1, 0))
    assert look(app, world) == 2
    assert points(world) == [0, 0, 0, 10]
    assert json.loads(world.standings()[world.members[0]].state) != Standing.new().dump()


def test_the_clock_looks_where_it_is_switched_on(app: Flask, database: Database) -> None:
    world = begin(database)
    praise_each_other(world)
    with app.app_context():
        job.run()
    assert world.do(lambda session: len(cases.list_for(session, world.community, kind=cases.RING))) == 3


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({"ab": 3, "ba": 3}, [Ring(("a", "b"), 100, 6)]),
        ({"ab": 3, "ba": 1}, []),
        ({"ab": 3, "ba": 3, "ac": 3}, []),
        ({"ab": 3, "ba": 3, "ac": 1}, [Ring(("a", "b"), 85, 6)]),
        (
            {one + other: 2 for one in "abcde" for other in "abcde" if one != other},
            [Ring(("a", "b", "c", "d", "e"), 100, 40)],
        ),
        (dict.fromkeys(("ab", "bc", "cd", "da"), 9), []),
    ],
    ids=["a pair", "one way", "more outside", "a little outside", "five", "a circle of strangers"],
)
def test_a_ring_is_few_who_praise_each_of_the_others(edges: dict[str, int], found: list[Ring]) -> None:
    assert rings.find({(pair[0], pair[1]): count for pair, count in edges.items()}, TERMS) == found
