"""The door of the platforms: what is signed is kept, thanked for and counted once, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import queues
from loyalty import leaderboards
from loyalty.models import Delivery, FactRow
from tests.databases import Database
from tests.draining import drain_all
from tests.hooks import ADA, Hook, message, points
from tests.http import World, instant, noise, refusal, world

__all__ = ["noise", "world"]

RULEBOOK = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 2}},
        {"key": "answer", "on": "answer_accepted", "earns": "beneficiary", "gives": {"points": 10}},
    ]
}


@pytest.fixture
def ruled(world: World) -> World:
    """The community with its rulebook in force."""
    world.publish(RULEBOOK)
    return world


@pytest.fixture
def telegram(ruled: World) -> Hook:
    return Hook(ruled, "telegram")


@pytest.fixture
def generic(ruled: World) -> Hook:
    return Hook(ruled, "generic")


@pytest.fixture
def stored(database: Database) -> Any:
    """The deliveries as they stand in the database."""

    def read() -> list[Delivery]:
        with Session(database.engine) as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    return read


def test_the_same_delivery_again_is_thanked_for_and_counts_once(
    app: Flask, world: World, generic: Hook, stored: Any
) -> None:
    body = world.answered("telegram::501")

    answers = [generic.signed(body, name="msg_same").status_code for _ in range(3)]
    drain_all(app)
    generic.signed(body, name="msg_other")
    drain_all(app)

    assert answers == [200] * 3
    assert len(stored()) == 2
    assert points(world, ADA) == 10


def test_one_bad_item_costs_the_good_ones_nothing_and_is_named(
    app: Flask, world: World, generic: Hook, stored: Any
) -> None:
    good = [world.answered("telegram::501") for _ in range(2)]
    generic.signed([good[0], {**good[1], "kind": "answer_acepted"}, good[1]])
    drain_all(app)

    assert points(world, ADA) == 20
    (delivery,) = stored()
    assert delivery.state == "processed"
    assert delivery.error.startswith("/1/kind: ")
    assert "answer_accepted" in delivery.error


def test_a_delivery_that_cannot_be_read_is_kept_as_failed_and_one_of_no_interest_as_ignored(
    app: Flask, world: World, telegram: Hook, generic: Hook, stored: Any
) -> None:
    token = {"X-Telegram-Bot-Api-Secret-Token": telegram.secret}
    assert telegram.send(b"\xff{", token).status_code == 200
    telegram.telegram(message=message(11, ADA, forward_origin={}))
    telegram.telegram(message=message(12, ADA))
    generic.signed(
        {"specversion": "1.0", "id": "1", "source": "/x", "type": "com.example.other"},
        None,
        **{"Content-Type": "application/cloudevents+json"},
    )
    drain_all(app)

    assert [row.state for row in stored()] == ["failed", "ignored", "processed", "ignored"]
    assert points(world, ADA) == 2


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[" * 50_000, b'{"update_id": "x"}', b'{"update_id": 1e400}', b"1" * 5_000, b"\x00" * 99]
)
def test_after_a_right_token_telegram_is_always_thanked_with_an_empty_object(
    app: Flask, telegram: Hook, body: bytes
) -> None:
    answer = telegram.send(body, {"X-Telegram-Bot-Api-Secret-Token": telegram.secret})

    assert (answer.status_code, answer.get_data()) == (200, b"{}")
    drain_all(app)


HOSTILE = ["", "wrong", "é", "\x7f", "x" * 5_000, "v1,!!!", "v1,é", "-1", "9" * 300, "1e3", "٣"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_request_that_is_not_signed_is_401_and_leaves_nothing(
    telegram: Hook, generic: Hook, stored: Any, value: str
) -> None:
    value = value.encode().decode("latin-1")  # as a server hands it on
    headers = ["X-Telegram-Bot-Api-Secret-Token", "webhook-id", "webhook-timestamp", "webhook-signature"]
    for hook in (telegram, generic):
        for header in headers:
            answer = hook.send(b'{"update_id": 1}', {**dict.fromkeys(headers, "1795000000"), header: value})
            assert refusal(answer) == (401, "signature_invalid")
    assert stored() == []


def test_the_secret_of_another_source_opens_nothing(world: World, noise: World, telegram: Hook, stored: Any) -> None:
    other = Hook(noise, "telegram")

    assert refusal(telegram.send(b"{}", {"X-Telegram-Bot-Api-Secret-Token": other.secret}))[0] == 401
    assert stored() == []


def test_both_secrets_work_while_one_is_rotated(telegram: Hook, world: World) -> None:
    before = telegram.secret
    telegram.secret = world.post(f"/v1/sources/{telegram.id}/rotate", {}).get_json()["secret"]

    assert telegram.telegram(message=message(11, ADA)).status_code == 200
    assert telegram.send(b'{"update_id": 9}', {"X-Telegram-Bot-Api-Secret-Token": before}).status_code == 200

    world.post(f"/v1/sources/{telegram.id}/rotate", {})
    assert telegram.send(b'{"update_id": 8}', {"X-Telegram-Bot-Api-Secret-Token": before}).status_code == 401


@pytest.mark.parametrize("source", ["src_00000000000000000000000000", "x", "%00", "%ff", "é", "a" * 900, "..%2f"])
def test_an_unknown_source_is_404(world: World, source: str) -> None:
    answer = world.client.post(f"/v1/hooks/{source}", data=b"{}")

    assert answer.status_code == 404


def test_a_body_beyond_a_mebibyte_is_413_and_leaves_nothing(telegram: Hook, stored: Any) -> None:
    answer = telegram.send(b" " * (1024 * 1024 + 1), {"X-Telegram-Bot-Api-Secret-Token": telegram.secret})

    assert refusal(answer)[0] == 413
    assert stored() == []


def test_other_methods_are_refused_and_cloudevents_shakes_hands(generic: Hook, world: World) -> None:
    assert world.client.get(generic.path).status_code == 405
    answer = world.client.options(generic.path, headers={"WebHook-Request-Origin": "events.example.org"})

    assert answer.status_code == 200
    assert answer.headers["WebHook-Allowed-Origin"] == "events.example.org"
    assert "POST" in answer.headers["Allow"]


def test_a_source_speaks_only_for_what_it_was_connected_for(app: Flask, world: World, stored: Any) -> None:
    world.publish(RULEBOOK)
    hook = Hook(world, "generic", kinds=["post_created"], platforms=["discourse"])
    post = {"kind": "post_created", "occurred_at": instant(-5)}
    hook.signed(
        [
            {**post, "activity_key": "1", "actor": "discourse:f:1"},
            {**post, "activity_key": "2", "actor": "telegram::501"},
            world.answered("discourse:f:1"),
        ]
    )
    drain_all(app)

    (delivery,) = stored()
    assert [line.partition(": ")[2] for line in delivery.error.splitlines()] == [
        "this source does not speak for the platform telegram",
        "this source does not speak for answer_accepted",
    ]
    assert world.get("/v1/members/discourse:f:1").status_code == 200
    assert world.get("/v1/members/telegram::501").status_code == 404


def test_two_sources_cannot_touch_each_others_activities(
    app: Flask, world: World, generic: Hook, database: Database
) -> None:
    other = Hook(world, "generic")
    body = world.answered("telegram::501")
    generic.signed(body)
    drain_all(app)
    other.signed({**body, "op": "reverse"})
    drain_all(app)

    assert points(world, ADA) == 10
    with Session(database.engine) as session:
        keys = set(session.scalars(select(FactRow.key).where(FactRow.kind == "answer_accepted")))
    assert keys == {f"{hook.id}:{body['activity_key']}" for hook in (generic, other)}


def test_with_redis_away_deliveries_are_taken_and_counted_later(
    app: Flask, world: World, telegram: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = leaderboards.connect("unix:///nonexistent/valkey")
    with monkeypatch.context() as away:
        away.setitem(app.extensions, "setia.on_commit", lambda: queues.kick(gone))
        assert telegram.telegram(message=message(11, ADA)).status_code == 200

    drain_all(app)
    assert points(world, ADA) == 2
