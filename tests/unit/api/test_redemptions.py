"""Spending: points are held at once, then spent or given back; what can't be had says why."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.http import World, pointers, refusal

MUG = {"name": {"en": "Mug", "ms": "Kole"}, "cost": 30}


@pytest.fixture(autouse=True)
def _rich_ada(world: World) -> None:
    world.publish()
    world.enrol("ada")
    world.post("/v1/members/ada/adjust", {"points": 100, "reason": "to spend"})
    world.put("/v1/rewards/mug", MUG)


def _redeem(world: World, member: str = "ada", **said: Any) -> Any:
    return world.post("/v1/redemptions", {"member": member, "reward": "mug"}, **{"key": "tokens", **said})


def test_points_are_held_then_spent(world: World) -> None:
    made = _redeem(world)
    assert (made.status_code, made.get_json()["status"]) == (201, "held")
    assert [world.balance("ada")[name] for name in ("available", "held")] == [70, 30]
    path = f"/v1/redemptions/{made.get_json()['id']}"
    assert world.post(f"{path}/fulfil").get_json()["status"] == "fulfilled"
    assert [world.balance("ada")[name] for name in ("available", "held")] == [70, 0]
    assert refusal(world.post(f"{path}/cancel")) == (409, "not_open")
    assert world.get(path, key="read").get_json()["status"] == "fulfilled"


def test_the_lines_of_an_account_say_what_was_set_aside_and_spent(world: World) -> None:
    world.post(f"/v1/redemptions/{_redeem(world).get_json()['id']}/fulfil")
    for tongue, spent, held in (
        ("en", "Redemption: 30 points set aside for it were spent.", "Redemption: -30 points."),
        ("ms", "Penebusan: 30 mata yang diketepikan untuknya telah dibelanjakan.", "Penebusan: -30 mata."),
    ):
        lines = world.get("/v1/members/ada/entries", headers={"Accept-Language": tongue}).get_json()["data"]
        assert [line["sentence"] for line in lines][:2] == [spent, held]


def test_a_cancelled_redemption_gives_everything_back(world: World) -> None:
    world.put("/v1/rewards/mug", {**MUG, "stock": 1})
    made = _redeem(world).get_json()
    assert refusal(_redeem(world)) == (409, "out_of_stock")
    assert world.post(f"/v1/redemptions/{made['id']}/cancel", key="tokens").get_json()["status"] == "released"
    assert world.balance("ada")["available"] == 100
    assert _redeem(world).status_code == 201


def test_what_cannot_be_had_says_why(world: World) -> None:
    world.enrol("ben")
    assert refusal(_redeem(world, "ben")) == (409, "insufficient_points")
    world.put("/v1/rewards/mug", {**MUG, "per_member": 1})
    assert _redeem(world).status_code == 201
    assert refusal(_redeem(world)) == (409, "limit_reached")
    world.put("/v1/rewards/mug", {**MUG, "active": False})
    assert refusal(_redeem(world)) == (409, "reward_inactive")
    assert refusal(world.post("/v1/redemptions", {"member": "ada", "reward": "car"}, key="tokens"))[0] == 404


def test_members_see_and_cancel_only_their_own(world: World) -> None:
    world.enrol("ben")
    made = _redeem(world).get_json()
    ada, ben = (world.post(f"/v1/members/{who}/tokens", {}).get_json()["token"] for who in ("ada", "ben"))
    for answer in (
        world.get(f"/v1/redemptions/{made['id']}", key=ben),
        world.post(f"/v1/redemptions/{made['id']}/cancel", key=ben),
    ):
        assert refusal(answer) == (404, "redemption_not_found")
    assert refusal(_redeem(world, "ada", key=ben)) == (403, "not_yours")
    assert world.post("/v1/redemptions", {"reward": "mug"}, key=ada).status_code == 201
    listed = world.get("/v1/members/me/redemptions?limit=1", key=ada).get_json()
    assert len(listed["data"]) == 1
    assert listed["next_cursor"]


def test_another_communitys_redemption_is_not_there(world: World, noise: World) -> None:
    noise.put("/v1/rewards/mug", MUG)
    noise.post("/v1/members/ada/adjust", {"points": 100, "reason": "to spend"})
    theirs = noise.post("/v1/redemptions", {"member": "ada", "reward": "mug"}).get_json()["id"]
    for answer in (
        world.get(f"/v1/redemptions/{theirs}"),
        world.post(f"/v1/redemptions/{theirs}/fulfil"),
        world.post(f"/v1/redemptions/{theirs}/cancel"),
    ):
        assert refusal(answer) == (404, "redemption_not_found")


def test_a_reward_is_not_overwritten_unseen(world: World) -> None:
    seen = world.get("/v1/rewards/mug").headers["ETag"]
    assert world.put("/v1/rewards/mug", {**MUG, "cost": 40}, headers={"If-Match": seen}).status_code == 200
    late = world.put("/v1/rewards/mug", {**MUG, "cost": 50}, headers={"If-Match": seen})
    assert refusal(late) == (412, "reward_changed")
    assert world.get("/v1/rewards/mug").get_json()["cost"] == 40


def test_a_members_app_sees_what_can_be_had(world: World) -> None:
    world.put("/v1/rewards/old", {**MUG, "active": False})
    token = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    assert [one["key"] for one in world.get("/v1/rewards", key=token).get_json()["data"]] == ["mug"]
    assert [one["key"] for one in world.get("/v1/rewards").get_json()["data"]] == ["mug", "old"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**MUG, "cost": 0},
        {**MUG, "cost": 1.5},
        {**MUG, "stock": -1},
        {**MUG, "kind": "cash"},
        {**MUG, "name": "Mug"},
    ],
)
def test_a_reward_that_makes_no_sense_is_refused(world: World, body: object) -> None:
    assert refusal(world.put("/v1/rewards/pen", body))[0] == 422


@pytest.mark.parametrize("key", ["Mug", "a mug", "mug%0A", "m" * 65])
def test_a_reward_that_nobody_could_ask_for_is_not_offered(world: World, key: str) -> None:
    refused = world.put(f"/v1/rewards/{key}", MUG)
    assert refusal(refused) == (422, "invalid_key")
    assert pointers(refused) == {"/key"}


def test_nobody_else_can_say_what_setia_says_about_a_redemption(world: World) -> None:
    made = _redeem(world).get_json()["id"]
    squat = world.answered("discourse:forum.example.org:8141", activity_key=f"setia:{made}:redemption_settled")
    refused = world.post("/v1/activities", squat, key="ingest")
    assert (refusal(refused), pointers(refused)) == ((422, "invalid_activity"), {"/activity_key"})
    assert world.post(f"/v1/redemptions/{made}/fulfil").status_code == 200
    assert world.balance("ada")["held"] == 0


def test_rewards_come_in_pages_and_a_members_app_is_shown_those_that_can_be_had(world: World) -> None:
    for key in ("cap", "hat", "pin"):
        world.put(f"/v1/rewards/{key}", {**MUG, "active": key != "hat"})
    first = world.get("/v1/rewards?limit=2").get_json()
    second = world.get(f"/v1/rewards?limit=2&cursor={first['next_cursor']}").get_json()
    keys = [row["key"] for row in first["data"] + second["data"]]
    assert (keys, second["next_cursor"]) == (sorted(keys), None)
    assert {"cap", "hat", "pin"} <= set(keys)

    world.enrol("ada")
    token = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    shown = world.get("/v1/rewards", key=token).get_json()

    assert [row["key"] for row in shown["data"]] == [key for key in keys if key != "hat"]


def test_twenty_who_spend_at_once_spend_what_there_is(world: World) -> None:
    world.put("/v1/rewards/mug", MUG | {"cost": 20})
    start = threading.Barrier(20)
    answers: list[int] = []

    def spend() -> None:
        start.wait()
        headers = {"Authorization": f"Bearer {world.keys['tokens']}"}
        wish = {"member": "ada", "reward": "mug"}
        answers.append(world.app.test_client().post("/v1/redemptions", json=wish, headers=headers).status_code)

    threads = [threading.Thread(target=spend) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [201] * 5 + [409] * 15
    assert [world.balance("ada")[name] for name in ("available", "held")] == [0, 100]
