"""Two moderators at one case, and many who do at once what may be done only so often."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from loyalty import cases, clock, fairplay, verdicts
from loyalty.activities import Activity
from tests.databases import Database
from tests.races.calls import ENROLLED, TODAY, check, say
from tests.races.processes import Call, Crew
from tests.worlds import World

ADA, BEN = ENROLLED[:2]


def like(number: int) -> Activity:
    at = TODAY - clock.HOUR + number
    return Activity("helpful_reaction", f"like:{number}", at, "telegram", actor=BEN, beneficiary=ADA)


def _decide(session: Session, community: str, case: str, outcome: str, by: str) -> str:
    verdicts.decide(session, community, case, outcome, "a reason", by)
    return outcome


def opened(world: World) -> list[str]:
    def read(session: Session) -> list[str]:
        return [row.id for row in cases.list_for(session, world.community, limit=100)]

    return world.do(read)


@pytest.fixture
def watched(world: World) -> World:
    """Where the same two people may meet five times a day."""
    signals: dict[str, Any] = {"pair": {"kinds": ["helpful_reaction"], "more_than": 5, "days": 1}}
    world.do(lambda session: fairplay.change(session, world.community, signals, "root").revision)
    return world


def test_a_case_is_decided_by_one(database: Database, watched: World, crew: Crew) -> None:
    watched.record(*(like(number) for number in range(6)))
    (case,) = opened(watched)
    outcomes = crew.race(
        database,
        [
            Call(_decide, (watched.community, case, outcome, by))
            for outcome, by in ((cases.GAVE, "one"), (cases.REFUSED, "other")) * 8
        ],
    )
    answers = [one.answer for one in outcomes]
    assert answers.count("already_decided") == 15, answers
    (decided,) = set(answers) - {"already_decided"}

    def read(session: Session) -> str | None:
        return cases.get(session, watched.community, case).outcome

    assert watched.do(read) == decided
    check(watched, outcomes)


def test_however_many_come_at_once_those_beyond_the_limit_wait(database: Database, watched: World, crew: Crew) -> None:
    said = [like(number) for number in range(40)]
    outcomes = crew.race(database, [say(watched, one) for one in said])
    watched.remember(said)
    assert len(opened(watched)) == 35
    check(watched, outcomes)


def test_who_judges_and_who_records_meet_in_peace(database: Database, watched: World, crew: Crew) -> None:
    watched.record(*(like(number) for number in range(10)))
    judging = [Call(_decide, (watched.community, case, cases.GAVE, "root")) for case in opened(watched)]
    said = [like(number) for number in range(10, 20)]
    outcomes = crew.race(
        database,
        [call for pair in zip(judging, said[: len(judging)], strict=True) for call in (pair[0], say(watched, pair[1]))],
    )
    watched.remember(said[: len(judging)])
    assert [one.answer for one in outcomes[::2]] == [cases.GAVE] * len(judging)
    check(watched, outcomes)
