"""Whatever is done to the ledger behind our back is named."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from loyalty import clock, ledger
from loyalty.activities import Activity
from loyalty.models import Entry, LedgerAnchor, StandingRow
from tests.databases import Database
from tests.worlds import World, person

RULES = {"rules": [{"key": "post", "on": "post_created", "gives": {"points": 5}}]}
START = 1_768_867_200_000_000


@pytest.fixture
def world(database: Database) -> World:
    """One member with three entries and another with one, all of them anchored."""
    world = World(database.engine, [person(1), person(2)])
    world.publish(RULES)
    for number, who in enumerate((1, 1, 1, 2)):
        at = START + number * clock.HOUR
        world.record(Activity("post_created", f"post:{number}", at, "telegram", actor=person(who)))
    world.do(lambda session: ledger.anchor(session, world.community))
    return world


def wrong(world: World) -> list[str]:
    """What is named, without whom it is about."""
    with Session(world.engine) as session:
        lines = ledger.verify(session, world.community)
        assert lines == ledger.verify(session)
    return [line.partition(": ")[2] for line in lines]


def change(world: World, number: int, **values: object) -> None:
    of_first = (Entry.member_id == world.members[0]) & (Entry.number == number)
    world.do(lambda session: session.execute(update(Entry).where(of_first).values(**values)) and None)


def test_what_nobody_touched_is_right(world: World) -> None:
    assert wrong(world) == []


@pytest.mark.parametrize(
    "values",
    [
        {"amount": 50},
        {"at": START - 1},
        {"rule": "other"},
        {"occasion": "act_x"},
        {"effect": "other"},
        {"revision": 9},
        {"currency": "gems"},
        {"debit": "redeemed"},
        {"credit": "held"},
        {"fact": None},
        {"booked_at": 1},
        {"link": "0" * 64},
    ],
    ids=str,
)
def test_an_altered_entry_is_named(world: World, values: dict[str, object]) -> None:
    change(world, 2, **values)
    assert wrong(world) == ["entry 2 was altered, or one before it was replaced"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_entry_is_named(world: World, number: int) -> None:
    first = world.members[0]
    world.do(
        lambda session: session.execute(delete(Entry).where(Entry.member_id == first, Entry.number == number)) and None
    )
    assert wrong(world) == [f"entry {number} is missing"]


def test_an_end_that_was_cut_off_is_named(world: World) -> None:
    first = world.members[0]
    world.do(lambda session: session.execute(delete(Entry).where(Entry.member_id == first, Entry.number > 1)) and None)
    assert wrong(world) == ["entries after 1 are missing, 3 were booked"]


def test_a_cut_end_of_which_the_standing_was_made_to_tell_nothing_is_named_by_the_anchor(world: World) -> None:
    first = world.members[0]

    def cut(session: Session) -> None:
        session.execute(delete(Entry).where(Entry.member_id == first, Entry.number > 1))
        head = session.query(Entry.link).where(Entry.member_id == first, Entry.number == 1).scalar()
        session.execute(
            update(StandingRow)
            .where(StandingRow.member_id == first)
            .values(entries=1, head=head, balances=json.dumps({"points": 5}))
        )

    world.do(cut)
    assert [line.partition(" that")[0] for line in wrong(world)] == ["2 entries are missing"]


def test_an_altered_anchor_is_named(world: World) -> None:
    world.do(lambda session: session.execute(update(LedgerAnchor).values(entries=1)) and None)
    assert [line.partition(" of ")[0] for line in wrong(world)] == ["the anchor"]
    assert wrong(world)[0].endswith("was altered")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"balances": json.dumps({"points": 500})}, "the balance kept is not the sum of the entries"),
        ({"balances": "{}"}, "the balance kept is not the sum of the entries"),
        ({"head": "0" * 64}, "the chain ends in another link than was kept apart"),
        ({"entries": 4}, "entries after 3 are missing, 4 were booked"),
    ],
    ids=["more", "nothing", "another head", "another number"],
)
def test_a_changed_standing_is_named(world: World, values: dict[str, object], named: str) -> None:
    first = world.members[0]
    world.do(
        lambda session: (
            session.execute(update(StandingRow).where(StandingRow.member_id == first).values(**values)) and None
        )
    )
    assert wrong(world) == [named]


def test_another_key_makes_other_links() -> None:
    posting = ledger.Posting("mem_1", "post", "act_1", "points:points", 1, "points", "issuance", "member", 5, 1, None)
    links = {ledger.link(key, "", 1, 1, posting) for key in (b"a" * 32, b"b" * 32)}
    assert len(links) == 2
