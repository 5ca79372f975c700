"""The community, its kinds, its boards, its sources, and the pages that anybody may see."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.http import World, pointers, refusal

BEN = "discourse:forum.example.org:8141"


def test_an_admin_changes_the_community_and_everyone_reads_it(world: World) -> None:
    seen = world.get("/v1/community", key="read")
    body = {"name": "Garden", "purpose": "To grow", "colours": {"primary": "#0b7a75"}, "languages": ["ms", "en"]}
    changed = world.put("/v1/community", body, headers={"If-Match": seen.headers["ETag"]}).get_json()
    assert (changed["purpose"], changed["revision"]) == ("To grow", 2)
    assert (
        refusal(world.put("/v1/community", body | {"name": "X"}, headers={"If-Match": seen.headers["ETag"]}))[0] == 412
    )


@pytest.mark.parametrize("purpose", [{}, {"fr": "Pousser"}, {"en": 1}, ["a"], None, 1, "x" * 2001, {"ms": "x" * 2001}])
def test_what_a_community_says_of_itself_is_text_in_languages_that_we_have(world: World, purpose: object) -> None:
    refused = world.put("/v1/community", {"name": "Garden", "purpose": purpose})
    assert refusal(refused) == (422, "invalid")
    assert pointers(refused) == {"/purpose"}


@pytest.mark.parametrize("colour", ["red", "#0b7a7", "#0b7a75ff", "#0b7a75\n"])
def test_a_colour_is_six_digits_and_nothing_more(world: World, colour: str) -> None:
    refused = world.put("/v1/community", {"name": "Garden", "colours": {"primary": colour}})
    assert refusal(refused) == (422, "invalid")
    assert pointers(refused) == {"/colours/primary"}


def test_a_new_zone_begins_at_the_next_midnight_and_stays_a_while(world: World) -> None:
    world.publish()
    assert world.put("/v1/community", {"name": "G", "zone": "Asia/Kuala_Lumpur"}).status_code == 200
    last = world.get("/v1/rulebook/publications").get_json()["data"][-1]
    assert (last["zone"], last["effective_from"][11:]) == ("Asia/Kuala_Lumpur", "00:00:00Z")
    assert refusal(world.put("/v1/community", {"name": "G", "zone": "Asia/Tokyo"})) == (409, "zone_changed_lately")
    assert refusal(world.put("/v1/community", {"name": "G", "zone": "Asia/Kl"})) == (422, "unknown_zone")


def test_a_declared_kind_can_be_said_and_only_grows(world: World) -> None:
    kind = {"name": {"en": "Workshop held"}, "fields": {"minutes": "whole"}}
    assert world.put("/v1/kinds/workshop_held", kind).get_json()["revision"] == 1
    said = world.answered(BEN, kind="workshop_held", data={"minutes": 30})
    assert world.post("/v1/activities", said, key="ingest").status_code == 201
    wrong = world.answered(BEN, kind="workshop_held", data={"minutes": "long"})
    assert world.post("/v1/activities", wrong, key="ingest").status_code == 422
    assert refusal(world.put("/v1/kinds/workshop_held", {**kind, "fields": {}})) == (409, "field_in_use")
    assert (
        world.put("/v1/kinds/workshop_held", {**kind, "fields": {"minutes": "whole", "topic": "text"}}).status_code
        == 200
    )
    assert refusal(world.put("/v1/kinds/post_created", kind)) == (409, "kind_built_in")
    for own in ("points_adjusted", "breach_confirmed", "identity_linked"):
        assert refusal(world.put(f"/v1/kinds/{own}", kind)) == (409, "kind_built_in")
    assert refusal(world.put("/v1/kinds/Workshop", kind))[0] == 422


def test_nobody_says_what_only_setia_says(world: World) -> None:
    said = world.answered(BEN, kind="breach_confirmed", data={"severity": "grave"})
    assert refusal(world.post("/v1/activities", said, key="ingest")) == (422, "invalid_activity")


def test_a_kind_of_another_community_is_unknown(world: World, noise: World) -> None:
    noise.put("/v1/kinds/workshop_held", {"name": {"en": "W"}})
    assert refusal(world.get("/v1/kinds/workshop_held")) == (404, "kind_not_found")


def test_a_board_lists_members_by_points_and_finds_a_place(world: World) -> None:
    world.publish()
    for who, times in (("ada", 3), ("ben", 1), ("cleo", 2)):
        world.earn(world.enrol(who), times)
    top = world.get("/v1/leaderboards/all/entries?limit=2", key="read").get_json()
    assert [(row["rank"], row["name"], row["score"]) for row in top["data"]] == [(1, "Ada", 30), (2, "Cleo", 20)]
    rest = world.get(f"/v1/leaderboards/all/entries?cursor={top['next_cursor']}").get_json()
    assert [(row["rank"], row["name"]) for row in rest["data"]] == [(3, "Ben")]
    around = world.get("/v1/leaderboards/all/entries?around=cleo&radius=0").get_json()
    assert [row["name"] for row in around["data"]] == ["Cleo"]
    assert refusal(world.get("/v1/leaderboards/none/entries"))[0] == 404
    for at in ("2255-01-01T00:00:00Z", "1970-01-01T00:00:00Z"):
        assert world.get(f"/v1/leaderboards/week/entries?at={at}").get_json()["total"] == 0


def test_who_has_no_score_is_on_no_board_and_that_is_said(world: World) -> None:
    world.publish()
    ada, ben = world.enrol("ada"), world.enrol("ben")
    world.earn(ada)
    path = "/v1/leaderboards/all/entries"
    absent, there = (world.get(f"{path}?around={who}").get_json() for who in ("ben", "ada"))
    assert (absent["data"], absent["total"], absent["next_cursor"]) == ([], 1, None)
    assert absent["around"] == {"member": ben, "rank": None, "score": 0}
    assert there["around"] == {"member": ada, "rank": 1, "score": 10}
    assert world.get(path).get_json()["around"] is None


def test_whoever_has_no_name_is_called_kindly_on_boards_and_for_their_widget(world: World) -> None:
    world.publish()
    nameless, known = world.answered("chat::1"), world.answered("chat::2")
    world.earn("chat::1", 2)
    world.earn("chat::2")
    path = "/v1/leaderboards/all/entries"
    first, second = (world.get(f"/v1/members/{one['beneficiary']}").get_json()["id"] for one in (nameless, known))
    world.put(f"/v1/members/{second}/identities/forum::9", {"handle": "cleo_9"})

    def called(language: str) -> list[str]:
        rows = world.get(path, headers={"Accept-Language": language}).get_json()["data"]
        return [row["name"] for row in rows]

    assert called("en") == [f"Member {first[-4:].upper()}", "cleo_9"]
    assert called("ms") == [f"Ahli {first[-4:].upper()}", "cleo_9"]
    glance = world.get(f"/v1/members/{first}", headers={"Accept-Language": "ms"}).get_json()
    assert (glance["name"], glance["shown_as"]) == ("", f"Ahli {first[-4:].upper()}")
    world.put(f"/v1/members/{second}", {"name": "Cleo"})
    assert called("en")[1] == "Cleo"
    world.put(f"/v1/members/{second}/preferences", {"pseudonym": "Bunga"})
    assert called("en")[1] == world.get(f"/v1/members/{second}").get_json()["shown_as"] == "Bunga"


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "WyJhIiwiYiJd", "%C3%A9", "bnVsbA", "W1tdLFtdXQ", "A" * 999])
def test_a_cursor_that_is_none_of_ours_is_refused(world: World, cursor: str) -> None:
    world.publish()
    refused = world.get(f"/v1/leaderboards/all/entries?cursor={cursor}")
    assert (refusal(refused), pointers(refused)) == ((422, "invalid"), {"/cursor"})


def test_another_communitys_members_are_on_no_board_of_ours(world: World, noise: World) -> None:
    world.publish()
    assert world.get("/v1/leaderboards/all/entries").get_json()["total"] == 0
    assert noise.get("/v1/leaderboards/all/entries").get_json()["total"] == 1


def test_a_badge_has_an_image_that_is_an_image_and_nothing_else(world: World) -> None:
    world.publish({"rules": [], "badges": [{"key": "b", "name": {"en": '<script>alert("&")</script>'}}]})
    answer = world.get("/v1/badges/b/image.svg?community=garden&level=7", key=None)
    assert answer.content_type == "image/svg+xml"
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(answer.data).iter()}
    assert names <= {"svg", "title", "path", "circle", "text"}
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert refusal(world.get("/v1/badges/none/image.svg?community=garden")) == (404, "badge_not_found")
    assert refusal(world.get("/v1/badges/b/image.svg?community=none")) == (404, "community_not_found")


def test_a_badges_image_is_for_anybody_and_may_be_kept(world: World) -> None:
    world.publish({"rules": [], "badges": [{"key": "b", "name": {"en": "B"}}]})
    (badge,) = world.get("/v1/badges").get_json()["data"]
    path = badge["image"].removeprefix(world.app.extensions["setia"].public_url)
    answer = world.call("GET", path, key=None)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = world.call("GET", path, key=None, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    world.put("/v1/community", {"name": "Garden", "colours": {"primary": "#3c7a3f"}})
    assert world.get("/v1/badges/b").get_json()["image"] != badge["image"]


def test_what_a_closed_community_shows_only_those_see_whom_it_told(world: World) -> None:
    world.publish({"rules": [], "badges": [{"key": "b", "name": {"en": "B"}}, {"key": "c", "name": {"en": "C"}}]})
    world.put("/v1/community", {"name": "Garden", "pages": "closed"})
    told = world.get("/v1/badges/b").get_json()["image"].removeprefix(world.app.extensions["setia"].public_url)
    assert world.call("GET", told, key=None).status_code == 200
    for path in (
        "/v1/badges/b/image.svg?community=garden",
        told.replace("/b/", "/c/"),
        told.replace("seal=", "seal=0"),
    ):
        assert refusal(world.call("GET", path, key=None)) == (404, "badge_not_found"), path


def test_the_ledger_is_verified_on_request(world: World) -> None:
    world.publish()
    world.earn(BEN)
    assert world.get("/v1/ledger/verify").get_json() == {"intact": True, "wrong": [], "next_cursor": None}


def test_health_and_readiness_need_no_key(world: World) -> None:
    assert world.client.get("/healthz").get_json() == {"status": "ok"}
    ready = world.client.get("/readyz")
    assert (ready.status_code, ready.get_json()["checks"]["database"]["status"]) == (200, "ok")
