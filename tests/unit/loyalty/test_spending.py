"""What can be spent is what is booked at that very instant, and who spent it is whose it was."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, links, partings, redemptions, rewards, standings
from loyalty.activities import Activity
from loyalty.errors import Conflict
from loyalty.models import FactRow, Redemption
from rules_engine.facts import REDEMPTION_HELD
from rules_engine.standing import Standing
from tests.databases import Database
from tests.worlds import World, person

NOW = clock.now()
ADA, BEN = person(1), person(2)
POST = {"key": "post", "on": "post_created", "gives": {"points": 10}}


@pytest.fixture
def world(database: Database) -> World:
    world = World(database.engine, [ADA, BEN])
    world.do(lambda session: rewards.put(session, world.community, "mug", name={"en": "Mug"}, cost=10).key)
    return world


def redeem(world: World, member: int) -> str:
    return world.do(lambda session: redemptions.redeem(session, world.community, world.members[member], "mug").id)


def standing(world: World, member: int) -> Standing:
    return Standing.load(world.standings()[world.members[member]].state)


def posted(who: Any, number: int, at: int) -> Activity:
    return Activity("post_created", f"post:{number}", at, "telegram", actor=who)


def talk_long(world: World, who: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on their history is too long to be folded again within a request."""
    monkeypatch.setattr("loyalty.standings.LONG", 2)
    world.record(*(Activity("comment_created", f"c:{n}", NOW - clock.HOUR, "telegram", actor=who) for n in range(5)))


def test_what_a_budget_has_no_room_for_cannot_be_spent_before_the_budget_was_asked(world: World) -> None:
    rule = {
        "key": "stayed",
        "clock": {"after": "2d"},
        "limits": [{"points": 10, "per": "ever", "budget": True}],
        "gives": {"points": 10},
    }
    world.publish({"rules": [rule]})
    for number, one in enumerate((ADA, BEN)):
        world.record(Activity("comment_created", f"c:{number}", NOW - 3 * clock.DAY, "telegram", actor=one))
    redeem(world, 0)
    assert world.do(lambda session: standings.view(session, world.community, world.members[1])).balance("points") == 0
    with pytest.raises(Conflict, match="can be spent"):
        redeem(world, 1)
    assert not standing(world, 1).debt


def test_points_are_held_at_the_instant_at_which_it_was_seen_that_they_are_there(world: World) -> None:
    world.publish({"rules": [POST]})
    world.record(posted(ADA, 1, NOW - clock.HOUR))
    held = redeem(world, 0)

    def read(session: Session) -> tuple[int, int]:
        row = session.get_one(Redemption, held)
        return row.held_at, session.scalars(select(FactRow.at).where(FactRow.kind == REDEMPTION_HELD)).one()

    held_at, at = world.do(read)
    assert held_at == at


def test_what_somebody_held_before_they_became_another_ends_with_them_when_they_part(world: World) -> None:
    world.publish({"rules": [POST]})
    world.record(posted(ADA, 1, NOW - clock.HOUR))
    held = redeem(world, 0)
    world.do(lambda session: links.link(session, world.community, world.members[1], ADA, move=True))
    world.do(lambda session: redemptions.fulfil(session, world.community, held, "root").id)
    world.do(lambda session: partings.unlink(session, world.community, world.members[1], ADA, None, "root"))
    assert (standing(world, 0).held, standing(world, 1).held) == ({}, {})


def test_who_parts_after_a_long_history_together_is_asked_who_carries_what_was_spent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish({"rules": [POST]})
    world.record(posted(ADA, 1, NOW - clock.HOUR))
    talk_long(world, BEN, monkeypatch)
    world.do(lambda session: links.link(session, world.community, world.members[1], ADA, move=True))
    world.settle()
    redeem(world, 1)
    with pytest.raises(Conflict, match="earned together"):
        world.do(lambda session: partings.unlink(session, world.community, world.members[1], ADA, None, "root"))


def test_no_point_is_spent_twice_while_a_long_history_waits_to_be_folded_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish({"rules": [POST]})
    world.record(posted(ADA, 1, NOW - clock.DAY))
    talk_long(world, ADA, monkeypatch)
    world.publish({"rules": [POST | {"name": {"en": "Wrote"}}]})
    redeem(world, 0)
    with pytest.raises(Conflict, match="can be spent"):
        redeem(world, 0)
    world.settle()
    assert not standing(world, 0).debt
