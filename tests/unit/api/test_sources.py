"""Sources: connected, changed, their secrets rotated, and what their platforms let an admin set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from loyalty import clock
from tests.draining import drain_all
from tests.hooks import Hook
from tests.http import World, pointers, refusal


def test_a_source_shows_its_secret_once(world: World) -> None:
    made = world.post("/v1/sources", {"platform": "telegram", "name": "Group"}).get_json()
    assert made["secret"]
    assert made["hook_url"].endswith(f"/v1/hooks/{made['id']}")
    assert "secret" not in world.get(f"/v1/sources/{made['id']}").get_json()
    rotated = world.post(f"/v1/sources/{made['id']}/rotate", {}).get_json()
    assert rotated["secret"] != made["secret"]
    changed = world.put(f"/v1/sources/{made['id']}", {"enrol": "on_claim"}).get_json()
    assert (changed["enrol"], changed["name"]) == ("on_claim", "Group")
    assert refusal(world.post("/v1/sources", {"platform": "telegramm"})) == (422, "invalid")


def test_a_source_can_be_connected_under_an_id_of_ones_own(world: World, noise: World) -> None:
    made = world.put("/v1/sources/our-group", {"platform": "telegram"})
    assert (made.status_code, made.get_json()["id"]) == (201, "our-group")
    assert made.get_json()["secret"]
    again = world.put("/v1/sources/our-group", {"platform": "telegram", "name": "Ours"})
    assert (again.status_code, again.get_json()["name"], "secret" in again.get_json()) == (200, "Ours", False)
    assert refusal(world.put("/v1/sources/our-group", {"platform": "generic"})) == (409, "platform_stays")
    assert refusal(world.put("/v1/sources/X Y", {"platform": "telegram"})) == (422, "invalid_source")
    assert world.put("/v1/sources/g", {"platform": "telegram"}).status_code == 201
    assert refusal(world.put("/v1/sources/nobodys", {})) == (404, "source_not_found")
    for platform in ("telegram", "generic"):
        assert refusal(noise.put("/v1/sources/our-group", {"platform": platform})) == (404, "source_not_found")


def test_nothing_is_connected_in_the_place_of_a_source_that_was_read_and_is_not_there(world: World) -> None:
    put = world.put("/v1/sources/shop", {"platform": "generic"}, headers={"If-Match": '"3"'})
    assert refusal(put) == (412, "source_changed")
    assert refusal(world.get("/v1/sources/shop")) == (404, "source_not_found")


def test_another_communitys_source_is_not_there(world: World, noise: World) -> None:
    theirs = noise.post("/v1/sources", {"platform": "telegram"}).get_json()["id"]
    assert refusal(world.get(f"/v1/sources/{theirs}"))[0] == 404
    assert refusal(world.post(f"/v1/sources/{theirs}/rotate", {}))[0] == 404
    assert refusal(world.put(f"/v1/sources/{theirs}", {}))[0] == 404
    assert world.get("/v1/sources").get_json()["data"] == []


def test_the_options_of_a_platform_are_set_and_changed(world: World) -> None:
    made = world.post("/v1/sources", {"platform": "telegram", "options": {"chats": [-1002000000001, "-5"]}}).get_json()
    assert made["options"] == {"chats": ["-1002000000001", "-5"]}

    path = f"/v1/sources/{made['id']}"
    assert world.put(path, {"name": "Ours"}).get_json()["options"] == made["options"]
    assert world.put(path, {"options": {"chats": None}}).get_json()["options"] == {}
    assert world.get(path).get_json()["options"] == {}


def test_a_chat_that_a_source_was_not_connected_for_is_ignored_from_then_on(app: Flask, world: World) -> None:
    hook = Hook(world, "telegram")
    world.put(f"/v1/sources/{hook.id}", {"options": {"chats": ["-5"]}})
    for chat in (-5, -6):
        hook.telegram(message={"message_id": 1, "from": {"id": 501}, "chat": {"id": chat}, "text": "Apa"})
    drain_all(app)

    listed = world.get("/v1/deliveries").get_json()["data"]
    assert [one["state"] for one in reversed(listed)] == ["processed", "ignored"]


@pytest.mark.parametrize(
    ("platform", "options", "pointer"),
    [
        ("telegram", {"chat": ["-5"]}, "/options/chat"),
        ("telegram", {"chats": "-5"}, "/options/chats"),
        ("telegram", {"chats": []}, "/options/chats"),
        ("telegram", {"chats": ["our group"]}, "/options/chats"),
        ("telegram", {"chats": [True]}, "/options/chats"),
        ("discourse", {"forum": "a b"}, "/options/forum"),
        ("discourse", {"several_solutions": "yes"}, "/options/several_solutions"),
        ("generic", {"a/b": 1}, "/options/a~1b"),
        ("generic", [], "/options"),
    ],
)
def test_an_option_that_cannot_be_is_refused_when_connecting_and_when_changing(
    world: World, platform: str, options: Any, pointer: str
) -> None:
    there = world.post("/v1/sources", {"platform": platform}).get_json()["id"]
    for answer in (
        world.post("/v1/sources", {"platform": platform, "options": options}),
        world.put(f"/v1/sources/{there}", {"options": options}),
    ):
        assert answer.status_code == 422
        assert pointers(answer) == {pointer}
    assert world.get(f"/v1/sources/{there}").get_json()["options"] == {}


def test_an_unknown_option_is_answered_with_the_nearest_one(world: World) -> None:
    answer = world.post("/v1/sources", {"platform": "discourse", "options": {"several_solution": True}})

    assert answer.get_json()["errors"][0]["detail"] == "no such option; did you mean several_solutions?"


def test_a_rotated_secret_overlaps_with_the_new_one_until_the_instant_that_was_said(world: World) -> None:
    hook = Hook(world, "discourse")
    begun = datetime.now(UTC)
    with time_machine.travel(begun, tick=False) as now:
        rotated = world.post(f"/v1/sources/{hook.id}/rotate", {"overlap_hours": 2}).get_json()
        before, new = hook.secret, rotated["secret"]
        assert rotated["previous_until"] == clock.to_rfc3339(clock.now() + 2 * clock.HOUR)

        def answers() -> dict[str, int]:
            found = {}
            for name, hook.secret in (("before", before), ("new", new)):
                found[name] = hook.discourse("ping", ping="OK").status_code
            return found

        assert answers() == {"before": 200, "new": 200}
        now.shift(2 * 3600 - 1)
        assert answers() == {"before": 200, "new": 200}
        now.shift(1)
        assert answers() == {"before": 401, "new": 200}
    assert rotated["secret"] not in world.get(f"/v1/sources/{hook.id}").get_data(as_text=True)


def test_a_secret_that_leaked_is_of_no_use_when_nothing_overlaps(world: World) -> None:
    hook = Hook(world, "telegram")
    world.post(f"/v1/sources/{hook.id}/rotate", {"overlap_hours": 0})

    assert hook.telegram(message={}).status_code == 401


def test_two_rotations_leave_no_third_secret(world: World) -> None:
    hook = Hook(world, "telegram")
    for _ in range(2):
        world.post(f"/v1/sources/{hook.id}/rotate", {})

    assert hook.telegram(message={}).status_code == 401


@pytest.mark.parametrize("hours", [-1, 721, 1.5, "2", None])
def test_an_overlap_that_cannot_be_is_refused(world: World, hours: Any) -> None:
    hook = Hook(world, "telegram")
    answer = world.post(f"/v1/sources/{hook.id}/rotate", {"overlap_hours": hours})

    assert refusal(answer) == (422, "invalid")
    assert pointers(answer) == {"/overlap_hours"}
    assert hook.telegram(message={}).status_code == 200
