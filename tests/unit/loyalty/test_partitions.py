"""Members are cut into ranges of like size, each in exactly one."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from loyalty import partitions
from tests.databases import Database
from tests.worlds import World, person


@pytest.mark.parametrize(
    ("people", "count", "sizes"),
    [(7, 3, [3, 2, 2]), (6, 2, [3, 3]), (2, 5, [1, 1]), (0, 4, [])],
    ids=["uneven", "even", "fewer people than parts", "nobody"],
)
def test_every_member_is_in_exactly_one_of_the_ranges(
    database: Database, people: int, count: int, sizes: list[int]
) -> None:
    world = World(database.engine, [person(number) for number in range(people)])
    World(database.engine, [person(number) for number in range(5)])  # strangers, among whom nobody is to be counted

    found = _cut(database.engine, world.community, count)

    assert [part.members for part in found] == sizes
    members = sorted(world.members)
    assert [[one for one in members if part.after < one <= part.until] for part in found] == [
        members[sum(sizes[:index]) : sum(sizes[: index + 1])] for index in range(len(sizes))
    ]


def _cut(engine: Engine, community: str, count: int) -> list[partitions.Partition]:
    with Session(engine) as session:
        return partitions.cut(session, community, count)
