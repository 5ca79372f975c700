"""`Idempotency-Key`: the first answer again, whatever it was, for whoever asked, for 72 hours."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import time_machine

from tests.http import World, refusal

GIVE = {"points": 5, "reason": "a mistake of ours"}


@pytest.fixture(autouse=True)
def _ada(world: World) -> None:
    world.publish()
    world.enrol("ada")


def _give(world: World, name: str, body: object = GIVE, member: str = "ada", key: str = "admin") -> Any:
    return world.post(f"/v1/members/{member}/adjust", body, headers={"Idempotency-Key": name}, key=key)


def test_the_same_request_is_carried_out_once(world: World) -> None:
    first, again = _give(world, "a"), _give(world, "a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert world.balance("ada")["balance"] == 5


def test_without_a_key_each_request_counts(world: World) -> None:
    for _ in range(2):
        world.post("/v1/members/ada/adjust", GIVE)
    assert world.balance("ada")["balance"] == 10


def test_a_refusal_is_kept_as_well(world: World) -> None:
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 5})
    wish = {"member": "ada", "reward": "mug"}
    first = world.post("/v1/redemptions", wish, headers={"Idempotency-Key": "b"})
    assert refusal(first) == (409, "insufficient_points")
    _give(world, "c")
    again = world.post("/v1/redemptions", wish, headers={"Idempotency-Key": "b"})
    assert refusal(again) == (409, "insufficient_points")
    assert world.post("/v1/redemptions", wish, headers={"Idempotency-Key": "d"}).status_code == 201


def test_another_body_under_the_same_key_is_refused(world: World) -> None:
    _give(world, "a")
    assert refusal(_give(world, "a", {**GIVE, "points": 6})) == (422, "idempotency_key_reused")


def test_a_request_that_was_no_request_uses_no_key(world: World) -> None:
    assert refusal(_give(world, "a", {"points": "five"}))[0] == 422
    assert _give(world, "a").status_code == 201


def test_another_caller_or_path_is_another_request(world: World) -> None:
    world.enrol("ben")
    second = world.post("/v1/keys", {"name": "b", "owner": "Root", "scopes": ["admin"]}).get_json()["key"]
    assert {_give(world, "a").status_code, _give(world, "a", key=second).status_code} == {201}
    assert _give(world, "a", member="ben").status_code == 201
    assert world.balance("ada")["balance"] == 10


def test_after_72_hours_the_key_is_free(world: World) -> None:
    _give(world, "a")
    with time_machine.travel(time.time() + 73 * 3600, tick=True):
        assert _give(world, "a").status_code == 201
        assert world.balance("ada")["balance"] == 10


@pytest.mark.parametrize("name", ["x" * 201, "\u00e9", "a\tb"])
def test_a_key_that_is_none_is_refused(world: World, name: str) -> None:
    assert refusal(_give(world, name)) == (422, "invalid")


def test_what_failed_inside_may_be_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("loyalty.corrections.adjust", lambda *_, **__: 1 / 0)
        assert _give(world, "a").status_code == 500
    assert _give(world, "a").status_code == 201


def test_a_twin_at_the_same_time_waits_for_the_first(world: World) -> None:
    """Real threads on the real database: all get one and the same answer, and it is done once."""
    answers: list[str] = []
    start = threading.Barrier(6)

    def ask() -> None:
        start.wait()
        headers = {"Idempotency-Key": "twin", "Authorization": f"Bearer {world.keys['admin']}"}
        answer = world.app.test_client().post("/v1/members/ada/adjust", json=GIVE, headers=headers)
        answers.append(answer.get_json()["activity"])

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert world.balance("ada")["balance"] == 5
