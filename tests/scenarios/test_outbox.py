"""The outbox and its relay: what was committed is carried out once, and what fails waits alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update
from sqlalchemy.orm import Session

from jobs import relay
from jobs.app import Service
from jobs.batches import all_or_each
from jobs.dispatch import HANDLERS
from loyalty import clock, notices, outbox
from loyalty.errors import Conflict
from loyalty.models import Notice
from tests.databases import Database
from tests.workers import redis, service, told

__all__ = ["redis", "service"]


def publish(service: Service, *kinds: str, payload: dict[str, object] | None = None, due_at: int | None = None) -> None:
    def write(session: Session) -> None:
        for kind in kinds:
            notices.publish(session, kind, "com_x", payload or {}, due_at)

    service.write(write)


def test_what_is_rolled_back_was_never_said(service: Service) -> None:
    with Session(service.engine) as session:
        notices.publish(session, notices.MEMBER_STALE, "com_x", {})
        session.rollback()

    assert told(service) == []


def test_a_claimed_notice_is_nobody_elses_until_its_claim_ends(service: Service) -> None:
    publish(service, *[notices.MEMBER_STALE] * 3)

    first = service.write(outbox.claim, 2)
    second = service.write(outbox.claim, 2)

    assert len(first) == 2
    assert len(second) == 1
    assert {one.id for one in first}.isdisjoint(one.id for one in second)
    service.write(lambda session: session.execute(update(Notice).values(claimed_until=clock.now() - 1)))
    assert len(service.write(outbox.claim, 9)) == 3


def test_two_processes_claim_at_once_without_waiting(service: Service, database: Database) -> None:
    if database.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    publish(service, *[notices.MEMBER_STALE] * 4)
    with Session(service.engine) as one, Session(service.engine) as other:
        mine, theirs = outbox.claim(one, 2), outbox.claim(other, 9)

        assert len(mine) == len(theirs) == 2
        assert {claimed.id for claimed in mine}.isdisjoint(claimed.id for claimed in theirs)


def test_a_notice_is_not_carried_out_before_it_is_due(service: Service) -> None:
    publish(service, notices.MEMBER_STALE, due_at=clock.now() + clock.HOUR)

    assert service.write(outbox.claim) == []
    assert service.read(outbox.lag) == outbox.Lag(0, 0, 0)


def test_what_fails_waits_longer_each_time_and_holds_up_nobody(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry_out(_service: Service, _community: str, claimed: list[outbox.Claimed]) -> None:
        if any(one.payload.get("broken") for one in claimed):
            raise ValueError("broken")

    monkeypatch.setitem(HANDLERS, notices.MEMBER_STALE, carry_out)
    publish(service, notices.MEMBER_STALE)
    publish(service, notices.MEMBER_STALE, payload={"broken": True})
    publish(service, notices.MEMBER_STALE)
    waits = []
    failures: list[str] = []
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=1), tick=False):
        for _ in range(4):
            relay.drain(service, failed=lambda what, _error: failures.append(what))
            waits.append(told(service)[1].due_at - clock.now())
            service.write(lambda session: session.execute(update(Notice).values(due_at=clock.now())))
        lag = service.read(outbox.lag)

    assert waits == [1 * clock.SECOND, 2 * clock.SECOND, 4 * clock.SECOND, 8 * clock.SECOND]
    assert len(failures) == 4
    assert [row.done_at is not None for row in told(service)] == [True, False, True]
    assert told(service)[1].error == "ValueError"
    assert (lag.due, lag.failing) == (1, 1)


def test_an_admin_reads_a_refusals_own_words_and_of_anything_else_its_kind_alone() -> None:
    refused = Conflict("out_of_stock", "There is none left.")

    assert relay.reason(refused) == "There is none left."
    assert relay.reason(ConnectionError("nobody at db.internal:5432 lets setia in")) == "ConnectionError"


def test_old_notices_are_forgotten_once_they_are_done(service: Service) -> None:
    publish(service, *[notices.MEMBER_STALE] * 3)
    (first, second, third) = told(service)
    long_ago = clock.now() - 31 * clock.DAY
    service.write(
        lambda session: session.execute(
            update(Notice).where(Notice.id == first.id).values(done_at=long_ago, created_at=long_ago)
        )
    )
    service.write(outbox.finish, [second.id])

    assert service.write(outbox.forget_done) == 1
    assert [row.id for row in told(service)] == [second.id, third.id]


def test_every_kind_of_notice_is_carried_out() -> None:
    assert set(HANDLERS) == notices.KINDS


def test_a_broken_one_is_done_without_and_the_others_once() -> None:
    done: list[int] = []
    broken: list[int] = []

    def work(items: list[int]) -> None:
        if 3 in items:
            raise ValueError
        done.extend(items)

    all_or_each([1, 2], work, lambda item, _error: broken.append(item))
    all_or_each([3, 4, 5], work, lambda item, _error: broken.append(item))

    assert (done, broken) == ([1, 2, 4, 5], [3])
