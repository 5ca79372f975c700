"""Whatever is done to the ledger behind our back is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, event, update
from sqlalchemy.orm import Session

from loyalty import chains, clock, db, ledger
from loyalty.activities import Activity
from loyalty.models import AnchoredHead, Checkpoint, Entry, LedgerAnchor, StandingRow
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
    world.do(lambda session: chains.anchor(session, world.community))
    return world


def wrong(world: World) -> list[str]:
    """What is named, without whom it is about."""
    with Session(world.engine) as session:
        lines = chains.verify(session, world.community)
        assert lines == chains.verify(session)
    return [line.partition(": ")[2] for line in lines]


def in_parts(world: World, rows: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """What is named by walking about so many rows at a time, without whom it is about, and in how many parts."""
    monkeypatch.setattr(chains, "PART", rows)
    found, place, parts = [], chains.BEGINNING, 0
    while True:
        with Session(world.engine) as session:
            part = chains.verify_part(session, world.community, place)
        found, parts = found + part.wrong, parts + 1
        if part.place is None:
            return [line.partition(": ")[2] for line in found], parts
        place = part.place


def change(world: World, number: int, **values: object) -> None:
    of_first = (Entry.member_id == world.members[0]) & (Entry.number == number)
    world.do(lambda session: session.execute(update(Entry).where(of_first).values(**values)) and None)


def test_what_nobody_touched_is_right(world: World) -> None:
    assert wrong(world) == []


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_booked_while_the_books_are_walked_is_no_difference(world: World, whole: bool) -> None:
    """Once the standings are read, and before the first chain is, everybody is booked another entry."""
    waiting = [
        Activity("post_created", f"late:{number}", START + clock.DAY, "telegram", actor=person(number))
        for number in (1, 2)
    ]

    def book(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if waiting and "FROM entries" in statement:
            late = waiting.copy()
            waiting.clear()
            world.record(*late)

    event.listen(world.engine, "before_cursor_execute", book)
    try:
        with Session(world.engine) as session:
            before = db.snapshot(db.reading(session))
            verified = chains.verify_part(before, world.community).wrong if not whole else chains.verify(before)
    finally:
        event.remove(world.engine, "before_cursor_execute", book)

    assert verified == []
    assert waiting == [], "it was booked"
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


def cut(world: World) -> None:
    """Take the last two entries of the first member, and set the standing back as if they had never been."""
    first = world.members[0]

    def work(session: Session) -> None:
        session.execute(delete(Entry).where(Entry.member_id == first, Entry.number > 1))
        head = session.query(Entry.link).where(Entry.member_id == first, Entry.number == 1).scalar()
        session.execute(
            update(StandingRow)
            .where(StandingRow.member_id == first)
            .values(entries=1, head=head, balances=json.dumps({"points": 5}))
        )

    world.do(work)


def anchor_later(world: World, days: int) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
        world.do(lambda session: chains.anchor(session, world.community))


def test_a_cut_end_of_which_the_standing_was_made_to_tell_nothing_is_named_by_the_anchor(world: World) -> None:
    cut(world)
    assert [line.rpartition(" ")[0] for line in wrong(world)] == [
        "the chain was cut off or replaced since the anchor of"
    ]


def test_a_cut_end_stays_named_when_others_earn_and_days_are_anchored(world: World) -> None:
    cut(world)
    for number in (10, 11, 12):
        at = START + number * clock.HOUR
        world.record(Activity("post_created", f"post:{number}", at, "telegram", actor=person(2)))
    anchor_later(world, 1)
    named = [line.rpartition(" ")[0] for line in wrong(world)]
    assert named == ["the chain was cut off or replaced since the anchor of"]


def test_a_member_of_whom_nothing_was_left_is_named(world: World) -> None:
    first = world.members[0]
    for table in (Entry, Checkpoint, StandingRow):
        world.do(lambda session, table=table: session.execute(delete(table).where(table.member_id == first)) and None)
    assert wrong(world) == ["entries were booked, and there is no standing"]


def test_only_chains_that_moved_are_anchored_again(world: World) -> None:
    world.record(Activity("post_created", "post:9", START + 9 * clock.HOUR, "telegram", actor=person(2)))
    anchor_later(world, 1)
    anchor_later(world, 2)
    with Session(world.engine) as session:
        heads = session.query(AnchoredHead).order_by(AnchoredHead.day, AnchoredHead.member_id).all()
        anchors = session.query(LedgerAnchor).order_by(LedgerAnchor.day).all()
    first, second = world.members
    assert [(one.member_id, one.entries) for one in heads] == [(first, 3), (second, 1), (second, 2)]
    assert [(one.members, one.entries) for one in anchors] == [(2, 4), (2, 5), (2, 5)]
    assert wrong(world) == []


@pytest.mark.parametrize(("rows", "parts"), [(1, 5), (5, 2), (1_000, 1)])
def test_walking_in_parts_names_the_same(world: World, monkeypatch: pytest.MonkeyPatch, rows: int, parts: int) -> None:
    anchor_later(world, 1)
    assert in_parts(world, rows, monkeypatch) == ([], parts)
    change(world, 2, amount=50)
    second = LedgerAnchor.members == 2
    world.do(lambda session: session.execute(update(LedgerAnchor).where(second).values(seal="other")) and None)
    third = world.members[1]
    for table in (Checkpoint, StandingRow):
        world.do(lambda session, table=table: session.execute(delete(table).where(table.member_id == third)) and None)

    named, _ = in_parts(world, rows, monkeypatch)

    assert len(named) == 4
    assert named == wrong(world)


def test_the_first_anchor_of_a_day_stays(world: World) -> None:
    world.record(Activity("post_created", "post:9", START + 9 * clock.HOUR, "telegram", actor=person(2)))
    world.do(lambda session: chains.anchor(session, world.community))
    with Session(world.engine) as session:
        assert [one.entries for one in session.query(LedgerAnchor)] == [4]
    assert wrong(world) == []


@pytest.mark.parametrize("values", [{"members": 1}, {"entries": 1}, {"anchored_at": 1}, {"seal": "ü"}], ids=str)
def test_an_altered_anchor_is_named(world: World, values: dict[str, object]) -> None:
    world.do(lambda session: session.execute(update(LedgerAnchor).values(**values)) and None)
    assert [line.partition(" of ")[0] for line in wrong(world)] == ["the anchor"]


def test_altered_and_removed_heads_are_named(world: World) -> None:
    second = AnchoredHead.member_id == world.members[1]
    world.do(lambda session: session.execute(update(AnchoredHead).where(second).values(entries=2)) and None)
    assert [line.partition(" of ")[0] for line in wrong(world)] == [
        "the chain was cut off or replaced since the anchor",
        "the anchor",
    ]
    world.do(lambda session: session.execute(delete(AnchoredHead).where(second)) and None)
    assert [line.partition(" of ")[0] for line in wrong(world)] == ["the anchor"]


def test_a_removed_anchor_is_named_by_the_next(world: World) -> None:
    anchor_later(world, 1)
    with Session(world.engine) as session:
        oldest, newest = session.query(LedgerAnchor.day).order_by(LedgerAnchor.day).all()
    world.do(lambda session: session.execute(delete(LedgerAnchor).where(LedgerAnchor.day == oldest.day)) and None)
    assert wrong(world) == [f"the anchor of {newest.day} was altered, or the one before it removed"]


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
