"""Worlds whose publications are walked, and all that stands in them: before one, with it, and once it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import walks as walk_jobs
from jobs.app import Service
from loyalty import chains, clock, drafts, explanations, publications, rebuild, sayings
from loyalty.activities import Activity, Identity
from loyalty.models import Entry
from tests.worlds import World

BEGAN = 20_000 * clock.DAY
AS_OF = clock.now() + clock.DAY


def said(number: int, at: int, who: Identity, other: Identity) -> Activity:
    """One time in three a like of the other's, else a post."""
    if number % 3:
        return Activity("post_created", f"post:{number}", at, "telegram", actor=who)
    return Activity("helpful_reaction", f"like:{number}", at, "telegram", actor=who, beneficiary=other)


def put_in_force(world: World, document: dict[str, Any], **how: Any) -> str:
    def work(session: Session) -> str:
        drafts.save(session, world.community, document, "root")
        return publications.publish(session, world.community, by="root", **how).id

    return world.do(work)


def revert(world: World, publication: str) -> str:
    return world.do(lambda session: publications.revert(session, world.community, publication, by="root").id)


def walk(world: World, redis: Redis) -> None:
    here = Service(world.engine, redis)
    for part in walk_jobs.begin(here):
        walk_jobs.go(here, part)


def all_of_it(world: World) -> Mapping[str, Any]:
    """Everything that a member has and is told, at one instant."""
    world.reconcile(AS_OF)
    keys = [one.activity.key for one in world.sayings[::97]]

    def explained(session: Session) -> list[Any]:
        ids = [sayings.activity_id(world.salt, key) for key in keys]
        return [explanations.read(session, world.community, one, explain=True).decisions for one in ids]

    return {"members": world.found(), "why": world.do(explained)}


def there_and_back(world: World, redis: Redis, document: dict[str, Any], *, gains_only: bool, **how: Any) -> None:
    """Publish, take it back, put it back: whatever is reverted is as if it had never been. Raises `AssertionError`."""
    before = all_of_it(world)
    publication = put_in_force(world, document, **how, gains_only=gains_only)
    walk(world, redis)
    changed = all_of_it(world)
    assert changed["members"] != before["members"]
    if gains_only:
        _nobody_lost(before["members"], changed["members"])
    undoing = revert(world, publication)
    walk(world, redis)
    assert all_of_it(world) == before
    _books_are_right(world)
    revert(world, undoing)
    walk(world, redis)
    assert all_of_it(world) == changed, "and what is put back is as it was"
    _books_are_right(world)


def _nobody_lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for member, had in before.items():
        has = after[member]
        assert all(has.balances.get(currency, 0) >= points for currency, points in had.balances.items())
        assert all(has.badges.get(badge, (0, 0))[0] >= level for badge, (level, _) in had.badges.items())


def _books_are_right(world: World) -> None:
    assert rebuild.rebuild(world.do, world.community) == []
    assert world.do(lambda session: chains.verify(session, world.community)) == []


def entries(world: World) -> dict[tuple[str, int], str | None]:
    """What every line of every account names."""
    with Session(world.engine) as session:
        rows = session.execute(select(Entry.member_id, Entry.number, Entry.publication))
        return {(member, number): named for member, number, named in rows}
