"""The audit log through HTTP: every change of a person or a key is in it, with who, from what to what, and why."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.draining import drain_all
from tests.http import World, instant, refusal


def lines(world: World, subject: str) -> list[dict[str, Any]]:
    """Of one subject, the first one first."""
    answer = world.get(f"/v1/audit?subject={subject}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.get_json()["data"]
    assert all(line["actor"].startswith(("key_", "member:mem_")) for line in found)
    return found[::-1]


def told(world: World, subject: str) -> list[tuple[Any, ...]]:
    return [(line["action"], line["before"], line["after"], line["why"]) for line in lines(world, subject)]


def test_it_comes_by_subject_by_actor_and_in_pages(world: World) -> None:
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 5})
    world.put("/v1/rewards/cup", {"name": {"en": "Cup"}, "cost": 5})
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 6})
    of_mug = world.get("/v1/audit?subject=mug&limit=1").get_json()
    assert of_mug["data"][0]["before"] == {"cost": 5}
    more = world.get(f"/v1/audit?subject=mug&cursor={of_mug['next_cursor']}").get_json()
    assert [line["before"] for line in more["data"]] == [None]
    assert world.get("/v1/audit?actor=nobody").get_json()["data"] == []


def test_no_secret_is_in_it_and_only_admins_read_it(world: World, noise: World) -> None:
    made = world.post("/v1/keys", {"name": "app", "owner": "Root", "scopes": ["read"]}).get_json()
    source = world.post("/v1/sources", {"platform": "generic", "name": "ours"}).get_json()
    rotated = world.post(f"/v1/sources/{source['id']}/rotate", {}).get_json()
    world.delete(f"/v1/keys/{made['id']}")
    text = world.get("/v1/audit?limit=200").get_data(as_text=True)
    assert "key.revoked" in text
    assert "source.rotated" in text
    for secret in (made["key"], source["secret"], rotated["secret"]):
        assert secret not in text
    assert noise.id not in text
    assert refusal(world.get("/v1/audit", key="read"))[0] == 403


def test_how_redemptions_end_is_in_it_whoever_ends_them(world: World) -> None:
    world.publish()
    world.enrol("ada")
    world.post("/v1/members/ada/adjust", {"points": 100, "reason": "to spend"})
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 30})
    fulfilled, cancelled, regretted = (
        world.post("/v1/redemptions", {"member": "ada", "reward": "mug"}).get_json()["id"] for _ in range(3)
    )
    token = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    world.post(f"/v1/redemptions/{fulfilled}/fulfil")
    world.post(f"/v1/redemptions/{fulfilled}/fulfil")
    world.post(f"/v1/redemptions/{cancelled}/cancel", key="tokens")
    world.post(f"/v1/redemptions/{regretted}/cancel", key=token)

    assert told(world, fulfilled) == [("redemption.fulfilled", {"status": "held"}, {"status": "fulfilled"}, "")]
    assert told(world, cancelled) == [("redemption.released", {"status": "held"}, {"status": "released"}, "")]
    actors = [lines(world, one)[0]["actor"] for one in (fulfilled, cancelled, regretted)]
    assert len(set(actors)) == 3
    assert [actor.startswith("member:") for actor in actors] == [False, False, True]


def test_an_import_is_in_it_from_its_opening_to_its_revert(app: Flask, world: World) -> None:
    opened = world.post("/v1/imports", {"name": "The old forum"}).get_json()["id"]
    for _ in range(2):
        world.post(f"/v1/imports/{opened}/close", {})
    drain_all(app)
    for _ in range(2):
        world.post(f"/v1/imports/{opened}/revert", {"reason": "of another forum"})

    assert told(world, opened) == [
        ("import.opened", None, {"name": "The old forum", "source": None, "platforms": None}, ""),
        ("import.closed", {"state": "open"}, {"state": "recording"}, ""),
        ("import.reverted", {"state": "recorded"}, {"state": "reverting"}, "of another forum"),
    ]


def test_a_void_and_its_lifting_are_in_it_once_each(world: World) -> None:
    world.publish()
    ada = world.enrol("ada")
    said = {"kind": "answer_accepted", "activity_key": "audit:1", "occurred_at": instant(-5), "beneficiary": ada}
    activity = world.post("/v1/activities", said).get_json()["activity"]["id"]
    for verb in ("void", "void", "lift", "lift"):
        assert world.post(f"/v1/activities/{activity}/{verb}", {"reason": f"a {verb}"}).status_code == 200

    assert told(world, activity) == [
        ("activity.voided", {"void": False}, {"void": True}, "a void"),
        ("activity.lifted", {"void": True}, {"void": False}, "a lift"),
    ]
