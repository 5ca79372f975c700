"""What a transaction did is told once it is done, and only to who asked for it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from loyalty import sayings, trail
from loyalty.activities import Activity, Speaker
from loyalty.db import transact
from telemetry import commits, metrics

SAYING = sayings.of("salt", Activity(kind="post_created", key="post:1", at=0, platform="app"), Speaker("src_1"))


def say(session: Session) -> None:
    trail.note_said(session, [(SAYING, "recorded")])
    with trail.timed(session, "fold"):
        pass


def counted() -> float:
    return metrics.FACTS.labels("app", "recorded")._value.get()


def test_what_was_said_and_how_long_its_parts_took_is_told_after_the_commit(session: Session) -> None:
    before = counted()

    transact(session, trail.left_by(say))

    left = trail.of(session)
    assert left is not None
    assert left.facts == [(SAYING.activity_id, "app", "recorded")]
    assert [part for part, _ in left.seconds] == ["fold"]
    assert commits.report(left) == {"facts": [SAYING.activity_id]}
    assert counted() == before + 1


def test_an_attempt_that_is_repeated_is_told_once(session: Session) -> None:
    work = trail.left_by(say)
    for _ in range(3):
        transact(session, work)

    left = trail.of(session)
    assert left is not None
    assert len(left.facts) == 1


def test_where_nobody_watches_nothing_is_kept(session: Session) -> None:
    say(session)

    assert trail.of(session) is None


@pytest.mark.parametrize(("number", "named"), [(20, 20), (21, 20)])
def test_a_line_names_so_many_facts_and_counts_the_rest(number: int, named: int) -> None:
    said = [trail.Said(f"act_{index}", "app", "recorded") for index in range(number)]

    told = commits.report(trail.Trail(facts=said))

    assert len(told["facts"]) == named
    assert told.get("facts_count", named) == number
