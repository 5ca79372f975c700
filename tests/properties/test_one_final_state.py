"""One final state: in whatever order, batches and repetitions facts are recorded, the world ends as the oracle says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import clock, facts, standings, stretches
from loyalty.activities import Activity, Identity, MemberId, Party, Reference
from rules_engine import fold
from tests.databases import Database
from tests.properties.histories import AS_OF, ENROLLED, PARKED, START, Step, histories, live
from tests.properties.rulebooks import FIRST, SECOND
from tests.worlds import World, person


def world_after(database: Database, history: list[Step]) -> World:
    world = World(database.engine, ENROLLED, PARKED)
    world.publish(FIRST)
    live(world, history)
    return world


@contextmanager
def checkpoints(every: int, long: int = 500) -> Iterator[None]:
    """Small timelines reach checkpoints and long re-folds, as only large ones do else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standings, "LONG", long)
        patch.setattr(stretches, "CHECKPOINT_EVERY", every)
        patch.setattr(fold, "CHECKPOINT_EVERY", every)
        yield


@given(history=histories())
def test_every_history_ends_as_the_oracle_says(database: Database, history: list[Step]) -> None:
    world_after(database, history).check(AS_OF)


@given(history=histories(turns=True), every=st.sampled_from([1, 2, 128]), long=st.sampled_from([0, 3, 500]))
def test_it_ends_so_with_budgets_and_publications_that_are_taken_back(
    database: Database, history: list[Step], every: int, long: int
) -> None:
    with checkpoints(every, long):
        world = world_after(database, history)
        world.check(AS_OF)
        world.check_budgets()


@given(history=histories(), every=st.integers(1, 4), long=st.sampled_from([0, 2, 5]))
def test_it_ends_so_from_any_checkpoint_and_through_long_refolds(
    database: Database, history: list[Step], every: int, long: int
) -> None:
    with checkpoints(every, long):
        world_after(database, history).check(AS_OF)


@given(history=histories(), flips=st.integers(0, 2))
def test_it_ends_so_where_most_of_what_is_said_again_waits(database: Database, history: list[Step], flips: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "FLIPS", flips)
        world_after(database, history).check(AS_OF)


@given(history=histories(most=12), every=st.integers(1, 4))
def test_no_checkpoint_outlives_a_change_before_it(database: Database, history: list[Step], every: int) -> None:
    with checkpoints(every):
        world = world_after(database, history)
        world.finish(AS_OF)
        world.check_checkpoints()


def comment(number: int, day: int, who: Identity = ENROLLED[0], **more: Any) -> Activity:
    at = START + day * clock.DAY
    return Activity("comment_created", f"comment_created:{number}", at, "telegram", actor=who, **more)


def reaction(number: int, day: int, to: Party, who: Identity = ENROLLED[1]) -> Activity:
    at = START + day * clock.DAY
    return Activity("helpful_reaction", f"helpful_reaction:{number}", at, "telegram", actor=who, beneficiary=to)


def test_one_stretch_may_fill_the_slot_of_a_checkpoint_twice(database: Database) -> None:
    with checkpoints(every=1):
        world = world_after(database, [("say", [comment(1, 1), comment(2, 2), comment(3, 3), comment(4, 4)])])
        world.check(AS_OF)


def test_a_member_who_waits_for_a_long_refold_meets_an_earlier_publication_in_it(database: Database) -> None:
    post = Activity("post_created", "post_created:1", START + clock.DAY, "telegram", actor=ENROLLED[0])
    with checkpoints(every=1, long=0):
        world = world_after(database, [("say", [post]), ("say", [comment(2, 6)])])
        world.record(comment(1, 5))
        world.publish(SECOND, START)
        world.settle()
        world.check(AS_OF)


