"""What the clock does by time alone: boards come back, nobody is left behind, the house is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from jobs import relay, schedule
from jobs.app import Service
from loyalty import clock, identities, leaderboards, outbox, publications, rankings, settlement, standing_rows
from loyalty.models import StandingRow
from tests.draining import drain_all
from tests.http import World, noise, world
from tests.workers import boards_are_built, redis, service, told

__all__ = ["noise", "redis", "service", "world"]

ANSWERS = {
    "rules": [{"key": "answer", "on": "answer_accepted", "earns": "beneficiary", "gives": {"points": 2}}],
}


def test_boards_that_redis_lost_come_back_equal(app: Flask, world: World, redis: Redis, service: Service) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada", 4)
    drain_all(app)
    before = world.get("/v1/leaderboards/all/entries").get_json()

    redis.flushall()
    assert world.get("/v1/leaderboards/all/entries").get_json() == before
    assert not boards_are_built(service, world)
    drain_all(app)

    assert boards_are_built(service, world)
    assert world.get("/v1/leaderboards/all/entries").get_json() == before


def test_a_board_that_somebody_else_builds_keeps_no_other_from_being_built_and_is_no_error(
    app: Flask, world: World, noise: World, redis: Redis, service: Service
) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada")
    first, second = sorted([world, noise], key=lambda one: one.id)
    busy = service.read(leaderboards.unbuilt, redis, first.id)[0]
    lock = leaderboards._keys(first.id, busy)[2]
    redis.set(lock, "another process")

    with capture_logs() as lines, app.app_context():
        schedule.build_boards()
        relay.drain(service)

    assert service.read(leaderboards.unbuilt, redis, first.id) == [busy]
    assert boards_are_built(service, second)
    waiting = [one for one in told(service) if one.done_at is None]
    assert {(one.community_id, one.error) for one in waiting} == {(first.id, rankings.being_made().detail)}
    assert lines == [], "from warnings on"

    redis.delete(lock)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)):
        drain_all(app)
    assert boards_are_built(service, first)
    assert all(one.done_at for one in told(service))


def test_who_opts_out_leaves_the_boards_and_comes_back(app: Flask, world: World) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada", 2)
    drain_all(app)

    def scores() -> list[int]:
        drain_all(app)
        return [row["score"] for row in world.get("/v1/leaderboards/all/entries").get_json()["data"]]

    world.put("/v1/members/app::ada/preferences", {"on_boards": False})
    assert scores() == []
    world.put("/v1/members/app::ada/preferences", {"on_boards": True})
    assert scores() == [4]
    ada = world.get("/v1/members/app::ada").get_json()["id"]
    world.put(f"/v1/members/{ada}", {"role": "staff"})
    assert scores() == []


def test_who_cannot_be_folded_keeps_no_rulebook_from_the_others(app: Flask, world: World, service: Service) -> None:
    broken = min(world.enrol(name) for name in ("ada", "ben", "eve"))
    of_broken = StandingRow.member_id == broken
    service.write(
        lambda session: session.execute(update(StandingRow).where(of_broken).values(engine_version=99)) and None
    )
    world.publish(ANSWERS)
    drain_all(app)

    assert service.read(settlement.behind, world.id, "") == [broken]
    assert service.read(outbox.lag).due == 0

    keep_house(app)
    assert service.read(settlement.behind, world.id, "") == [broken]
    service.write(
        lambda session: session.execute(update(StandingRow).where(of_broken).values(engine_version=1)) and None
    )
    keep_house(app)
    assert service.read(settlement.behind, world.id, "") == []


def test_members_that_are_broken_keep_their_place_and_nobody_else_theirs(
    app: Flask, world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_BATCH", 2)
    members = [world.enrol(name) for name in ("ada", "ben", "eve", "joe", "kim")]
    now = clock.now()

    def delay(session: Session) -> None:
        for place, member in enumerate(members):
            broken = {"engine_version": 99} if place < 3 else {}
            due = {"next_due_at": now - clock.HOUR + place // 2, **broken}
            session.execute(update(StandingRow).where(StandingRow.member_id == member).values(due))

    service.write(delay)
    with app.app_context():
        schedule.bring_forward()

    still_due = service.read(settlement.due, clock.now())
    assert [one.member_id for one in still_due] == [*sorted(members[:2]), members[2]]


def test_nobody_is_left_behind_while_a_walk_is_on_its_way_or_a_publication_is_still_to_begin(
    app: Flask, world: World, service: Service
) -> None:
    world.enrol("ada")
    world.publish(ANSWERS)
    assert not service.read(settlement.left_behind, world.id)
    drain_all(app)
    assert not service.read(settlement.left_behind, world.id)
    assert world.put("/v1/community", {"name": "G", "zone": "Asia/Tokyo"}).status_code == 200
    assert not service.read(settlement.left_behind, world.id)


def test_a_newer_engine_folds_everyone_again_once(
    app: Flask, world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada", 2)
    world.put("/v1/rulebook/draft", {"rules": []})
    world.post("/v1/rulebook/publications", {})
    drain_all(app)
    right = standings_of(service)
    older = update(StandingRow).values(state=func.replace(StandingRow.state, '"count"', '"groups":["x"],"count"'))
    service.write(lambda session: session.execute(older) and None)
    assert standings_of(service) != right
    keep_house(app)
    assert [row["mode"] for row in published(world)] == ["retroactive", "prospective"]

    for module in (publications, standing_rows, identities):
        monkeypatch.setattr(module, "ENGINE_VERSION", 2)
    for _ in range(2):
        keep_house(app)
    drain_all(app)
    keep_house(app)

    assert [(row["mode"], row["version"]) for row in published(world)][2:] == [("engine", 2)]
    assert standings_of(service) == right
    assert service.read(lambda session: set(session.scalars(select(StandingRow.engine_version)))) == {2}


def test_house_is_kept_for_every_community(app: Flask, world: World) -> None:
    world.publish(ANSWERS)
    world.earn("app::ada", 1)
    keep_house(app)
    keep_house(app)

    assert world.get("/v1/ledger/verify").get_json()["intact"]


def keep_house(app: Flask) -> None:
    with app.app_context():
        schedule.keep_house()


def published(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get("/v1/rulebook/publications").get_json()["data"]
    return found


def standings_of(service: Service) -> dict[str, str]:
    """What everyone's standing says, but for when it was looked at."""

    def states(session: Session) -> dict[str, str]:
        rows = session.execute(select(StandingRow.member_id, StandingRow.state))
        return {member: re.sub(r'"(through|era|stepped_at)":\d+', "", state) for member, state in rows}

    return service.read(states)
