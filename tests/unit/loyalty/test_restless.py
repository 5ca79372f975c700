"""Somebody who turns one thing over all day is settled once a day; everybody else, and an admin, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, facts, notices, sayings
from loyalty.activities import Activity, Speaker
from loyalty.models import Notice
from loyalty.record import Recorded
from tests.databases import Database
from tests.worlds import PLATFORM, World, person

RULES: dict[str, Any] = {
    "rules": [
        {"key": "like", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 2}},
        {"key": "post", "on": "post_created", "gives": {"points": 5}},
    ]
}
NOW = clock.now()
ADA, BEN = person(1), person(2)
LIKE = Activity("helpful_reaction", "like:1", NOW - clock.HOUR, "telegram", actor=ADA, beneficiary=BEN)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(facts, "FLIPS", 3)
    world = World(database.engine, [ADA, BEN])
    world.publish(RULES)
    return world


def flip(world: World, version: int, speaker: Speaker = PLATFORM) -> Recorded:
    op = "reverse" if version % 2 else "apply"
    (answer,) = world.record(replace(LIKE, op=op, version=version), speaker=speaker)
    return answer


def waiting(world: World) -> list[Notice]:
    def read(session: Session) -> list[Notice]:
        found = list(session.scalars(select(Notice).where(Notice.kind == notices.MEMBER_STALE)))
        session.expunge_all()
        return found

    return world.do(read)


def bens(world: World) -> dict[str, int]:
    return world.standings()[world.members[1]].balance_by_currency()


def test_after_so_many_flips_a_day_it_is_recorded_and_settled_later_once(world: World) -> None:
    assert [flip(world, version).settled for version in range(7)] == [True] * 4 + [False] * 3
    assert bens(world) == {}, "as the last flip that was settled left it"
    assert (
        len(
            world.do(lambda session: facts.history(session, world.community, sayings.activity_id(world.salt, LIKE.key)))
        )
        == 7
    )
    assert sorted(notice.payload["member"] for notice in waiting(world)) == sorted(world.members)
    assert all(notice.due_at > clock.now() + clock.DAY - clock.HOUR for notice in waiting(world))
    world.settle()
    assert bens(world) == {"points": 2}
    world.check(NOW + clock.DAY)


def test_what_else_happens_to_them_meanwhile_does_not_wait_a_day(world: World) -> None:
    post = Activity("post_created", "post:1", NOW, "telegram", actor=BEN)
    for version in range(5):
        flip(world, version)
    (new,) = world.record(post)
    assert (new.settled, bens(world)) == (True, {"points": 5})
    world.record(replace(post, key="post:2", at=NOW - clock.DAY))
    assert min(notice.due_at for notice in waiting(world)) < clock.now()
    world.settle()
    assert bens(world) == {"points": 12}
    world.check(NOW + clock.DAY)


def test_an_admin_is_never_put_off(world: World) -> None:
    for version in range(5):
        flip(world, version)
    world.settle()
    assert flip(world, 5, Speaker(PLATFORM.id, admin=True)).settled
    assert bens(world) == {}


def test_what_was_said_on_other_days_does_not_count(world: World) -> None:
    for version in range(4):
        flip(world, version)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        assert flip(world, 4).settled
