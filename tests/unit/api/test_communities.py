"""Many communities in one service: made with the operator's key, strangers to each other from the first moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from api.app import create_app
from tests.databases import Database
from tests.http import World, pointers, refusal

NEW = {"key": "orchard", "name": "Orchard", "zone": "Asia/Kuala_Lumpur"}


def test_a_new_community_has_keys_that_open_it_and_nothing_else(world: World) -> None:
    world.enrol("ada")
    answer = world.post("/v1/communities", NEW, key="operator")
    assert answer.status_code == 201
    made = answer.get_json()
    assert set(made["keys"]) == {"admin", "ingest", "read"}
    for word, key in made["keys"].items():
        answer = world.get("/v1/community", key=key)
        assert answer.status_code == (403 if word == "ingest" else 200)
    seen = world.get("/v1/community", key=made["keys"]["read"]).get_json()
    assert {name: seen[name] for name in ("id", *NEW)} == {"id": made["id"], **NEW}
    assert refusal(world.get("/v1/members/ada", key=made["keys"]["admin"])) == (404, "member_not_found")


def test_a_key_names_one_community(world: World) -> None:
    assert world.post("/v1/communities", NEW, key="operator").status_code == 201
    assert refusal(world.post("/v1/communities", NEW, key="operator")) == (409, "community_exists")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"key": "Not A Key"}, "/key"), ({"zone": "Mars/Olympus"}, "/zone"), ({"name": ""}, "/name")],
)
def test_a_community_that_makes_no_sense_is_refused(world: World, change: dict[str, str], pointer: str) -> None:
    answer = world.post("/v1/communities", {**NEW, **change}, key="operator")
    assert answer.status_code == 422
    assert pointers(answer) == {pointer}


def test_no_communitys_key_makes_another_one(world: World) -> None:
    assert refusal(world.post("/v1/communities", NEW, key="admin")) == (403, "scope_missing")
    made_up = world.keys["operator"][:-1] + "?"
    assert refusal(world.post("/v1/communities", NEW, key=made_up)) == (401, "token_invalid")
    assert refusal(world.post("/v1/communities", NEW, key="\u00e9")) == (401, "token_invalid")


def test_the_operators_key_opens_no_community(world: World) -> None:
    assert refusal(world.get("/v1/community", key="operator")) == (403, "operator_key_not_enough")


def test_without_an_operators_key_nobody_makes_communities_over_http(world: World, database: Database) -> None:
    app: Flask = create_app(replace(database.settings("redis://127.0.0.1:1"), operator_key=None))
    for text in (world.keys["admin"], world.keys["operator"], "None", ""):
        answer = app.test_client().post("/v1/communities", json=NEW, headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == (403 if text else 401), text
    assert answer.get_json()["code"] == "credentials_missing"
