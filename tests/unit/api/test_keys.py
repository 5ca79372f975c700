"""Keys: shown once, rotated with overlap, revoked at once, and never of use in another community."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from sqlalchemy import text

from tests.http import World, refusal

READER = {"name": "App", "owner": "Ada", "scopes": ["read"]}


def test_a_key_is_shown_once_and_works(world: World) -> None:
    made = world.post("/v1/keys", READER).get_json()
    assert world.get("/v1/community", key=made["key"]).status_code == 200
    listed = world.get("/v1/keys").get_json()["data"]
    assert made["key"] not in str(listed)
    assert made["prefix"] in {key["prefix"] for key in listed}


def test_the_database_does_not_hold_it(world: World) -> None:
    key = world.post("/v1/keys", READER, headers={"Idempotency-Key": "k"}).get_json()["key"]
    from loyalty.db import db, reading

    with world.app.app_context():
        session = reading(db.session())
        stored = [
            str(row)
            for table in ("api_keys", "kept_answers")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        ]
    assert not [row for row in stored if key in row or key.rpartition("_")[2] in row]


def test_a_revoked_key_is_out_at_once(world: World) -> None:
    made = world.post("/v1/keys", READER).get_json()
    assert world.delete(f"/v1/keys/{made['id']}").get_json()["revoked_at"]
    assert refusal(world.get("/v1/community", key=made["key"])) == (401, "key_unknown")
    assert world.delete(f"/v1/keys/{made['id']}").status_code == 200


def test_a_rotated_key_works_on_for_a_while(world: World) -> None:
    old = world.post("/v1/keys", READER).get_json()
    new = world.post(f"/v1/keys/{old['id']}/rotate", {"overlap_hours": 2}).get_json()
    assert (new["replaces"], new["scopes"]) == (old["id"], old["scopes"])
    assert world.get("/v1/community", key=old["key"]).status_code == 200
    with time_machine.travel(_hours(3), tick=True):
        assert world.get("/v1/community", key=old["key"]).status_code == 401
        assert world.get("/v1/community", key=new["key"]).status_code == 200
        assert refusal(world.post(f"/v1/keys/{old['id']}/rotate", {})) == (409, "key_revoked")


def test_a_rotated_key_still_has_its_say_about_what_the_one_before_it_said(world: World) -> None:
    key = world.post("/v1/keys", {**READER, "scopes": ["ingest", "read"]}).get_json()
    activity = world.answered("discourse:forum.example.org:8141")
    said = world.post("/v1/activities", activity, key=key["key"]).get_json()["activity"]["id"]
    for _ in range(2):
        key = world.post(f"/v1/keys/{key['id']}/rotate", {"overlap_hours": 0}).get_json()
    assert world.post("/v1/activities", {**activity, "op": "reverse"}, key=key["key"]).status_code == 201
    retracted = world.post(f"/v1/activities/{said}/retract", {"by": "author", "reason": "Mine"}, key=key["key"])
    assert retracted.status_code == 200
    again = world.post("/v1/keys", {**READER, "scopes": ["ingest"]}).get_json()["key"]
    assert refusal(world.post("/v1/activities", {**activity, "op": "reverse", "state_version": 9}, key=again)) == (
        403,
        "not_yours",
    )


def test_a_request_repeated_with_the_rotated_key_is_done_once(world: World) -> None:
    world.enrol("ada")
    old = world.post("/v1/keys", {**READER, "scopes": ["admin"]}).get_json()
    new = world.post(f"/v1/keys/{old['id']}/rotate", {"overlap_hours": 2}).get_json()
    for key in (old["key"], new["key"]):
        given = world.post(
            "/v1/members/ada/adjust",
            {"points": 5, "reason": "Thanks"},
            key=key,
            headers={"Idempotency-Key": "one"},
        )
        assert given.status_code == 201
    assert world.balance("ada")["balance"] == 5


def test_the_last_admin_key_stays(world: World) -> None:
    (admin,) = [key for key in world.get("/v1/keys").get_json()["data"] if "admin" in key["scopes"]]
    assert refusal(world.delete(f"/v1/keys/{admin['id']}")) == (409, "last_admin_key")


def test_two_admins_who_revoke_each_other_at_once_leave_one(world: World) -> None:
    (first,) = [key for key in world.get("/v1/keys").get_json()["data"] if "admin" in key["scopes"]]
    second = world.post("/v1/keys", {**READER, "scopes": ["admin"]}).get_json()
    with ThreadPoolExecutor(2) as both:
        answers = both.map(
            lambda one: world.app.test_client().delete(
                f"/v1/keys/{one[0]}", headers={"Authorization": f"Bearer {one[1]}"}
            ),
            [(second["id"], world.keys["admin"]), (first["id"], second["key"])],
        )
        assert min(answer.status_code for answer in answers) == 200
    assert 200 in {world.get("/v1/keys", key=key).status_code for key in ("admin", second["key"])}


def test_another_communitys_key_is_not_there(world: World, noise: World) -> None:
    theirs = noise.post("/v1/keys", READER).get_json()["id"]
    assert refusal(world.delete(f"/v1/keys/{theirs}")) == (404, "key_not_found")
    assert refusal(world.post(f"/v1/keys/{theirs}/rotate", {})) == (404, "key_not_found")
    assert theirs not in str(world.get("/v1/keys").get_json())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**READER, "scopes": []},
        {**READER, "scopes": ["everything"]},
        {**READER, "platforms": ["shop"]},
        {**READER, "scopes": ["ingest"], "kinds": []},
        {**READER, "scopes": ["ingest"], "platforms": ["shop\n"]},
        {**READER, "owner": ""},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(world: World, body: object) -> None:
    assert refusal(world.post("/v1/keys", body)) == (422, "invalid")


def test_use_is_noted_to_the_hour(world: World) -> None:
    made = world.post("/v1/keys", READER).get_json()
    assert made["last_used_at"] is None
    world.get("/v1/community", key=made["key"])
    used = _last_use(world, made["id"])
    assert used is not None
    world.get("/v1/community", key=made["key"])
    assert _last_use(world, made["id"]) == used


def _last_use(world: World, key_id: str) -> str | None:
    found: str | None = next(key for key in world.get("/v1/keys").get_json()["data"] if key["id"] == key_id)[
        "last_used_at"
    ]
    return found


def _hours(count: float) -> float:
    import time

    return time.time() + count * 3600
