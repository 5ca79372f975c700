"""Stored deliveries: listed, read, replayed, and nobody else's."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.draining import drain_all
from tests.hooks import Hook
from tests.http import World, instant, pointers, refusal

POST = {
    "message_id": 11,
    "from": {"id": 501, "first_name": "Ada"},
    "chat": {"id": -1, "type": "supergroup"},
    "text": "Apa",
}

READ = "message, edited_message, message_reaction, poll_answer, chat_member"


@pytest.fixture
def telegram(world: World) -> Hook:
    return Hook(world, "telegram")


def ids(world: World, query: str = "") -> list[str]:
    return [one["id"] for one in world.get(f"/v1/deliveries{query}").get_json()["data"]]


def test_deliveries_are_listed_the_newest_first_by_pages(app: Flask, world: World, telegram: Hook) -> None:
    for number in range(5):
        telegram.telegram(message=POST | {"message_id": number})
    page = world.get("/v1/deliveries?limit=3").get_json()
    telegram.telegram(message=POST | {"message_id": 6})
    rest = world.get(f"/v1/deliveries?limit=3&cursor={page['next_cursor']}").get_json()

    assert [one["delivery_id"] for one in page["data"] + rest["data"]] == ["5", "4", "3", "2", "1"]
    assert rest["next_cursor"] is None


def test_what_became_of_a_delivery_is_said_with_the_reason(app: Flask, world: World, telegram: Hook) -> None:
    telegram.telegram(message=POST)
    telegram.telegram(pinned_message={})
    telegram.telegram(message=POST | {"forward_origin": {}})
    telegram.send(b"{", {"X-Telegram-Bot-Api-Secret-Token": telegram.secret})
    waiting = world.get("/v1/deliveries?state=received").get_json()["data"]
    drain_all(app)

    listed = world.get("/v1/deliveries").get_json()["data"]
    assert len(waiting) == 4
    assert [(one["state"], one["reason"]) for one in reversed(listed)][:3] == [
        ("processed", None),
        ("ignored", f"pinned_message is not read; Setia reads {READ}"),
        (
            "ignored",
            "message: it was not written here (forward_origin); only what people write themselves counts",
        ),
    ]
    assert listed[0]["state"] == "failed"
    assert listed[0]["reason"].startswith("not JSON")
    assert all(one["processed_at"] and one["attempts"] == 1 for one in listed)


def test_a_delivery_names_its_activities_and_what_became_of_each(app: Flask, world: World) -> None:
    hook = Hook(world, "generic", kinds=["post_created", "comment_created"])
    said = {"actor": "telegram::501", "occurred_at": instant(-60)}
    post = {"kind": "post_created", "activity_key": "1", **said}
    hook.signed(post)
    (before,) = ids(world)
    assert world.get(f"/v1/deliveries/{before}").get_json()["activities"] == []
    drain_all(app)
    hook.signed(
        [
            post,
            post | {"op": "reverse", "state_version": 1},
            {"kind": "answer_accepted", "activity_key": "2", **said},
            post | {"activity_key": "3", "op": "amend", "occurred_at": instant(-90 * 86_400)},
        ]
    )
    drain_all(app)

    latest = world.get(f"/v1/deliveries/{ids(world)[0]}").get_json()
    became = {(one["activity_key"].rpartition(":")[2], one["kind"], one["status"]) for one in latest["activities"]}
    assert became == {
        ("1", "post_created", "replayed"),
        ("1", "post_created", "changed"),
        ("2", "answer_accepted", "refused"),
        ("3", "post_created", "too_old"),
    }
    assert {one["status"] for one in latest["activities"] if one["href"] is None} == {"refused", "too_old"}
    assert {one["status"] for one in latest["activities"] if one["reason"]} == {"refused", "too_old"}
    for one in latest["activities"]:
        if one["href"] is not None:
            assert world.get(one["href"]).get_json()["activity"]["id"] == one["id"]


def test_what_another_source_said_first_is_named_as_not_this_ones(app: Flask, world: World, telegram: Hook) -> None:
    other = Hook(world, "telegram")
    for hook in (telegram, other):
        hook.telegram(message=POST)
        drain_all(app)

    latest, first = (world.get(f"/v1/deliveries/{one}").get_json() for one in ids(world))
    (theirs,), (mine,) = first["activities"], latest["activities"]
    assert (mine["id"], mine["status"]) == (theirs["id"], "not_yours")
    assert mine["reason"] in latest["reason"]


def test_a_replay_says_anew_what_became_of_the_activities(app: Flask, world: World, telegram: Hook) -> None:
    telegram.telegram(message=POST)
    drain_all(app)
    (one,) = ids(world)
    statuses = [world.get(f"/v1/deliveries/{one}").get_json()["activities"][0]["status"]]
    world.post(f"/v1/deliveries/{one}/replay")
    assert world.get(f"/v1/deliveries/{one}").get_json()["activities"] == []
    drain_all(app)
    statuses += [again["status"] for again in world.get(f"/v1/deliveries/{one}").get_json()["activities"]]

    assert statuses == ["recorded", "replayed"]


def test_a_list_is_narrowed_by_source_and_state(app: Flask, world: World, telegram: Hook) -> None:
    other = Hook(world, "telegram")
    telegram.telegram(message=POST)
    drain_all(app)
    other.telegram(message=POST)

    assert len(ids(world)) == 2
    assert len(ids(world, f"?source={other.id}")) == 1
    assert ids(world, f"?source={other.id}&state=processed") == []
    assert len(ids(world, "?state=processed")) == 1
    assert ids(world, "?source=none-such") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("state=gone", "/state"), ("cursor=x", "/cursor"), ("limit=0", "/limit"), ("kind=x", "/kind")],
)
def test_a_list_that_cannot_be_is_refused(world: World, query: str, pointer: str) -> None:
    answer = world.get(f"/v1/deliveries?{query}")

    assert refusal(answer) == (422, "invalid")
    assert pointers(answer) == {pointer}


def test_a_delivery_is_shown_with_its_body_and_without_any_secret(world: World, telegram: Hook) -> None:
    generic, forum = Hook(world, "generic"), Hook(world, "discourse")
    telegram.telegram(message=POST)
    generic.signed({"kind": "post_created"})
    forum.discourse("ping", ping="OK")

    shown = [world.get(f"/v1/deliveries/{one}") for one in ids(world)]
    forum_shown, generic_shown, telegram_shown = (answer.get_json() for answer in shown)

    assert forum_shown["headers"]["x-discourse-event"] == "ping"
    assert forum_shown["body"] == '{"ping": "OK"}'
    assert set(generic_shown["headers"]) == {"content-type", "webhook-id", "webhook-timestamp"}
    assert telegram_shown["headers"] == {}
    for answer, hook in zip(shown, (forum, generic, telegram), strict=True):
        assert hook.secret not in answer.get_data(as_text=True)
        assert "signature" not in answer.get_data(as_text=True)


def test_a_body_that_is_no_text_is_shown_all_the_same(world: World, telegram: Hook) -> None:
    telegram.send(b"\xff\x00{", {"X-Telegram-Bot-Api-Secret-Token": telegram.secret})

    assert world.get(f"/v1/deliveries/{ids(world)[0]}").get_json()["body"] == "\ufffd\ufffd{"


def test_a_replay_reads_it_again_and_counts_nothing_twice(app: Flask, world: World, telegram: Hook) -> None:
    world.publish({"rules": [{"key": "post", "on": "post_created", "gives": {"points": 2}}]})
    telegram.telegram(message=POST)
    drain_all(app)
    (one,) = ids(world)
    for _ in range(2):
        replayed = world.post(f"/v1/deliveries/{one}/replay")
        assert (replayed.status_code, replayed.get_json()["state"]) == (202, "received")
    drain_all(app)

    assert world.get(f"/v1/deliveries/{one}").get_json()["state"] == "processed"
    assert world.balance("telegram::501")["balance"] == 2


def test_what_was_ignored_by_a_setting_counts_when_replayed_without_it(app: Flask, world: World) -> None:
    world.publish({"rules": [{"key": "post", "on": "post_created", "gives": {"points": 2}}]})
    hook = Hook(world, "telegram", kinds=["poll_voted"])
    hook.telegram(message=POST)
    drain_all(app)
    (before,) = world.get("/v1/deliveries").get_json()["data"]
    assert (before["state"], before["reason"]) == (
        "ignored",
        "telegram:message:-1:11: this source does not speak for post_created",
    )

    world.put(f"/v1/sources/{hook.id}", {"kinds": None})
    world.post(f"/v1/deliveries/{before['id']}/replay")
    drain_all(app)

    after = world.get(f"/v1/deliveries/{before['id']}").get_json()
    assert (after["state"], after["reason"]) == ("processed", None)
    assert world.balance("telegram::501")["balance"] == 2


def test_another_communitys_deliveries_are_not_there(world: World, noise: World, telegram: Hook) -> None:
    Hook(noise, "telegram").telegram(message=POST)
    (theirs,) = ids(noise)

    assert ids(world) == []
    for answer in (world.get(f"/v1/deliveries/{theirs}"), world.post(f"/v1/deliveries/{theirs}/replay")):
        assert refusal(answer) == (404, "delivery_not_found")
    assert refusal(world.get("/v1/deliveries/del_none")) == (404, "delivery_not_found")
