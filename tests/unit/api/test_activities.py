"""One fact in, all consequences out; said twice, wrongly, too late, by somebody else, or many at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import World, instant, pointers, refusal

BEN = "discourse:forum.example.org:8141"


@pytest.fixture(autouse=True)
def _published(world: World) -> None:
    world.publish()


def test_an_activity_answers_with_everything_that_came_of_it(world: World) -> None:
    answer = world.post("/v1/activities", world.answered(BEN), key="ingest")
    assert answer.status_code == 201
    said = answer.get_json()
    (decision,) = said["decisions"]
    assert decision["outcome"] == "given"
    assert decision["effects"] == [{"points": 10, "currency": "points"}, {"badge": "first-helper"}]
    came = said["consequences"][decision["member"]]
    assert came["points"] == [{"currency": "points", "change": 10, "available": 10, "maturing": 0, "debt": 0}]
    assert came["badges"] == ["first-helper"]
    assert came["tier"] == {"from": None, "to": "member"}
    assert said["settled"] is True
    assert world.balance(BEN)["available"] == 10


def test_said_again_it_is_answered_as_it_stands(world: World) -> None:
    activity = world.answered(BEN)
    first = world.post("/v1/activities", activity, key="ingest").get_json()
    again = world.post("/v1/activities", activity, key="ingest")
    assert again.status_code == 200
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json()["activity"] == first["activity"]
    assert [entry["change"] for entry in again.get_json()["entries"]] == [10]
    assert world.balance(BEN)["available"] == 10


def test_the_same_key_with_other_content_needs_a_higher_version(world: World) -> None:
    activity = world.answered(BEN, data={"votes": 1})
    world.post("/v1/activities", activity, key="ingest")
    changed = {**activity, "data": {"votes": 2}}
    assert refusal(world.post("/v1/activities", changed, key="ingest")) == (409, "activity_differs")
    assert world.post("/v1/activities", {**changed, "state_version": 1}, key="ingest").status_code == 201


def test_a_reversal_may_come_first_and_takes_back_what_comes_after(world: World) -> None:
    activity = world.answered(BEN)
    reversal = {**activity, "op": "reverse"}
    assert world.post("/v1/activities", reversal, key="ingest").status_code == 201
    assert world.post("/v1/activities", activity, key="ingest").status_code == 201
    assert world.balance(BEN)["lifetime"] == 0


def test_a_dry_run_tells_and_changes_nothing(world: World) -> None:
    answer = world.post(
        "/v1/activities?dry_run=true", world.answered(BEN), key="ingest", headers={"Accept-Language": "ms"}
    )
    assert answer.status_code == 200
    (decision,) = answer.get_json()["decisions"]
    assert decision["sentence"].startswith("Jawapan membantu: +10")
    assert refusal(world.get(f"/v1/members/{BEN}/balance")) == (404, "member_not_found")
    assert refusal(world.get(f"/v1/activities/{answer.get_json()['activity']['id']}")) == (404, "activity_not_found")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "answer_acepted"}, "/kind"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "/occurred_at"),
        ({"occurred_at": "2020-01-01T00:00:00Z"}, "/occurred_at"),
        ({"occurred_at": "2026-11-22 09:00"}, "/occurred_at"),
        ({"activity_key": "ä" * 101}, "/activity_key"),
        ({"activity_key": ""}, "/activity_key"),
        ({"actor": {"platform": "Discourse", "id": "1"}}, "/actor/platform"),
        ({"actor": {"platform": "discourse", "id": "1", "scop": "x"}}, "/actor/scop"),
        ({"actor": 5}, "/actor"),
        ({"beneficiary": "mem_00000000000000000000000000"}, "/beneficiary"),
        ({"state_version": 1.5}, "/state_version"),
        ({"state_version": True}, "/state_version"),
        ({"data": {"votes": "many"}}, "/data/votes"),
        ({"data": []}, "/data"),
        ({"op": "undo"}, "/op"),
        ({"acter": "x"}, "/acter"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(world: World, changes: dict[str, Any], pointer: str) -> None:
    answer = world.post("/v1/activities", world.answered(BEN, **changes), key="ingest")
    assert refusal(answer)[0] == 422
    assert pointer in pointers(answer)


def test_an_unknown_kind_is_answered_with_the_nearest_one(world: World) -> None:
    answer = world.post("/v1/activities", world.answered(BEN, kind="answer_acepted"), key="ingest")
    assert "answer_accepted" in answer.get_json()["errors"][0]["detail"]


def test_a_reversal_may_be_of_any_age(world: World) -> None:
    activity = world.answered(BEN, op="reverse", occurred_at="2020-01-01T00:00:00Z")
    assert world.post("/v1/activities", activity, key="ingest").status_code == 201


def test_a_key_speaks_only_for_its_platforms_and_kinds(world: World) -> None:
    narrow = {"name": "shop", "owner": "Root", "scopes": ["ingest"], "platforms": ["shop"], "kinds": ["purchase_made"]}
    key = world.post("/v1/keys", narrow).get_json()["key"]
    assert refusal(world.post("/v1/activities", world.answered(BEN), key=key)) == (403, "platform_not_allowed")
    on_shop = world.answered("shop::1", actor="shop::2")
    assert refusal(world.post("/v1/activities", on_shop, key=key)) == (403, "kind_not_allowed")
    purchase = {**on_shop, "kind": "purchase_made", "beneficiary": None}
    assert world.post("/v1/activities", purchase, key=key).status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"beneficiary": "author_of:telegram::-100:7"}, "/beneficiary"),
        ({"declares": "author_of:telegram::-100:7"}, "/declares"),
        ({"activity_key": "telegram:message:-100:7"}, "/activity_key"),
        ({"platform": "telegram"}, "/platform"),
    ],
)
def test_a_narrow_key_takes_nothing_from_another_platforms_people(world: World, changes: Any, pointer: str) -> None:
    narrow = {"name": "shop", "owner": "Root", "scopes": ["ingest"], "platforms": ["shop"]}
    key = world.post("/v1/keys", narrow).get_json()["key"]
    refused = world.post("/v1/activities", world.answered("shop::1", actor="shop::2", **changes), key=key)
    assert (refusal(refused), pointers(refused)) == ((403, "platform_not_allowed"), {pointer})


def test_a_batch_takes_no_dry_run_and_says_so(world: World) -> None:
    refused = world.post("/v1/activities/batch?dry_run=true", {"activities": [world.answered(BEN)]}, key="ingest")
    assert (refusal(refused), pointers(refused)) == ((422, "invalid"), {"/dry_run"})
    assert world.get(f"/v1/members/{BEN}").status_code == 404


def test_nobody_speaks_for_setia_itself(world: World) -> None:
    answer = world.post("/v1/activities", world.answered("setia::mem_1"), key="admin")
    assert refusal(answer) == (403, "platform_not_allowed")


def test_only_who_said_it_takes_it_back(world: World) -> None:
    said = world.post("/v1/activities", world.answered(BEN), key="ingest").get_json()
    path = f"/v1/activities/{said['activity']['id']}/retract"
    other = world.post("/v1/keys", {"name": "b", "owner": "Ben", "scopes": ["ingest"]}).get_json()["key"]
    why = {"by": "author", "reason": "a mistake"}
    assert refusal(world.post(path, why, key=other)) == (403, "not_yours")
    taken = world.post(path, why, key="ingest")
    assert taken.status_code == 200
    assert taken.get_json()["undone_by"] == "author"
    assert world.balance(BEN)["balance"] == 0


def test_a_moderators_void_holds_until_it_is_lifted(world: World) -> None:
    activity = world.answered(BEN)
    path = "/v1/activities/" + world.post("/v1/activities", activity, key="ingest").get_json()["activity"]["id"]
    assert world.post(f"{path}/void", {"reason": "spam"}).get_json()["undone_by"] == "moderator"
    world.post("/v1/activities", {**activity, "state_version": 7}, key="ingest")
    assert world.balance(BEN)["balance"] == 0
    world.post(f"{path}/lift", {"reason": "it was none"})
    assert world.balance(BEN)["balance"] == 10


def test_reading_explains_what_was_refused(world: World) -> None:
    world.earn(BEN, 5)
    sixth = world.post("/v1/activities", world.answered(BEN, occurred_at=instant()), key="ingest").get_json()
    path = f"/v1/activities/{sixth['activity']['id']}"
    assert world.get(path, key="read").get_json()["decisions"] == []
    (refused,) = world.get(f"{path}?explain=true", key="read").get_json()["decisions"]
    assert (refused["code"], refused["at"]) == ("limit_reached", "/limits/0")
    assert "5 times a day" in refused["sentence"]


def test_what_a_count_reached_is_booked_for_the_activity_that_reached_it(world: World) -> None:
    world.publish(
        {
            "rules": [
                {
                    "key": "pairs",
                    "on": "answer_accepted",
                    "earns": "beneficiary",
                    "count": {"every": 2},
                    "gives": {"points": 7},
                }
            ]
        }
    )
    first = world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-60)), key="ingest").get_json()
    second = world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-30)), key="ingest").get_json()
    assert world.get(f"/v1/activities/{first['activity']['id']}").get_json()["entries"] == []
    path = f"/v1/activities/{second['activity']['id']}"
    read = world.get(path).get_json()
    assert [entry["change"] for entry in read["entries"]] == [7]
    assert [one["effects"] for one in read["decisions"]] == [[{"points": 7, "currency": "points"}]]
    taken = world.post(f"{path}/retract", {"by": "author", "reason": "a mistake"}, key="ingest").get_json()
    assert [entry["change"] for entry in taken["entries"]] == [7, -7]


def test_another_communitys_activity_is_not_there(world: World, noise: World) -> None:
    theirs = noise.post("/v1/activities", noise.answered(BEN), key="ingest").get_json()["activity"]["id"]
    assert refusal(world.get(f"/v1/activities/{theirs}")) == (404, "activity_not_found")
    for action in ("retract", "void", "lift"):
        answer = world.post(
            f"/v1/activities/{theirs}/{action}",
            {"by": "author", "reason": "x"} if action == "retract" else {"reason": "x"},
        )
        assert refusal(answer) == (404, "activity_not_found")


def test_a_batch_takes_the_good_and_names_the_bad(world: World) -> None:
    known = world.answered(BEN)
    world.post("/v1/activities", known, key="ingest")
    items = [world.answered(BEN), known, world.answered(BEN, kind="nope"), 5, world.answered("mem_" + "0" * 26)]
    answer = world.post("/v1/activities/batch", {"activities": items}, key="ingest")
    assert answer.status_code == 207
    results = answer.get_json()["results"]
    assert [one["status"] for one in results] == [201, 200, 422, 422, 422]
    assert results[2]["body"]["errors"][0]["pointer"] == "/kind"
    assert world.balance(BEN)["balance"] == 20


def test_a_batch_may_be_a_plain_array_and_is_safe_to_repeat(world: World) -> None:
    items = [world.answered(BEN) for _ in range(3)]
    first = world.post("/v1/activities/batch", items, key="ingest").get_json()["results"]
    again = world.post("/v1/activities/batch", items, key="ingest").get_json()["results"]
    assert [one["status"] for one in first] == [201] * 3
    assert [one["status"] for one in again] == [200] * 3
    assert world.balance(BEN)["balance"] == 30


@pytest.mark.parametrize("body", [[], {"activities": []}, {}, {"activities": {}}, {"activities": [{}], "x": 1}, "x", 5])
def test_what_is_no_batch_is_refused_whole(world: World, body: object) -> None:
    answer = world.call("POST", "/v1/activities/batch", key="ingest", json=body)
    assert refusal(answer) == (422, "invalid")


def test_a_batch_has_at_most_a_thousand(world: World) -> None:
    answer = world.post("/v1/activities/batch", [{}] * 1001, key="ingest")
    assert refusal(answer) == (422, "invalid")


def test_an_old_amendment_needs_something_to_amend(world: World) -> None:
    amended = world.answered(BEN, op="amend", state_version=1, occurred_at="2020-01-01T00:00:00Z")
    refused = world.post("/v1/activities", amended, key="ingest")
    assert (refusal(refused), pointers(refused)) == ((422, "invalid_activity"), {"/occurred_at"})
    results = world.post("/v1/activities/batch", [amended, world.answered(BEN)], key="ingest").get_json()["results"]
    assert [one["status"] for one in results] == [422, 201]
    known = world.answered(BEN)
    world.post("/v1/activities", known, key="ingest")
    again = known | {"op": "amend", "state_version": 1, "occurred_at": "2020-01-01T00:00:00Z"}
    assert world.post("/v1/activities", again, key="ingest").status_code == 201


def test_only_a_streak_that_runs_and_was_extended_is_told(world: World) -> None:
    rules = [
        {"key": key, "on": kind, "earns": who, "streak": {"days": 7}, "gives": {"points": 1}}
        for key, kind, who in (("helping", "answer_accepted", "beneficiary"), ("posting", "post_created", "actor"))
    ]
    world.publish({"rules": rules})

    def streaks(activity: dict[str, Any]) -> list[Any]:
        told = world.post("/v1/activities", activity, key="ingest").get_json()["consequences"].values()
        return [streak for one in told for streak in one["streaks"]]

    asker = "discourse:forum.example.org:asker"
    week = 7 * 86_400
    assert streaks(world.answered(asker, actor=BEN, occurred_at=instant(-week))) == []
    assert streaks(world.answered(asker, actor=BEN, occurred_at=instant(-30))) == [{"rule": "helping", "days": 1}]
    post = {"kind": "post_created", "activity_key": "post:1", "occurred_at": instant(-20), "actor": asker}
    assert streaks(post) == [{"rule": "posting", "days": 1}]
    assert streaks(world.answered(asker, actor=BEN, occurred_at=instant(-10))) == []
