"""A walk brings up everyone to whom its publication is news."""

from __future__ import annotations

import time

import time_machine
from sqlalchemy.orm import Session

from loyalty import clock, walks
from loyalty.activities import Activity
from tests.databases import Database
from tests.worlds import World, person


def walk(world: World, publication: str) -> None:
    """All of it, at once, when nothing else is left to be prepared."""
    for one in world.do(walks.unfinished):
        world.do(lambda session, one=one: walks.begin(session, one))
        world.do(lambda session, one=one: walks.set_out(session, one))
    for part in world.do(lambda session: walks.open_parts(session, publication)):

        def meet(session: Session, part: walks.Part = part) -> bool:
            members = walks.page(session, part)
            return bool(members) and not walks.meet(session, part, members)

        while world.do(meet):
            pass


def test_what_somebody_prepares_nobody_else_does_unless_they_are_killed(database: Database) -> None:
    world = World(database.engine, [person(0)])
    world.publish({"rules": []})
    (publication,) = world.do(walks.unfinished)
    with time_machine.travel(clock.now() / clock.SECOND, tick=False) as now:
        assert world.do(lambda session: walks.begin(session, publication))
        now.shift((walks.LEASE - clock.SECOND) / clock.SECOND)
        assert not world.do(lambda session: walks.begin(session, publication))
        world.do(lambda session: walks.keep(session, publication))
        now.shift((walks.LEASE - clock.SECOND) / clock.SECOND)
        assert not world.do(lambda session: walks.begin(session, publication))
        now.shift(2)
        assert world.do(lambda session: walks.begin(session, publication))
        world.do(lambda session: walks.set_out(session, publication))
    assert not world.do(lambda session: walks.begin(session, publication))


def test_a_publication_that_was_overtaken_and_begins_after_all_is_met_by_the_idle(database: Database) -> None:
    world = World(database.engine, [person(0)])
    world.publish({"rules": []})
    world.record(Activity("post_created", "post:1", clock.now() - clock.SECOND, "telegram", actor=person(0)))
    begins_at = clock.now() + 2 * clock.SECOND
    world.publish({"rules": [], "tiers": {"levels": [{"key": "member", "reach": 0}]}}, begins_at)
    world.publish({"rules": []}, clock.now())
    world.finish(clock.now())
    world.revert(2)
    world.finish(clock.now())
    time.sleep(max(0, begins_at - clock.now()) / clock.SECOND)
    walk(world, world.reversible[1][0])
    assert [one.tier for one in world.found().values()] == ["member"]
