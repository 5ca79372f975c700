"""A reference is asked at the moment in which its answer is withdrawn: whoever commits first, both end in one state."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from sqlalchemy.orm import Session

from loyalty import clock, record
from loyalty.activities import Activity, Reference
from tests.databases import Database
from tests.races.calls import ENROLLED, TODAY, post
from tests.waiting import PATIENCE
from tests.worlds import PLATFORM, World

ANSWER = "author_of:telegram::1"


@pytest.mark.parametrize("first", ["the question", "the withdrawal"])
def test_a_question_and_a_withdrawal_at_once_leave_nobody_paid_for_what_they_no_longer_answer(
    database: Database, world: World, first: str
) -> None:
    world.record(post(1, ENROLLED[1], declares=ANSWER))
    asks = Activity("helpful_reaction", "like:1", TODAY, "telegram", actor=ENROLLED[0], beneficiary=Reference(ANSWER))
    withdraws = post(1, ENROLLED[1], version=1)
    earlier, later = (asks, withdraws) if first == "the question" else (withdraws, asks)
    other = Thread(target=world.record, args=[later])
    with Session(database.engine) as session:
        record.record(session, world.community, [world.named(earlier)], PLATFORM)
        other.start()
        time.sleep(0.3)  # by now the other one waits, or has read what is not committed yet
        session.commit()
    other.join(PATIENCE)
    world.remember([earlier])

    world.check(clock.now())
