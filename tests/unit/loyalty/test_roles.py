"""Who is staff or a bot was never there to earn, whoever says so, and whenever."""

from __future__ import annotations

import pytest

from loyalty import clock, members
from loyalty.activities import Activity, Identity
from rules_engine.standing import Standing
from tests.databases import Database
from tests.worlds import World, person

NOW = clock.now()
BOT, ADA = Identity("telegram", "", "9", "robo", "bot"), person(1)


@pytest.fixture
def world(database: Database) -> World:
    world = World(database.engine)
    world.publish(
        {
            "rules": [
                {"key": "post", "on": "post_created", "gives": {"points": 10}},
                {"key": "liked", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 2}},
            ]
        }
    )
    return world


def test_whom_a_platform_calls_a_bot_earns_nothing_and_those_who_meet_it_do(world: World) -> None:
    (first, _) = world.record(
        Activity("helpful_reaction", "like:1", NOW - 2, "telegram", actor=BOT, beneficiary=ADA),
        Activity("post_created", "post:1", NOW - 1, "telegram", actor=BOT),
    )
    roles = {member: Standing.load(row.state).role for member, row in world.standings().items()}
    points = {member: row.balance_by_currency() for member, row in world.standings().items()}
    (bot,) = [member for member, role in roles.items() if role == "bot"]
    (ada,) = roles.keys() - {bot}
    assert (points[bot], points[ada]) == ({}, {"points": 2})
    assert not world.standings()[bot].ranks
    assert set(first.people) == {bot, ada}

    world.do(lambda session: members.change(session, world.community, bot, role="person").id)
    assert world.standings()[bot].balance_by_currency() == {"points": 10}
