"""What a process remembers of a rulebook: never more than what was committed, and what a transaction knows by then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from loyalty import communities, drafts, publications, rulebook
from loyalty.db import reading
from tests.databases import Database


@contextmanager
def queries(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def worth(points: int) -> dict[str, Any]:
    return {"rules": [{"key": "post", "on": "post_created", "gives": {"points": points}}]}


def published(session: Session, community: str, points: int = 1) -> None:
    drafts.save(session, community, worth(points), "root")
    publications.publish(session, community, by="root", mode="retroactive")
    session.commit()


def test_a_transaction_that_reads_asks_once_and_the_next_one_sees_what_was_published(
    database: Database, session: Session
) -> None:
    community = communities.create(session, "kelab", "Kelab").id
    published(session, community)
    with Session(database.engine) as reader:
        reading(reader)
        first = rulebook.book(reader, community)
        with queries(database) as asked:
            assert rulebook.book(reader, community) is first
            assert rulebook.compiled(reader, community) is first.eras[0].rulebook
        assert asked == []
        reader.rollback()

        published(session, community, points=2)

        assert rulebook.book(reading(reader), community).count == 2


def test_a_transaction_that_writes_sees_what_it_published_itself(session: Session) -> None:
    community = communities.create(session, "kelab", "Kelab").id
    published(session, community)
    assert rulebook.book(session, community).count == 1
    drafts.save(session, community, {"rules": []}, "root")
    publications.publish(session, community, by="root")

    assert rulebook.book(session, community).count == 2


def test_what_was_published_and_rolled_back_governs_nobody(session: Session) -> None:
    community = communities.create(session, "kelab", "Kelab").id
    session.commit()
    for points in (1, 2):
        drafts.save(session, community, worth(points), "root")
        publications.publish(session, community, by="root", mode="retroactive")
        found = rulebook.book(session, community)
        if points == 1:
            session.rollback()
    session.commit()

    assert rulebook.book(session, community).published == found.published
    (rule,) = rulebook.compiled(session, community).rules
    assert rule.document["gives"] == {"points": 2}


def test_what_one_transaction_counted_of_a_community_is_not_told_of_another(session: Session) -> None:
    first = communities.create(session, "kelab", "Kelab").id
    second = communities.create(session, "rumah", "Rumah").id
    published(session, first)
    reading(session)

    assert [rulebook.book(session, one).count for one in (first, second, first)] == [1, 0, 1]
