"""Two admins at one thing: neither loses what the other said."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy.orm import Session

from loyalty import drafts, sources
from loyalty.errors import Stale
from tests.databases import Database
from tests.waiting import PATIENCE
from tests.worlds import World


@pytest.fixture
def world(database: Database) -> World:
    return World(database.engine)


def meet(world: World, first: Callable[[Session], object], second: Callable[[Session], object]) -> None:
    """The second begins when the first has done its work and has not committed yet."""
    with Session(world.engine) as session:
        first(session)
        other = Thread(target=world.do, args=[second])
        other.start()
        time.sleep(0.2)  # it has come as far as it can
        session.commit()
    other.join(PATIENCE)


def test_two_edits_of_a_draft_are_both_in_it(world: World) -> None:
    def edit(key: str) -> Callable[[Session], object]:
        return lambda session: drafts.put(session, world.community, "badges", key, {}, "ada", None)

    world.do(edit("begun"))
    meet(world, edit("one"), edit("two"))

    document = json.loads(world.do(lambda session: drafts.begun(session, world.community).document))
    assert [badge["key"] for badge in document["badges"]] == ["begun", "one", "two"]


def test_of_two_first_edits_neither_is_lost(world: World) -> None:
    def edit(key: str) -> Callable[[Session], object]:
        return lambda session: drafts.put(session, world.community, "badges", key, {}, "ada", None)

    meet(world, edit("one"), edit("two"))

    document = json.loads(world.do(lambda session: drafts.begun(session, world.community).document))
    assert [badge["key"] for badge in document["badges"]] == ["one", "two"]


def test_of_two_who_begin_the_first_draft_on_one_reading_the_later_is_refused(world: World) -> None:
    refused = []

    def late(session: Session) -> None:
        try:
            drafts.save(session, world.community, {"rules": []}, "late", 0)
        except Stale as error:
            refused.append(error.code)

    meet(world, lambda session: drafts.save(session, world.community, {"badges": []}, "first", 0), late)

    assert refused == ["draft_changed"]
    assert world.do(lambda session: drafts.begun(session, world.community).changed_by) == "first"


def test_of_two_changes_on_one_reading_of_a_source_the_later_is_refused(world: World) -> None:
    key = bytes(32)
    source = world.do(
        lambda session: sources.connect(session, key, world.community, platform="telegram", name="").source.id
    )
    refused = []

    def late(session: Session) -> None:
        sources.get(session, world.community, source)
        try:
            sources.change(session, world.community, source, 1, name="late")
        except Stale as error:
            refused.append(error)

    meet(world, lambda session: sources.change(session, world.community, source, 1, name="first"), late)

    assert [error.code for error in refused] == ["source_changed"]
    assert world.do(lambda session: sources.get(session, world.community, source).name) == "first"
