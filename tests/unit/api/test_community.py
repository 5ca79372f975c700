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
    assert refusal(world.put("/v1/kinds/Workshop", kind))[0] == 422


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
    answer = world.get("/v1/badges/b/image.svg?level=7")
    assert answer.content_type == "image/svg+xml"
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(answer.data).iter()}
    assert names <= {"svg", "title", "path", "circle", "text"}
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert refusal(world.get("/v1/badges/none/image.svg")) == (404, "badge_not_found")


def test_the_ledger_is_verified_on_request(world: World) -> None:
    world.publish()
    world.earn(BEN)
    assert world.get("/v1/ledger/verify").get_json() == {"intact": True, "wrong": [], "next_cursor": None}


def test_health_and_readiness_need_no_key(world: World) -> None:
    assert world.client.get("/healthz").get_json() == {"status": "ok"}
    ready = world.client.get("/readyz")
    assert (ready.status_code, ready.get_json()["checks"]["database"]["status"]) == (200, "ok")


def test_the_documentation_is_one_page_without_scripts(world: World) -> None:
    page = world.client.get("/v1/docs")
    html = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<script" not in html
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]
    assert "/v1/members/{address}/balance" in html
    with world.client.get("/v1/docs/docs.css") as style:
        assert style.content_type.startswith("text/css")
