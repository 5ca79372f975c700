"""Publications through HTTP: put in force, walked, taken back, and on the audit log."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from loyalty import rulebook
from loyalty.db import db
from tests.draining import drain_all
from tests.http import RULEBOOK, World, instant, pointers, refusal

DISTANT = 2**53


def points(points: int) -> dict[str, Any]:
    return {**RULEBOOK, "rules": [{**RULEBOOK["rules"][0], "gives": [{"points": points}]}]}


def publish(world: World, document: Any, **how: Any) -> dict[str, Any]:
    world.put("/v1/rulebook/draft", document)
    answer = world.post("/v1/rulebook/publications", {"mode": "retroactive", **how})
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def one(world: World, publication: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"/v1/rulebook/publications/{publication['id']}").get_json()
    return found


def stands(world: World, member: str) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"/v1/members/{member}").get_json()
    return found


def lines(world: World, member: str, language: str = "en") -> list[dict[str, Any]]:
    answer = world.get(f"/v1/members/{member}/entries", headers={"Accept-Language": language})
    found: list[dict[str, Any]] = answer.get_json()["data"]
    return found


def revert(world: World, publication: dict[str, Any], **body: Any) -> Any:
    return world.post(f"/v1/rulebook/publications/{publication['id']}/revert", body)


class TestWalk:
    def test_its_progress_is_told_until_everybody_was_met(self, app: Flask, world: World) -> None:
        for name in ("ada", "ben", "cleo"):
            world.enrol(name)
        published = publish(world, points(10))
        assert (published["walk"]["state"], published["walk"]["done"]) == ("waiting", 0)
        drain_all(app)
        walk = one(world, published)["walk"]
        assert (walk["state"], walk["done"], walk["total"], walk["broken"]) == ("done", 3, 3, 0)
        assert world.get("/v1/rulebook/publications").get_json()["data"][0]["walk"]["state"] == "done"

    def test_one_that_is_still_to_begin_is_not_walked_yet(self, app: Flask, world: World) -> None:
        world.enrol("ada")
        published = publish(world, points(10), mode="from", **{"from": instant(3_600)})
        drain_all(app)
        assert one(world, published)["walk"]["state"] == "waiting"

    def test_nobody_is_walked_for_what_was_called_off_before_it_began(self, app: Flask, world: World) -> None:
        world.publish()
        world.enrol("ada")
        drain_all(app)
        coming = publish(world, points(20), mode="from", **{"from": instant(3_600)})
        undoing = revert(world, coming).get_json()
        assert undoing["walk"]["state"] == one(world, coming)["walk"]["state"] == "done"

        again = revert(world, undoing).get_json()
        assert (again["walk"]["state"], one(world, undoing)["walk"]["state"]) == ("waiting", "done")
        last = revert(world, coming).get_json()
        assert {one(world, row)["walk"]["state"] for row in (coming, undoing, again, last)} == {"done"}
        with app.app_context():
            book = rulebook.book(db.session(), world.id)
            assert (book.met_by(DISTANT), book.to_be_met_by(DISTANT)) == (5, 1)
            db.session.remove()


class TestRevert:
    def test_what_it_changed_is_changed_back_and_every_line_says_so(self, app: Flask, world: World) -> None:
        world.publish()
        ada = world.enrol("ada")
        world.earn(ada, times=2)
        second = publish(world, points(3))
        drain_all(app)
        assert world.balance(ada)["balance"] == 6
        undoing = revert(world, second, note="too few")
        assert undoing.status_code == 201
        assert (undoing.get_json()["mode"], undoing.get_json()["reverts"]) == ("revert", second["id"])
        drain_all(app)

        assert world.balance(ada)["balance"] == 20
        assert one(world, second)["state"] == "reverted"
        assert [(line["change"], line["publication"]) for line in lines(world, ada)[::-1]] == [
            *[(10, None), (-7, second["id"]), (7, undoing.get_json()["id"])] * 2
        ]

    def test_taking_it_back_twice_is_refused_and_taking_that_back_puts_it_in_force(
        self, app: Flask, world: World
    ) -> None:
        world.publish()
        ada = world.enrol("ada")
        world.earn(ada)
        second = publish(world, points(3))
        first_undoing = revert(world, second).get_json()
        assert refusal(revert(world, second)) == (409, "already_reverted")
        assert revert(world, first_undoing).status_code == 201
        assert refusal(revert(world, first_undoing)) == (409, "already_reverted")
        drain_all(app)
        assert world.balance(ada)["balance"] == 3
        assert revert(world, second).status_code == 201
        drain_all(app)
        assert world.balance(ada)["balance"] == 10

    def test_without_the_first_publication_nothing_is_in_force(self, app: Flask, world: World) -> None:
        first = publish(world, points(10))
        ada = world.enrol("ada")
        world.earn(ada)
        revert(world, first)
        drain_all(app)
        assert world.get("/v1/rulebook").get_json()["version"] is None
        assert sum(line["change"] for line in lines(world, ada)) == 0

    def test_a_move_to_another_zone_stays(self, world: World) -> None:
        world.publish()
        assert world.put("/v1/community", {"name": "G", "zone": "Asia/Tokyo"}).status_code == 200
        move = world.get("/v1/rulebook/publications").get_json()["data"][-1]
        assert refusal(revert(world, move)) == (409, "not_reversible")

    def test_what_is_not_there_or_anothers_is_not_found(self, world: World, noise: World) -> None:
        theirs = noise.get("/v1/rulebook/publications").get_json()["data"][0]
        for publication in (theirs, {"id": "pub_none"}):
            assert refusal(revert(world, publication)) == (404, "publication_not_found")
            assert refusal(world.get(f"/v1/rulebook/publications/{publication['id']}"))[0] == 404


@pytest.mark.parametrize(
    ("language", "said"), [("en", ", by the rulebook of "), ("ms", ", kerana buku peraturan ")], ids=["en", "ms"]
)
def test_a_line_says_by_which_rulebook_it_came_about(app: Flask, world: World, language: str, said: str) -> None:
    world.publish()
    ada = world.enrol("ada")
    world.earn(ada)
    publish(world, points(3))
    drain_all(app)
    latest, first = lines(world, ada, language)
    assert said in latest["sentence"]
    assert said not in first["sentence"]


def test_what_is_new_to_a_member_who_meets_a_publication_with_it_is_not_of_that_publication(world: World) -> None:
    world.publish()
    ada = world.enrol("ada")
    world.earn(ada)
    second = publish(world, points(3))
    world.earn(ada)  # nobody walked: she meets the publication with this
    assert sorted((line["change"], line["publication"]) for line in lines(world, ada) if line["publication"]) == [
        (-7, second["id"])
    ]
    assert sorted(line["change"] for line in lines(world, ada) if line["publication"] is None) == [3, 10]


class TestGainsOnly:
    def test_nobody_loses_by_it_and_reverting_takes_the_kept_back_as_well(self, app: Flask, world: World) -> None:
        world.publish()
        ada = world.enrol("ada")
        world.earn(ada, times=2)
        drain_all(app)
        before = stands(world, ada)
        assert (before["points"][0]["balance"], before["tier"]) == (20, "helper")

        second = publish(world, points(3), gains_only=True)
        drain_all(app)
        after = stands(world, ada)
        assert after["points"][0]["available"] == 20
        assert (after["badges"], after["tier"]) == (before["badges"], "helper")
        kept = next(line for line in lines(world, ada) if line["rule"] == "kept")
        assert (kept["change"], kept["publication"]) == (14, second["id"])
        assert kept["sentence"].startswith("Kept from before the new rules: +14 points, by the rulebook of ")

        world.earn(ada)
        assert stands(world, ada)["points"][0]["balance"] == 23, "it is worked out once"

        revert(world, second)
        drain_all(app)
        assert stands(world, ada)["points"][0]["balance"] == 30
        assert world.get("/v1/ledger/verify").get_json()["intact"]

    def test_what_was_kept_twice_counts_once(self, app: Flask, world: World) -> None:
        world.publish(points(10))
        ada = world.enrol("ada")
        world.earn(ada)
        world.earn(ada)
        balances = []
        published = []
        for amount in (4, 2, 20):
            published.append(publish(world, points(amount), gains_only=True))
            drain_all(app)
            balances.append(stands(world, ada)["points"][0]["balance"])
        assert balances == [20, 20, 40]
        revert(world, published[2])
        drain_all(app)
        assert stands(world, ada)["points"][0]["balance"] == 20
        revert(world, published[0])
        drain_all(app)
        assert stands(world, ada)["points"][0]["balance"] == 20, "the second one keeps all of it by itself"
        revert(world, published[1])
        drain_all(app)
        assert stands(world, ada)["points"][0]["balance"] == 20
        assert world.get("/v1/ledger/verify").get_json()["intact"]

    def test_who_would_not_lose_keeps_nothing(self, app: Flask, world: World) -> None:
        world.publish()
        ada = world.enrol("ada")
        world.earn(ada)
        publish(world, points(30), gains_only=True)
        drain_all(app)
        assert {line["rule"] for line in lines(world, ada)} == {"helpful-answer"}

    @pytest.mark.parametrize("mode", ["prospective", "from"])
    def test_it_means_nothing_for_what_is_to_come(self, world: World, mode: str) -> None:
        world.put("/v1/rulebook/draft", RULEBOOK)
        how = {"mode": mode} | ({"from": instant(3_600)} if mode == "from" else {})
        refused = world.post("/v1/rulebook/publications", {**how, "gains_only": True})
        assert (refusal(refused)[0], pointers(refused)) == (422, {"/gains_only"})


class TestSecondClick:
    @pytest.mark.parametrize("how", [{}, {"mode": "retroactive"}, {"mode": "from", "from": instant(3_600)}])
    def test_publishing_the_very_same_again_changes_nothing(self, world: World, how: dict[str, Any]) -> None:
        world.put("/v1/rulebook/draft", RULEBOOK)
        assert world.post("/v1/rulebook/publications", how).status_code == 201
        assert refusal(world.post("/v1/rulebook/publications", how)) == (409, "nothing_changed")
        assert [row["version"] for row in world.get("/v1/rulebook/versions").get_json()["data"]] == [1]

    def test_an_earlier_version_is_put_back_once(self, world: World) -> None:
        world.publish()
        world.publish({**RULEBOOK, "rules": []})
        assert world.post("/v1/rulebook/publications", {"version": 1}).status_code == 201
        assert refusal(world.post("/v1/rulebook/publications", {"version": 1})) == (409, "nothing_changed")
        world.put("/v1/community", {"name": "G", "publishing": {"approvals": 2}})
        assert refusal(world.post("/v1/rulebook/publications", {"version": 1})) == (409, "nothing_changed")
        assert world.get("/v1/rulebook/proposals").get_json()["data"] == []
        assert world.post("/v1/rulebook/publications", {"version": 2}).status_code == 202

    def test_what_reaches_further_back_or_was_taken_back_is_news(self, world: World) -> None:
        world.put("/v1/rulebook/draft", RULEBOOK)
        first = world.post("/v1/rulebook/publications", {}).get_json()
        second = world.post("/v1/rulebook/publications", {"mode": "retroactive"})
        assert second.status_code == 201
        assert world.post("/v1/rulebook/publications", {"mode": "retroactive", "gains_only": True}).status_code == 201
        for row in world.get("/v1/rulebook/publications").get_json()["data"]:
            assert revert(world, row).status_code == 201
        assert one(world, first)["state"] == "reverted"
        assert world.post("/v1/rulebook/publications", {}).status_code == 201

    def test_it_is_not_proposed_either(self, world: World) -> None:
        world.publish()
        world.put("/v1/community", {"name": "G", "publishing": {"approvals": 2}})
        assert refusal(world.post("/v1/rulebook/publications", {"mode": "retroactive"})) == (409, "nothing_changed")
        assert world.get("/v1/rulebook/proposals").get_json()["data"] == []


class TestAudit:
    def test_every_step_says_who_from_what_to_what_and_why(self, world: World) -> None:
        world.publish(points(10))
        world.put("/v1/rulebook/draft", points(12))
        second = world.post("/v1/rulebook/publications", {"mode": "retroactive", "note": "more"}).get_json()
        revert(world, second, note="less again")
        found = world.get("/v1/audit").get_json()["data"]
        undone, published, drafted, *_ = found
        assert (undone["action"], undone["subject"], undone["why"]) == (
            "publication.reverted",
            second["id"],
            "less again",
        )
        assert (published["before"]["version"], published["after"]["version"]) == (1, 2)
        assert drafted["before"] == {"rules/helpful-answer": points(10)["rules"][0]}
        assert drafted["after"] == {"rules/helpful-answer": points(12)["rules"][0]}
        assert {line["actor"] for line in (undone, published, drafted)} == {published["actor"]}
        assert published["actor"].startswith("key_")
