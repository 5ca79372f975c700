"""A community brings its past along: recorded by killed and restarted workers, taken back to the point, said again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs import queues
from jobs.app import Service
from jobs.imports import drain
from loyalty import import_steps, record
from loyalty.activities import Activity
from loyalty.models import Import
from tests.draining import drain_all
from tests.http import World, instant, world
from tests.waiting import until
from tests.workers import redis, service, worker

__all__ = ["redis", "service", "worker", "world"]

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
PEOPLE = ("ada", "ben", "eve", "fay")
RULEBOOK = {
    "rules": [
        {"key": "post", "on": "post_created", "limits": [{"times": 2, "per": "day"}], "gives": {"points": 5}},
        {"key": "credit", "on": "post_created", "undone_by": ["author"], "gives": {"points": 1}},
        {"key": "liked", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 3}},
        {"key": "tenth", "on": "post_created", "count": {"every": 10}, "gives": [{"badge": "writer"}]},
        {"key": "week", "on": "post_created", "streak": {"days": 7}, "gives": [{"points": 20}, {"badge": "steady"}]},
    ],
    "badges": [{"key": "writer"}, {"key": "steady"}],
    "tiers": {
        "currency": "points",
        "period": "ever",
        "levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 60}],
    },
}


def post(number: int, occurred_at: str) -> dict[str, Any]:
    """A message; some have the same instant, and its author answers to it."""
    return {
        "kind": "post_created",
        "activity_key": f"app:post:{number}",
        "actor": f"app:club:{PEOPLE[number % 4]}",
        "occurred_at": occurred_at,
        "declares": f"author_of:app:club:{number}",
    }


def liked(number: int, occurred_at: str) -> dict[str, Any]:
    return {
        "kind": "helpful_reaction",
        "activity_key": f"app:like:{number}",
        "actor": "app:club:gus",
        "beneficiary": f"author_of:app:club:{number}",
        "occurred_at": occurred_at,
    }


def history(count: int) -> list[dict[str, Any]]:
    """Posts through half a year, not in the order in which they occurred."""
    days = [START + timedelta(days=number // 4 % 170, minutes=number // 680) for number in range(count)]
    return [post(number, day.isoformat()) for number, day in enumerate(days)]


def imported(world: World, lines: list[dict[str, Any]]) -> str:
    """An import of these lines, closed."""
    import_id: str = world.post("/v1/imports", {"name": "The past"}).get_json()["id"]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    path = f"/v1/imports/{import_id}/lines?first=1"
    loaded = world.call("POST", path, data=body, content_type="application/x-ndjson").get_json()
    assert loaded == {"good": len(lines), "bad": 0, "errors": []}
    assert world.post(f"/v1/imports/{import_id}/close").status_code == 202
    return import_id


def lines_of(world: World, import_id: str) -> dict[str, int]:
    found: dict[str, int] = world.get(f"/v1/imports/{import_id}").get_json()["lines"]
    return found


def everything(world: World) -> dict[str, Any]:
    """What members and boards show."""
    shown: dict[str, Any] = {}
    for name in (*PEOPLE, "gus"):
        for what in ("balance", "badges", "tier", "activities"):
            answer = world.get(f"/v1/members/app:club:{name}/{what}").get_json()
            shown[f"{name} {what}"] = answer.get("data", answer)
        shown[f"{name} tier"].pop("history", None)  # which tells that they rose and fell
    for board in ("all", "month"):
        for at in (None, "2026-04-10T00:00:00Z"):
            query = "" if at is None else f"?at={at}"
            shown[f"{board} {at}"] = world.get(f"/v1/leaderboards/{board}/entries{query}").get_json()
    return shown


def live(world: World) -> None:
    """What is said by the app itself, some of it about what lies further back."""
    said = [post(90_000 + number, instant(-number * 60)) for number in range(8)]
    said += [liked(number, instant(-number)) for number in (1, 2, 90_001)]
    answer = world.post("/v1/activities/batch", {"activities": said}, key="ingest")
    assert {one["status"] for one in answer.get_json()["results"]} == {201}


def books_are_right(world: World) -> bool:
    """Whether what is booked is what the facts say."""
    rebuilt = world.app.test_cli_runner().invoke(args=["rebuild", "--check"])
    verified = world.get("/v1/ledger/verify").get_json()
    return rebuilt.exit_code == 0 and bool(verified["intact"])


def test_what_is_reverted_is_as_if_it_had_never_been_imported(world: World) -> None:
    world.publish(RULEBOOK)
    live(world)
    drain_all(world.app)
    before = everything(world)
    import_id = imported(world, history(1_200))
    drain_all(world.app)
    after = everything(world)
    assert after["ada balance"][0]["lifetime"] > before["ada balance"][0]["lifetime"] + 500
    assert {one["badge"] for one in after["ada badges"]} >= {"writer", "steady"}
    assert books_are_right(world)

    answer = world.post(f"/v1/imports/{import_id}/revert", {"reason": "The wrong file."})
    assert (answer.status_code, answer.get_json()["state"]) == (202, "reverting")
    drain_all(world.app)

    done = world.get(f"/v1/imports/{import_id}").get_json()
    assert (done["state"], done["reason"], done["lines"]["reverted"]) == ("reverted", "The wrong file.", 1_200)
    assert everything(world) == before
    assert books_are_right(world)


def test_what_was_reverted_can_be_imported_again(world: World) -> None:
    world.publish(RULEBOOK)
    lines = history(40)
    first = imported(world, lines)
    drain_all(world.app)
    before = everything(world)
    world.post(f"/v1/imports/{first}/revert", {"reason": "A try."})
    drain_all(world.app)

    again = imported(world, lines)
    drain_all(world.app)

    assert lines_of(world, again)["recorded"] == 40
    assert everything(world)["all None"] == before["all None"]
    assert [row["available"] for row in everything(world)["ada balance"]] == [
        row["available"] for row in before["ada balance"]
    ]
    assert books_are_right(world)


def test_what_was_said_since_outlasts_the_import(world: World) -> None:
    world.publish(RULEBOOK)
    lines = history(8)
    import_id = imported(world, lines)
    drain_all(world.app)
    corrected = {**lines[0], "op": "amend", "state_version": 5, "actor": "app:club:gus"}
    assert world.post("/v1/activities", corrected).status_code == 201

    world.post(f"/v1/imports/{import_id}/revert", {"reason": "The wrong file."})
    drain_all(world.app)

    assert [one["activity_key"] for one in everything(world)["gus activities"]] == ["app:post:0"]
    assert everything(world)["ada activities"] == []


def test_an_import_reverted_while_it_is_recorded_leaves_nothing(world: World, service: Service) -> None:
    world.publish(RULEBOOK)
    import_id = imported(world, history(1_100))
    assert service.write(import_steps.step, import_id)

    world.post(f"/v1/imports/{import_id}/revert", {"reason": "The wrong file."})
    drain_all(world.app)

    assert lines_of(world, import_id) == {
        "waiting": 0,
        "refused": 0,
        "recorded": 0,
        "known": 0,
        "reverted": import_steps.BATCH,
    }
    assert everything(world)["all None"]["data"] == []


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    world: World, service: Service, worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    world.publish(RULEBOOK)
    import_id = imported(world, history(1_500))
    killed = worker()
    queues.kick(service.redis, "imports")
    until(lambda: lines_of(world, import_id)["recorded"] > 0)
    os.killpg(killed.pid, signal.SIGKILL)  # the child that does the job as well
    killed.wait()
    midway = lines_of(world, import_id)["recorded"]
    assert midway % import_steps.BATCH == 0

    def gone_on() -> bool:
        drain_all(world.app)
        return lines_of(world, import_id)["waiting"] == 0

    until(gone_on)  # PostgreSQL holds a killed process' locks until it notices
    assert lines_of(world, import_id)["recorded"] == 1_500
    assert books_are_right(world)


def test_a_batch_that_breaks_is_told_and_goes_on_by_itself(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(RULEBOOK)
    import_id = imported(world, history(3))
    said = record.record
    failed: list[str] = []

    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("no luck")

    monkeypatch.setattr(record, "record", fail)
    assert drain(service, failed=lambda what, _error: failed.append(what))
    assert world.get(f"/v1/imports/{import_id}").get_json()["error"] == "ValueError"
    assert failed == [f"import {import_id}"]

    monkeypatch.setattr(record, "record", said)
    drain_all(world.app)

    assert world.get(f"/v1/imports/{import_id}").get_json()["error"] is None
    assert lines_of(world, import_id)["recorded"] == 3


def test_who_is_overtaken_by_another_saying_does_the_batch_again(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(RULEBOOK)
    lines = history(3)
    import_id = imported(world, [{**line, "state_version": 1} for line in lines])
    said = record.record

    def overtaken(session: Any, community: str, activities: list[Activity], *rest: Any, **more: Any) -> Any:
        monkeypatch.setattr(record, "record", said)
        one = service.read(lambda session: session.get(Import, import_id))
        (first, *_) = activities
        earlier = Activity(first.kind, first.key, first.at, first.platform, actor=first.actor)
        said(session, community, [earlier], import_steps._speaker(session, one))
        return said(session, community, activities, *rest, **more)

    monkeypatch.setattr(record, "record", overtaken)
    failures: list[Exception] = []
    drain(service, failed=lambda _what, error: failures.append(error))
    assert [type(error) for error in failures] == [import_steps.Overtaken]

    drain_all(world.app)
    assert lines_of(world, import_id)["recorded"] == 3
