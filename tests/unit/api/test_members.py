"""Members: enrolled by any of their names, changed, linked to their accounts, and looked at by themselves alone."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.http import World, instant, pointers, refusal

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


def test_linking_brings_along_what_was_earned_and_unlinking_gives_it_back(world: World) -> None:
    world.earn(BEN, 2)
    world.enrol("ada")
    linked = world.put(f"/v1/members/ada/identities/{BEN}", {}, key="link")
    assert linked.get_json()["points"][0]["balance"] == 20
    world.delete(f"/v1/members/ada/identities/{BEN}", key="link")
    assert world.balance("ada")["balance"] == 0
    assert world.balance(BEN)["balance"] == 20


def test_an_account_of_another_member_is_taken_only_when_that_is_said(world: World) -> None:
    world.earn(BEN)
    ada, ben = world.enrol("ada"), world.put(f"/v1/members/{BEN}", {"name": "Ben"}).get_json()["id"]
    path = f"/v1/members/ada/identities/{BEN}"

    refused = world.put(path, {}, key="link")

    assert refusal(refused) == (409, "linked_to_another")
    assert ben in refused.get_json()["detail"]
    assert (world.balance("ada")["balance"], world.balance(ben)["balance"]) == (0, 10), "nothing moved"
    assert world.put(f"{path}?move=false", {}, key="link").status_code == 409
    assert world.put(f"{path}?move=true", {}, key="link").get_json()["id"] == ada
    assert world.put(path, {}, key="link").status_code == 200, "theirs already"
    assert world.get(f"/v1/members/{BEN}").get_json()["id"] == ada


def test_an_account_that_was_linked_stays_where_it_is(world: World) -> None:
    ada = world.enrol("ada")
    world.enrol("ben")
    assert world.put(f"/v1/members/ada/identities/{BEN}", {}, key="link").status_code == 200
    refused = world.put(f"/v1/members/ben/identities/{BEN}", {}, key="link")
    assert refusal(refused) == (409, "linked_to_another")
    assert ada in refused.get_json()["detail"]
    assert pointers(world.put(f"/v1/members/ben/identities/{BEN}?move=perhaps", {}, key="link")) == {"/move"}


@pytest.mark.parametrize("identity", ["discourse", "a:b", "a:b:c:d", ":b:c", "a:b:"])
def test_what_names_no_identity_is_refused(world: World, identity: str) -> None:
    world.enrol("ada")
    assert world.put(f"/v1/members/ada/identities/{identity}", {}).status_code == 422


def test_the_identity_that_setia_gave_a_member_is_nobodys_to_take(world: World) -> None:
    ada = world.enrol("ada")
    world.enrol("ben")
    for answer in (
        world.put(f"/v1/members/ben/identities/setia::{ada}", {}),
        world.delete(f"/v1/members/ada/identities/setia::{ada}"),
        world.put("/v1/members/setia::somebody", {}),
    ):
        assert refusal(answer) == (403, "platform_not_allowed")


def test_another_communitys_member_is_not_there(world: World, noise: World) -> None:
    theirs = noise.get("/v1/members/ada").get_json()["id"]
    for part in ("", "/balance", "/entries", "/badges", "/tier", "/streaks", "/activities", "/explain", "/redemptions"):
        assert refusal(world.get(f"/v1/members/{theirs}{part}")) == (404, "member_not_found"), part
    assert refusal(world.post(f"/v1/members/{theirs}/adjust", {"points": 1, "reason": "x"}))[0] == 404
    assert refusal(world.post(f"/v1/members/{theirs}/tokens", {}))[0] == 404
    assert refusal(world.put(f"/v1/members/{theirs}", {"name": "Mallory"}))[0] == 404
    assert refusal(world.put(f"/v1/members/{theirs}/identities/telegram::1", {}))[0] == 404


def test_a_standing_is_read_in_parts_that_agree(world: World) -> None:
    world.earn(BEN, 2)
    glance = world.get(f"/v1/members/{BEN}", key="read").get_json()
    assert glance["tier"] == world.get(f"/v1/members/{BEN}/tier").get_json()["tier"] == "helper"
    (held,) = world.get(f"/v1/members/{BEN}/badges").get_json()["data"]
    assert glance["badges"] == [{name: held[name] for name in ("badge", "level", "awarded_at")}]
    assert glance["points"] == world.get(f"/v1/members/{BEN}/balance").get_json()["data"]
    lines = world.get(f"/v1/members/{BEN}/entries").get_json()["data"]
    assert sum(line["change"] for line in lines) == glance["points"][0]["balance"]
    taken = world.get(f"/v1/members/{BEN}/activities").get_json()["data"]
    assert [one["parts"] for one in taken] == [["beneficiary"]] * 2


@pytest.mark.parametrize("part", ["entries", "activities"])
def test_pages_join_up_while_rows_arrive(world: World, part: str) -> None:
    world.earn(BEN, 5)
    whole = world.get(f"/v1/members/{BEN}/{part}").get_json()["data"]
    page = world.get(f"/v1/members/{BEN}/{part}?limit=2").get_json()
    found = page["data"]
    later = world.answered(BEN, occurred_at=instant(1))
    assert world.post("/v1/activities", later, key="ingest").status_code == 201
    assert world.post(f"/v1/members/{BEN}/adjust", {"points": 1, "reason": "between two pages"}).status_code == 201
    while page["next_cursor"]:
        page = world.get(f"/v1/members/{BEN}/{part}?limit=2&cursor={page['next_cursor']}").get_json()
        found += page["data"]
    assert found == whole


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=W10", "cursor=WyJhIl0"])
def test_a_page_that_is_none_is_refused(world: World, query: str) -> None:
    world.enrol("ada")
    assert refusal(world.get(f"/v1/members/ada/entries?{query}")) == (422, "invalid")


def test_explanations_say_why_why_not_and_what_next(world: World) -> None:
    noon = datetime.now(UTC).replace(hour=12) - timedelta(days=1)
    first, *_, sixth = (
        world.post("/v1/activities", world.answered(BEN, occurred_at=at.isoformat()), key="ingest").get_json()[
            "activity"
        ]
        for at in (noon + timedelta(seconds=number) for number in range(6))
    )
    english = world.get(f"/v1/members/{BEN}/explain?activity={first['id']}").get_json()
    assert english["why"][0]["sentence"].startswith("Helpful answer: +10 points")
    assert english["why_not"] == []
    malay = world.get(f"/v1/members/{BEN}/explain", headers={"Accept-Language": "ms-MY, en;q=0.5"}).get_json()
    assert (malay["activity"], malay["why"]) == (sixth["id"], [])
    (refused,) = malay["why_not"]
    assert (refused["rule"], refused["code"]) == ("helpful-answer", "limit_reached")
    assert refused["sentence"].startswith("Jawapan membantu: ")
    assert malay["next"] == []
    world.enrol("ada")
    assert [one["sentence"] for one in world.get("/v1/members/ada/explain").get_json()["next"]] == [
        "20 more points for Helper."
    ]


def test_a_member_whom_the_latest_activity_gave_nothing_is_told_what_comes_next(world: World) -> None:
    world.earn(BEN)
    asker = "discourse:forum.example.org:asker"
    for asked in ("", "?activity=" + world.get(f"/v1/members/{BEN}/activities").get_json()["data"][0]["id"]):
        token = world.post(f"/v1/members/{asker}/tokens", {}, key="tokens").get_json()["token"]
        answer = world.get(f"/v1/members/me/explain{asked}", key=token)
        assert (answer.status_code, answer.get_json()["why"], answer.get_json()["why_not"]) == (200, [], [])


def test_a_completed_challenge_is_shown_as_done(world: World) -> None:
    steps = [{"key": "solve", "on": "answer_accepted"}, {"key": "ask", "on": "question_asked"}]
    welcome = {"key": "welcome", "name": {"en": "Welcome"}, "earns": "actor", "gives": {"points": 1}}
    rules = [
        {**welcome, "challenge": {"steps": steps}},
        {**welcome, "key": "again", "challenge": {"steps": steps, "repeats": True}},
        {**welcome, "key": "secret", "tells": "private", "challenge": {"steps": steps}},
    ]
    world.publish({"rules": rules})
    ada = world.enrol("ada")

    def shown() -> list[tuple[Any, ...]]:
        listed = world.get("/v1/members/ada/challenges").get_json()["data"]
        return [(one["rule"], one["done"], one["have"], one["need"], len(one["steps"])) for one in listed]

    def do(kind: str) -> None:
        said = {"kind": kind, "activity_key": kind, "occurred_at": instant(-60), "actor": ada}
        assert world.post("/v1/activities", said, key="ingest").status_code == 201

    do("answer_accepted")
    assert shown() == [("welcome", False, 1, 2, 1), ("again", False, 1, 2, 1)]
    do("question_asked")
    assert shown() == [("welcome", True, 2, 2, 0), ("again", False, 0, 2, 2)]
    told = world.get("/v1/members/ada/challenges", headers={"Accept-Language": "ms"}).get_json()["data"]
    assert told[0]["sentence"] == "“Welcome” telah diselesaikan."
    coming = world.get("/v1/members/ada/explain").get_json()["next"]
    assert [one.get("rule") for one in coming] == ["again"], "what is done is nothing that comes"


def test_a_streak_stands_until_a_new_zone_begins(world: World) -> None:
    world.put("/v1/community", {"name": "G", "zone": "UTC"})
    rule = {
        "key": "daily",
        "on": "answer_accepted",
        "earns": "beneficiary",
        "streak": {"days": 7},
        "gives": {"points": 1},
    }
    world.publish({"rules": [rule]})
    yesterday = datetime.now(UTC).replace(hour=12) - timedelta(days=1)
    said = world.answered(BEN, occurred_at=yesterday.isoformat())
    assert world.post("/v1/activities", said, key="ingest").status_code == 201
    with time_machine.travel(yesterday + timedelta(days=1, hours=3)):
        # On Kiritimati it is two days after what happened already; here it is the day after until midnight.
        assert world.put("/v1/community", {"name": "G", "zone": "Pacific/Kiritimati"}).status_code == 200
        assert world.get(f"/v1/members/{BEN}/streaks").get_json()["data"] == [{"rule": "daily", "days": 1}]
    with time_machine.travel(yesterday + timedelta(days=1, hours=13)):
        assert world.get(f"/v1/members/{BEN}/streaks").get_json()["data"] == [{"rule": "daily", "days": 0}]


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


def test_points_and_badges_are_given_by_hand_and_taken_back(world: World) -> None:
    world.enrol("ada")
    given = world.post("/v1/members/ada/adjust", {"points": 25, "reason": "for the garden party"}).get_json()
    assert world.balance("ada")["available"] == 25
    world.post("/v1/members/ada/awards", {"badge": "first-helper", "reason": "seen by all"})
    assert [one["badge"] for one in world.get("/v1/members/ada/badges").get_json()["data"]] == ["first-helper"]
    world.post(f"/v1/activities/{given['activity']}/retract", {"by": "moderator", "reason": "twice"})
    assert world.balance("ada")["available"] == 0


@pytest.mark.parametrize(
    ("what", "body", "pointer"),
    [
        ("adjust", {"points": 0, "reason": "x"}, "/points"),
        ("adjust", {"points": 1.5, "reason": "x"}, "/points"),
        ("adjust", {"points": 10**10, "reason": "x"}, "/points"),
        ("adjust", {"points": 5}, "/reason"),
        ("adjust", {"points": 5, "reason": "x", "currency": "pionts"}, "/currency"),
        ("awards", {"badge": "first-helpr", "reason": "x"}, "/badge"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(world: World, what: str, body: Any, pointer: str) -> None:
    world.enrol("ada")
    answer = world.post(f"/v1/members/ada/{what}", body)
    assert answer.status_code == 422
    assert pointer in pointers(answer)


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


def test_twenty_who_spend_at_once_spend_what_there_is(world: World) -> None:
    world.enrol("ada")
    world.post("/v1/members/ada/adjust", {"points": 50, "reason": "to spend"})
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 10})
    start = threading.Barrier(20)
    answers: list[int] = []

    def spend() -> None:
        start.wait()
        headers = {"Authorization": f"Bearer {world.keys['tokens']}"}
        wish = {"member": "ada", "reward": "mug"}
        answers.append(world.app.test_client().post("/v1/redemptions", json=wish, headers=headers).status_code)

    threads = [threading.Thread(target=spend) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [201] * 5 + [409] * 15
    assert [world.balance("ada")[name] for name in ("available", "held")] == [0, 50]
