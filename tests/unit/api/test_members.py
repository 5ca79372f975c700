"""Members: enrolled by any of their names, changed, linked to their accounts, and looked at by themselves alone."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.http import World, pointers, refusal

BEN = "discourse:forum.example.org:8141"


@pytest.fixture(autouse=True)
def _published(world: World) -> None:
    world.publish()


def _token(world: World, member: str, **body: Any) -> str:
    token: str = world.post(f"/v1/members/{member}/tokens", body, key="tokens").get_json()["token"]
    return token


def test_a_member_is_enrolled_once_and_found_by_every_name(world: World) -> None:
    made = world.put("/v1/members/external:ada", {"name": "Ada", "groups": ["founders"]}, key="link")
    assert made.status_code == 201
    member = made.get_json()["id"]
    again = world.put("/v1/members/ada", {"language": "ms"}, key="link")
    assert (again.status_code, again.get_json()["id"], again.get_json()["name"]) == (200, member, "Ada")
    assert world.put(f"/v1/members/ada/identities/{BEN}", {}, key="link").status_code == 200
    for name in (member, "ada", "external:ada", BEN):
        assert world.get(f"/v1/members/{name}", key="read").get_json()["id"] == member


def test_a_platforms_account_can_be_enrolled(world: World) -> None:
    made = world.put("/v1/members/telegram::77", {"name": "Ben"}, key="link")
    assert made.status_code == 201
    assert made.get_json()["identities"][0]["address"] == "telegram::77"


def test_parts_of_an_address_are_percent_encoded(world: World) -> None:
    made = world.put("/v1/members/forum:localhost%253A8080:a%252Fb", {}, key="link").get_json()
    assert made["identities"] == [
        {
            "address": "forum:localhost%3A8080:a%2Fb",
            "platform": "forum",
            "scope": "localhost:8080",
            "id": "a/b",
            "handle": None,
        }
    ]


@pytest.mark.parametrize("slash", ["%2F", "%252F"])
def test_a_slash_may_be_in_any_part_of_an_address_in_any_path(world: World, slash: str) -> None:
    address = f"forum:forum.example.org{slash}club:team{slash}7"
    made = world.put(f"/v1/members/{address}", {"name": "Ada"}, key="link")
    assert made.status_code == 201
    (identity,) = made.get_json()["identities"]
    assert (identity["scope"], identity["id"]) == ("forum.example.org/club", "team/7")
    member = made.get_json()["id"]
    for part in ("", "/balance", "/entries", "/badges", "/tier", "/streaks", "/activities", "/explain", "/redemptions"):
        assert world.get(f"/v1/members/{address}{part}").status_code == 200, part
    assert world.post(f"/v1/members/{address}/adjust", {"points": 3, "reason": "hello"}).status_code == 201
    assert world.post(f"/v1/members/{address}/tokens", {}, key="tokens").get_json()["member"] == member
    assert world.put(f"/v1/members/{address}/preferences", {"pseudonym": "A"}, key="link").status_code == 200
    linked = world.put(f"/v1/members/{address}/identities/chat::x{slash}y", {}, key="link").get_json()
    assert [one["id"] for one in linked["identities"]] == ["x/y", "team/7"]
    assert world.get(f"/v1/members/chat::x{slash}y").get_json()["id"] == member
    assert world.delete(f"/v1/members/{address}/identities/chat::x{slash}y", key="link").status_code == 200
    assert refusal(world.get(f"/v1/members/chat::x{slash}y")) == (404, "member_not_found")


def test_an_id_that_ends_like_a_resource_is_named_by_encoding_the_whole_address(world: World) -> None:
    member = world.put("/v1/members/chat::x%252Fbalance", {}, key="link").get_json()["id"]
    assert world.get("/v1/members/chat%3A%3Ax%252Fbalance").get_json()["id"] == member
    assert refusal(world.get("/v1/members/chat::x%2Fbalance")) == (404, "member_not_found")


def test_what_is_no_address_still_has_no_slash(world: World) -> None:
    world.enrol("ada")
    assert refusal(world.get("/v1/members/ada/nothing")) == (404, "not_found")
    assert refusal(world.put("/v1/members/ada/preferencs", {})) == (404, "not_found")


@pytest.mark.parametrize("name", ["mem_00000000000000000000000000", "mem_x"])
def test_our_own_ids_are_not_for_enrolling(world: World, name: str) -> None:
    assert refusal(world.put(f"/v1/members/{name}", {}, key="link")) == (404, "member_not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "boss"}, "/role"),
        ({"language": "xx"}, "/language"),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"groups": [5]}, "/groups/0"),
        ({"attributes": {"deep": {}}}, "/attributes/deep"),
        ({"nmae": "Ada"}, "/nmae"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(world: World, body: Any, pointer: str) -> None:
    answer = world.put("/v1/members/ada", body, key="link")
    assert answer.status_code == 422
    assert pointer in pointers(answer)
    assert world.get("/v1/members/ada").status_code == 404


def test_the_app_names_somebody_who_came_through_a_platform(world: World) -> None:
    ben = world.enrol("ben")
    came = world.put("/v1/members/telegram::77", {"name": "Cleo"}).get_json()["id"]
    named = world.put("/v1/members/telegram::77", {"external_id": "cleo"}, key="link")
    assert (named.status_code, named.get_json()["id"], named.get_json()["external_id"]) == (200, came, "cleo")
    assert world.get("/v1/members/cleo").get_json()["id"] == came
    assert world.put("/v1/members/cleo", {"external_id": "cleo"}).status_code == 200
    assert refusal(world.put("/v1/members/cleo", {"external_id": "ben"})) == (409, "external_id_taken")
    assert world.get("/v1/members/ben").get_json()["id"] == ben


def test_a_members_zone_stays_a_while_like_the_communitys(world: World) -> None:
    assert world.put("/v1/members/ada", {"zone": "Asia/Tokyo"}).status_code == 201
    assert refusal(world.put("/v1/members/ada", {"zone": "Asia/Seoul"})) == (409, "zone_changed_lately")
    unknown = world.put("/v1/members/ada", {"zone": "Asia/Tokio"})
    assert refusal(unknown) == (422, "unknown_zone")
    assert "Asia/Tokyo" in unknown.get_json()["errors"][0]["detail"]


def test_staff_earn_nothing(world: World) -> None:
    world.put("/v1/members/root", {"role": "staff"})
    member = world.get("/v1/members/root").get_json()["id"]
    said = world.post("/v1/activities", world.answered(member), key="ingest").get_json()
    assert [decision["code"] for decision in said["decisions"]] == ["staff"]
    assert world.balance("root")["lifetime"] == 0


@pytest.mark.parametrize("name", ["", "a" * 201, "a%2500b"])
def test_an_apps_own_id_is_one_that_a_member_can_have(world: World, name: str) -> None:
    assert refusal(world.put(f"/v1/members/external:{name}", {}, key="link")) == (422, "invalid_external_id")
    assert refusal(world.get(f"/v1/members/external:{name}")) == (422, "invalid_external_id")


def test_another_communitys_member_is_not_there(world: World, noise: World) -> None:
    theirs = noise.get("/v1/members/ada").get_json()["id"]
    for part in ("", "/balance", "/entries", "/badges", "/tier", "/streaks", "/activities", "/explain", "/redemptions"):
        assert refusal(world.get(f"/v1/members/{theirs}{part}")) == (404, "member_not_found"), part
    assert refusal(world.post(f"/v1/members/{theirs}/adjust", {"points": 1, "reason": "x"}))[0] == 404
    assert refusal(world.post(f"/v1/members/{theirs}/tokens", {}))[0] == 404
    assert refusal(world.put(f"/v1/members/{theirs}", {"name": "Mallory"}))[0] == 404
    assert refusal(world.put(f"/v1/members/{theirs}/identities/telegram::1", {}))[0] == 404


def test_a_member_token_reads_and_acts_for_its_member_alone(world: World) -> None:
    world.earn(BEN)
    world.enrol("ada")
    token = _token(world, BEN)
    assert world.get("/v1/members/me", key=token).get_json()["points"][0]["balance"] == 10
    assert world.get(f"/v1/members/{BEN}", key=token).status_code == 200
    for somebody in ("ada", "nobody", "telegram::1"):
        assert refusal(world.get(f"/v1/members/{somebody}", key=token)) == (403, "not_yours")
    chosen = world.put("/v1/members/me/preferences", {"pseudonym": "Zed", "on_boards": False}, key=token).get_json()
    assert (chosen["pseudonym"], chosen["on_boards"]) == ("Zed", False)
    assert world.put("/v1/members/me/preferences", {"pseudonym": None}, key=token).get_json()["pseudonym"] is None


def test_a_member_token_ends(world: World) -> None:
    world.enrol("ada")
    token = _token(world, "ada", seconds=60)
    with time_machine.travel(time.time() + 61, tick=True):
        assert refusal(world.get("/v1/members/me", key=token)) == (401, "token_expired")
    assert world.post("/v1/members/ada/tokens", {"seconds": 3600}).status_code == 422


def test_only_our_own_tokens_open(world: World, noise: World) -> None:
    world.enrol("ada")
    settings = world.app.extensions["setia"]
    claims = jwt.decode(_token(world, "ada"), OctKey.import_key(settings.derive("tokens"))).claims
    key = OctKey.import_key(settings.derive("tokens"))
    forged = {
        "another secret": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(b"guessed" * 5)),
        "another algorithm": jwt.encode({"alg": "HS512"}, claims, key, algorithms=["HS512"]),
        "another community": jwt.encode({"alg": "HS256"}, {**claims, "aud": noise.id}, key),
        "another issuer": jwt.encode({"alg": "HS256"}, {**claims, "iss": "mallory"}, key),
        "without an end": jwt.encode({"alg": "HS256"}, {name: claims[name] for name in ("iss", "aud", "sub")}, key),
        "strange claims": jwt.encode({"alg": "HS256"}, {**claims, "exp": "soon", "aud": ["x"]}, key),
    }
    for what, token in forged.items():
        assert world.get("/v1/members/me", key=token).status_code == 401, what


def test_two_who_enrol_the_same_member_at_once_meet_one_member(world: World) -> None:
    """Real threads on the real database: whoever comes second finds the first one's row."""
    start = threading.Barrier(6)
    answers: list[tuple[int, str]] = []

    def enrol() -> None:
        start.wait()
        headers = {"Authorization": f"Bearer {world.keys['link']}"}
        answer = world.app.test_client().put("/v1/members/ada", json={"name": "Ada"}, headers=headers)
        answers.append((answer.status_code, answer.get_json().get("id", answer.get_data(as_text=True))))

    threads = [threading.Thread(target=enrol) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len({member for _, member in answers}) == 1, answers
    assert sorted(status for status, _ in answers) == [200] * 5 + [201]