def waiting_world(database: Database) -> World:
    """A member with two facts folded waits for a long re-fold, because of a third before the second."""
    post = Activity("post_created", "post_created:1", START + clock.DAY, "telegram", actor=ENROLLED[0])
    world = world_after(database, [("say", [post]), ("say", [comment(1, 8)])])
    world.record(comment(2, 6))
    return world


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_published_during_a_settlement_counts_from_its_beginning(database: Database, place: int) -> None:
    with checkpoints(every=1, long=0):
        world = waiting_world(database)
        meanwhile = [lambda: None] * place + [lambda: world.publish(SECOND, START)]
        world.settle(lambda: meanwhile.pop(0)() if meanwhile else None)
        world.check(AS_OF)


class Killed(Exception):
    """A worker is no more."""


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_slow_settlement_does_not_book_past_one_that_began_after_it(database: Database, place: int) -> None:
    def killed() -> None:
        raise Killed

    def a_late_fact_and_another_settlement() -> None:
        world.record(comment(3, 3))
        with pytest.raises(Killed):
            world.settle(killed)

    with checkpoints(every=1, long=0):
        world = waiting_world(database)
        meanwhile = [lambda: None] * place + [a_late_fact_and_another_settlement]
        world.settle(lambda: meanwhile.pop(0)() if meanwhile else None)
        world.check(AS_OF)


def test_a_publication_that_was_overtaken_before_it_began_holds_nobody_up(database: Database) -> None:
    with checkpoints(every=1, long=0):
        world = world_after(database, [("say", [comment(1, 1), comment(2, 6)])])
        world.publish(SECOND, START + 9 * clock.DAY)
        world.publish(FIRST, START + 5 * clock.DAY)
        world.check(AS_OF)


def test_a_decision_that_moved_back_and_came_to_nothing_is_booked_when_it_comes_again(database: Database) -> None:
    def undone(number: int, day: int) -> Activity:
        return comment(number, day, op="reverse", by="moderator")

    with checkpoints(every=1):
        world = world_after(database, [("say", [comment(1, 1), comment(2, 8)]), ("say", [comment(3, 3)])])
        world.record(undone(1, 1), undone(3, 3))
        world.record(reaction(1, 10, ENROLLED[0]))
        world.record(comment(4, 9))
        world.check(AS_OF)


@pytest.mark.parametrize("first", [0, 1, 2])
def test_who_is_named_by_reference_themselves_answers_no_reference(database: Database, first: int) -> None:
    said = [
        comment(1, 1, declares="author_of:telegram::1"),
        Activity(
            "comment_created",
            "comment_created:2",
            START,
            "telegram",
            actor=Reference("author_of:telegram::1"),
            declares="author_of:telegram::2",
        ),
        reaction(1, 3, Reference("author_of:telegram::2")),
    ]
    world = world_after(database, [("say", [one]) for one in said[first:] + said[:first]])
    world.check(AS_OF)
    assert all(row.balance_by_currency().get("points", 0) < 20 for row in world.standings().values())


def test_a_stranger_earns_for_nobody_until_the_identity_is_claimed(database: Database) -> None:
    world = world_after(database, [("say", [reaction(1, 1, PARKED[0])])])
    world.check(AS_OF)
    assert [row.balance_by_currency() for row in world.standings().values()].count({}) == len(ENROLLED) - 1
    world.link(PARKED[0], 2, version=1)
    world.check(AS_OF)
    # the reaction, its being from somebody new, two days after it, and each of two months after it
    assert world.standings()[world.members[2]].balance_by_currency() == {"points": 2 + 3 + 2 + 2 * 4}


def test_who_takes_part_in_nothing_has_an_empty_standing_like_everybody_else(database: Database) -> None:
    world = world_after(database, [("say", [comment(1, 1, person(9))])])
    world.check(AS_OF)
    assert len(world.standings()) == len(ENROLLED) + 1


def test_what_moved_while_no_rulebook_was_in_force_stays_where_it_was(database: Database) -> None:
    moved = Activity("member_changed", "member_changed:1", START, "setia", actor=MemberId("0"))
    moved = replace(moved, data={"zone": "Pacific/Kiritimati"})
    world = World(database.engine, ENROLLED, PARKED)
    world.publish(FIRST)
    world.revert(0)
    world.record(moved)
    world.publish(FIRST, START + 7 * clock.DAY)
    world.check(AS_OF)
