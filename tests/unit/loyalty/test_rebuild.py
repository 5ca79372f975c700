"""The proof that what stands follows from what was said: what somebody changed behind our back is found and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from loyalty import clock, rebuild, sayings
from loyalty.activities import Activity, Reference
from tests.databases import Database
from tests.worlds import World, person

RULES: dict[str, Any] = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": [{"points": 5}, {"badge": "poster"}]},
        {"key": "like", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 2}},
    ],
    "badges": [{"key": "poster"}],
}
AT = clock.now() - clock.DAY
ADA, BEN = person(1), person(2)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two members with a message, a reaction to it by reference, and an identity that was linked."""
    monkeypatch.setattr(rebuild, "PAGE", 1)
    world = World(database.engine, [ADA, BEN], [person(3)])
    world.publish(RULES)
    world.record(
        Activity("post_created", "post:1", AT, "telegram", actor=ADA, declares="author_of:1"),
        Activity("post_created", "post:1", AT, "telegram", version=1, actor=ADA, declares="author_of:1", data={"a": 1}),
        Activity("helpful_reaction", "like:1", AT, "telegram", actor=BEN, beneficiary=Reference("author_of:1")),
    )
    world.link(person(3), 0, 1)
    assert rebuild.rebuild(world.do, world.community) == []
    return world


def tamper(world: World, statement: str, **values: object) -> None:
    world.do(lambda session: session.execute(text(statement), values))


def named(world: World, key: str) -> str:
    return sayings.activity_id(world.salt, key)


def test_a_saying_that_should_hold_and_does_not_is_named(world: World) -> None:
    tamper(world, "UPDATE facts SET stands = (n = 1) WHERE key = 'post:1'")
    assert f"{named(world, 'post:1')}: another saying holds, or somebody else undid it" in rebuild.rebuild(
        world.do, world.community
    )


def test_an_undoing_that_nobody_said_is_named(world: World) -> None:
    tamper(world, "UPDATE facts SET undone_by = 'moderator' WHERE key = 'like:1'")
    assert any(line.startswith(named(world, "like:1")) for line in rebuild.rebuild(world.do, world.community))


def test_a_person_who_was_stamped_wrongly_is_named(world: World) -> None:
    tamper(world, "UPDATE facts SET beneficiary = actor WHERE key = 'like:1'")
    (first, *_) = rebuild.rebuild(world.do, world.community)
    assert first.startswith(f"{named(world, 'like:1')}: the beneficiary is another")


@pytest.mark.parametrize("identity", ["platform = 'telegram' AND external_id = '3'", "platform = 'setia'"])
def test_an_identity_with_another_owner_is_named(world: World, identity: str) -> None:
    tamper(world, f"UPDATE identities SET member_id = :ben WHERE {identity}", ben=world.members[1])
    assert any(f"should be of {world.members[0]}" in line for line in rebuild.rebuild(world.do, world.community))


def test_an_identity_of_a_member_that_there_is_not_is_named(world: World) -> None:
    tamper(world, "UPDATE identities SET platform = 'setia', external_id = 'mem_nobody' WHERE external_id = '3'")
    assert any("should be of mem_nobody" in line for line in rebuild.rebuild(world.do, world.community))


def test_an_award_with_another_date_is_named(world: World) -> None:
    tamper(world, "UPDATE awards SET at = at - 1")
    assert rebuild.rebuild(world.do, world.community) == [f"{world.members[0]}: the awards are others"]


def test_what_moved_between_two_looks_is_no_difference(world: World) -> None:
    tamper(world, "UPDATE facts SET undone_by = 'moderator' WHERE key = 'like:1'")
    seen = []

    def run(work: Callable[[Session], Any]) -> Any:
        page = world.do(work)
        if page.wrong:
            seen.append(page)
            tamper(world, "UPDATE facts SET undone_by = NULL WHERE key = 'like:1'")
        return page

    assert (rebuild.rebuild(run, world.community), len(seen)) == ([], 1)


def test_a_standing_that_was_changed_is_mended_unless_it_is_only_a_check(world: World) -> None:
    before = world.found()
    swap = """UPDATE standings SET state = replace(state, '"poster"', '"imposter"') WHERE member_id = :ada"""
    tamper(world, swap, ada=world.members[0])
    wrong = [f"{world.members[0]}: the standing is another"]
    assert rebuild.rebuild(world.do, world.community) == wrong
    assert rebuild.rebuild(world.do, world.community, check=False) == wrong
    assert rebuild.rebuild(world.do, world.community) == []
    assert world.found() == before


def test_who_waits_to_be_folded_again_is_named_and_not_compared(world: World) -> None:
    tamper(world, "UPDATE standings SET stale_at = 5 WHERE member_id = :ada", ada=world.members[0])
    assert rebuild.rebuild(world.do, world.community) == [f"{world.members[0]}: this member waits to be folded again"]
