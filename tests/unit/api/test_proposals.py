"""Proposals: what one person asks to publish, to take back or to make easier, and another one approves or rejects."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from loyalty import keys
from loyalty.db import db, transact
from tests.draining import drain_all
from tests.http import World, refusal
from tests.unit.api.test_publications import lines, points, revert


@pytest.fixture
def other(app: Flask, world: World) -> str:
    """A key that somebody else answers for."""
    pepper = app.extensions["setia"].derive("keys")
    grant = keys.Grant(("admin",))
    with app.app_context():
        issued = transact(
            db.session(),
            lambda session: keys.issue(session, pepper, world.id, grant, name="b", owner="Ben", by="tests").text,
        )
        db.session.remove()
    world.put("/v1/community", {"name": "G", "publishing": {"approvals": 2}})
    return issued


def test_what_one_proposed_another_puts_in_force_as_it_was(world: World, other: str) -> None:
    world.put("/v1/rulebook/draft", points(10))
    proposed = world.post("/v1/rulebook/publications", {"mode": "retroactive", "note": "ten"})
    assert (proposed.status_code, proposed.get_json()["state"]) == (202, "proposed")
    assert world.get("/v1/rulebook").get_json()["version"] is None
    assert [row["id"] for row in world.get("/v1/rulebook/proposals").get_json()["data"]] == [proposed.get_json()["id"]]
    world.put("/v1/rulebook/draft", points(99))

    path = f"/v1/rulebook/publications/{proposed.get_json()['id']}"
    assert refusal(world.post(f"{path}/approve")) == (403, "same_person")
    approved = world.post(f"{path}/approve", key=other)
    listed, read = world.get("/v1/rulebook/publications").get_json()["data"][0], world.get(path).get_json()
    for shown in (approved.get_json(), read, listed):
        assert shown["proposed_by"] == proposed.get_json()["proposed_by"] == shown["published_by"]
        assert shown["decided_by"] not in (None, shown["proposed_by"])
    assert (approved.status_code, approved.get_json()["id"]) == (201, proposed.get_json()["id"])
    assert world.get("/v1/rulebook").get_json()["document"] == points(10)
    assert refusal(world.post(f"{path}/approve", key=other)) == (409, "already_decided")
    actions = [
        line["action"] for line in world.get(f"/v1/audit?subject={approved.get_json()['id']}").get_json()["data"]
    ]
    assert actions == ["publication.published", "publication.approved", "publication.proposed"]


def test_what_is_turned_down_never_counts(world: World, other: str) -> None:
    world.put("/v1/rulebook/draft", points(10))
    proposed = world.post("/v1/rulebook/publications", {"mode": "retroactive"}).get_json()
    path = f"/v1/rulebook/publications/{proposed['id']}"
    assert world.post(f"{path}/reject", {"note": "no"}, key=other).get_json()["state"] == "rejected"
    assert refusal(world.post(f"{path}/approve", key=other)) == (409, "already_decided")
    assert world.get("/v1/rulebook/proposals").get_json()["data"] == []
    assert world.get(path).get_json()["state"] == "rejected"


def test_to_take_back_takes_two_as_well_as_to_put_that_in_force_again(app: Flask, world: World, other: str) -> None:
    ada = world.enrol("ada")
    world.earn(ada)
    first = agreed(world, other, proposed(world, points(10)))
    drain_all(app)
    undoing = revert(world, first, note="too many")
    assert (undoing.status_code, undoing.get_json()["state"]) == (202, "proposed")
    assert (undoing.get_json()["mode"], undoing.get_json()["reverts"]) == ("revert", first["id"])
    drain_all(app)
    assert world.balance(ada)["balance"] == 10

    undone = agreed(world, other, undoing.get_json())
    assert (undone["state"], undone["mode"], undone["reverts"]) == ("published", "revert", first["id"])
    drain_all(app)
    assert sum(line["change"] for line in lines(world, ada)) == 0
    again = revert(world, undone)
    assert again.status_code == 202
    agreed(world, other, again.get_json())
    drain_all(app)
    assert world.balance(ada)["balance"] == 10


def test_what_cannot_be_taken_back_any_more_is_not_proposed_and_not_approved(world: World, other: str) -> None:
    first = agreed(world, other, proposed(world, points(10)))
    one_of, other_of = (revert(world, first).get_json() for _ in range(2))
    agreed(world, other, one_of)
    assert refusal(revert(world, first)) == (409, "already_reverted")
    path = f"/v1/rulebook/publications/{other_of['id']}"
    assert refusal(world.post(f"{path}/approve", key=other)) == (409, "already_reverted")
    assert world.post(f"{path}/reject", {}).get_json()["state"] == "rejected"


def test_that_one_is_enough_takes_two(world: World, other: str) -> None:
    alone = {"name": "G", "publishing": {"approvals": 1}}
    assert refusal(world.put("/v1/community", alone)) == (409, "approval_needed")
    asked = world.post("/v1/rulebook/proposals", {"approvals": 1, "note": "Ben leaves"})
    assert (asked.status_code, asked.get_json()["mode"]) == (202, "approvals")
    assert world.get("/v1/community").get_json()["publishing"] == {"approvals": 2}
    path = f"/v1/rulebook/publications/{asked.get_json()['id']}"
    assert refusal(world.post(f"{path}/approve")) == (403, "same_person")

    twice = world.post("/v1/rulebook/proposals", {"approvals": 1}).get_json()
    assert agreed(world, other, asked.get_json())["state"] == "approved"
    assert world.get(path).get_json()["state"] == "approved"
    assert world.get("/v1/community").get_json()["publishing"] == {"approvals": 1}
    late = world.post(f"/v1/rulebook/publications/{twice['id']}/approve", key=other)
    assert refusal(late) == (409, "not_fewer")
    assert refusal(world.post("/v1/rulebook/proposals", {"approvals": 1})) == (409, "not_fewer")
    told = world.get(f"/v1/audit?subject={world.id}").get_json()["data"][0]
    assert (told["action"], told["before"], told["after"]) == (
        "community.changed",
        {"approvals": 2},
        {"approvals": 1},
    )
    actions = [line["action"] for line in world.get(f"/v1/audit?subject={asked.get_json()['id']}").get_json()["data"]]
    assert actions == ["approvals.approved", "approvals.proposed"]


def proposed(world: World, document: Any) -> dict[str, Any]:
    world.put("/v1/rulebook/draft", document)
    answer = world.post("/v1/rulebook/publications", {"mode": "retroactive"})
    assert answer.status_code == 202, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def agreed(world: World, other: str, proposal: dict[str, Any]) -> dict[str, Any]:
    answer = world.post(f"/v1/rulebook/publications/{proposal['id']}/approve", key=other)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_it_is_not_turned_off_by_leaving_it_out(world: World, other: str) -> None:
    changed = world.put("/v1/community", {"name": "H"}, key=other).get_json()
    assert changed["publishing"] == {"approvals": 2}
    assert world.put("/v1/community", {"name": "H", "publishing": {"approvals": 3}}).status_code == 422
