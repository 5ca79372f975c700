"""What the order of locks is for: batches that say the same, and an answer that meets what it answers being undone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from threading import Thread

import pytest
from sqlalchemy.orm import Session

from loyalty import facts, record
from loyalty.activities import Activity, Reference
from loyalty.sayings import Saying
from tests.databases import Database
from tests.races.calls import ENROLLED, TODAY, post, say
from tests.races.processes import Call, Crew
from tests.waiting import PATIENCE
from tests.worlds import PLATFORM, World


def say_unsorted(session: Session, community: str, batch: Sequence[Activity]) -> list[str]:
    """A naive recording: each row goes into the log on its own, in the order in which they were said."""
    insert = facts._insert

    def one_by_one(session: Session, community: str, sayings: Sequence[Saying], said: facts.Said) -> set[str]:
        inserted: set[str] = set()
        for row in sayings:
            inserted |= insert(session, community, [row], said)
            time.sleep(0.01)  # so that who begins a little later meets it all the same
        return inserted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "_insert", one_by_one)
        return [one.status for one in record.record(session, community, batch, PLATFORM)]


@pytest.mark.parametrize("naive", [False, True], ids=["in_one_order_never", "unsorted_often"])
def test_batches_that_say_the_same_deadlock(database: Database, world: World, crew: Crew, naive: bool) -> None:
    if database.name == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time: nobody is there to deadlock with")
    said = [post(number, ENROLLED[0]) for number in range(60)]
    batches = [Random(seed).sample(said, len(said)) for seed in range(3)]
    calls = [say(world, *batch) for batch in batches]
    if naive:
        calls = [Call(say_unsorted, call.arguments) for call in calls]
    outcomes = crew.race(database, calls)
    assert any(outcome.repeats for outcome in outcomes) is naive


def test_what_is_taken_back_while_its_reference_is_answered_does_not_count(database: Database, world: World) -> None:
    reference = "author_of:telegram::1"
    asked = Activity(
        "helpful_reaction", "like:1", TODAY, "telegram", actor=ENROLLED[0], beneficiary=Reference(reference)
    )
    back = replace(asked, op="reverse", by="author", beneficiary=None)
    world.record(asked)
    with Session(database.engine) as session:
        record.record(session, world.community, [back], PLATFORM)
        answering = Thread(target=world.record, args=[post(1, ENROLLED[1], declares=reference)])
        answering.start()
        time.sleep(0.3)  # it has seen the question by now, and waits
        session.commit()
    answering.join(PATIENCE)
    world.remember([back])
    world.check(TODAY)
