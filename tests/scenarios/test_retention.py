"""What is old goes, in small steps, and nothing else does."""

from __future__ import annotations

import json
import time

import pytest
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs import retention
from jobs.app import Service
from loyalty import answers, clock, deliveries, notices, outbox
from loyalty.models import Delivery, FactRow, KeptAnswer, Notice
from tests.databases import Database
from tests.http import World, world
from tests.unit.api.test_watching import signed

__all__ = ["world"]


@pytest.fixture
def service(database: Database, valkey_url: str) -> Service:
    return Service(database.engine, Redis.from_url(valkey_url))


def count(session: Session) -> list[int]:
    found = [session.scalar(select(func.count()).select_from(model)) or 0 for model in (Delivery, Notice, KeptAnswer)]
    session.rollback()
    return found


@pytest.mark.parametrize("late", [-clock.HOUR, clock.HOUR], ids=["just in time", "too late"])
def test_deliveries_notices_and_answers_go_when_their_time_is_over(
    world: World, service: Service, session: Session, late: int
) -> None:
    secret = world.put("/v1/sources/forum", {"platform": "generic"}).get_json()["secret"]
    body = json.dumps([world.answered("app::ada")])
    for number in range(3):
        world.client.post("/v1/hooks/forum", data=body, headers=signed(secret, body, f"msg_{number}"))
        world.post(
            "/v1/keys",
            {"name": "app", "owner": "Root", "scopes": ["read"]},
            headers={"Idempotency-Key": f"key {number}"},
        )
    for _ in range(3):
        notices.publish(session, notices.BOARDS_REBUILD, world.id, {})
    now = clock.now()
    session.execute(update(Delivery).values(received_at=now - deliveries.KEEP - late))
    session.execute(update(Notice).values(done_at=now - outbox.KEEP - late))
    session.execute(update(KeptAnswer).values(kept_at=now - answers.KEPT_FOR - late))
    session.commit()
    before = count(session)
    assert min(before) >= 3

    retention.forget(service, time.monotonic() + 60)

    assert count(session) == ([0, 0, 0] if late > 0 else before)


def test_it_goes_in_batches_and_stops_when_its_time_is_up(
    world: World, service: Service, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        notices.publish(session, notices.BOARDS_REBUILD, world.id, {})
    session.execute(update(Notice).values(done_at=1))
    session.commit()

    assert retention.forget(service, time.monotonic() - 1)["notices"] == 0
    assert service.write(outbox.forget_done, 2) == 2
    assert retention.forget(service, time.monotonic() + 60)["notices"] == 3


def test_facts_stay_for_ever(world: World, service: Service, session: Session) -> None:
    world.publish()
    world.earn("app::ada")
    session.execute(update(FactRow).values(recorded_at=1))
    session.commit()

    retention.forget(service, time.monotonic() + 60)

    assert session.scalar(select(func.count()).select_from(FactRow)) == 1
