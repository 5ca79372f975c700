"""The rulebook through its life: drafted whole or in parts, checked, published, and read by version."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import RULEBOOK, World, pointers, refusal

RULE = {**RULEBOOK["rules"][0]}
BAD = {"rules": [{**RULE, "on": "answer_acepted", "gvies": []}]}


def test_before_the_first_publication_nothing_is_in_force(world: World) -> None:
    found = world.get("/v1/rulebook", key="read").get_json()
    assert (found["version"], found["document"]["rules"]) == (None, [])
    assert refusal(world.post("/v1/rulebook/publications", {})) == (409, "no_draft")


def test_a_draft_counts_only_once_it_is_published(world: World) -> None:
    world.put("/v1/rulebook/draft", RULEBOOK)
    assert world.get("/v1/rulebook").get_json()["document"]["rules"] == []
    published = world.post("/v1/rulebook/publications", {"note": "let us begin"})
    assert published.status_code == 201
    assert (published.get_json()["version"], published.get_json()["mode"]) == (1, "prospective")
    assert [rule["key"] for rule in world.get("/v1/rulebook").get_json()["document"]["rules"]] == ["helpful-answer"]
    assert [one["version"] for one in world.get("/v1/rulebook/versions").get_json()["data"]] == [1]
    assert world.get("/v1/rulebook/versions/1").get_json()["document"] == RULEBOOK
    assert refusal(world.get("/v1/rulebook/versions/2"))[0] == 404
    assert [one["note"] for one in world.get("/v1/rulebook/publications").get_json()["data"]] == ["let us begin"]


def test_what_is_wrong_is_said_with_the_nearest_right_name(world: World) -> None:
    checked = world.post("/v1/rulebook/draft/check", BAD).get_json()
    assert checked["valid"] is False
    nearest = {problem["pointer"]: problem["nearest"] for problem in checked["problems"]}
    assert nearest["/rules/0/on"] == "answer_accepted"
    assert nearest["/rules/0/gvies"] == "gives"
    assert world.get("/v1/rulebook/draft").get_json()["revision"] == 0


CYCLE = [{"key": "a", "needs": {"badges": ["b"]}}, {"key": "b", "needs": {"badges": ["a"]}}]
NEVER = {"all": [{"field": "data.votes", "is": 1}, {"field": "data.votes", "is": 2}]}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        pytest.param(5, "", id="a number"),
        pytest.param([], "", id="a list"),
        pytest.param({"rules": "x"}, "/rules", id="no rules"),
        pytest.param({"rules": [], "ruels": []}, "/ruels", id="unknown part"),
        pytest.param(BAD, "/rules/0/on", id="unknown kind"),
        pytest.param({"badges": CYCLE}, "/badges/0/needs", id="cycle"),
        pytest.param({"rules": [{**RULE, "key": f"r{n}"} for n in range(3500)]}, "/rules", id="too many"),
        pytest.param({"rules": [{**RULE, "when": NEVER}]}, "/rules/0/when/all", id="contradiction"),
    ],
)
def test_a_whole_draft_that_is_no_rulebook_is_refused_and_not_stored(world: World, document: Any, place: str) -> None:
    refused = world.put("/v1/rulebook/draft", document)
    assert refusal(refused) == (422, "rulebook_refused")
    assert place in pointers(refused)
    assert world.get("/v1/rulebook/draft").get_json()["revision"] == 0

    saved = world.put("/v1/rulebook/draft", RULEBOOK)
    assert refusal(world.put("/v1/rulebook/draft", document, headers={"If-Match": saved.headers["ETag"]}))[0] == 422
    draft = world.get("/v1/rulebook/draft").get_json()
    assert (draft["revision"], draft["document"]) == (1, RULEBOOK)


def test_a_draft_in_the_making_may_be_wrong_is_told_so_and_not_published(world: World) -> None:
    world.publish()
    wrong = {name: value for name, value in BAD["rules"][0].items() if name != "key"}
    edited = world.put("/v1/rulebook/draft/rules/helpful-answer", wrong)
    assert "/rules/0/on" in {one["pointer"] for one in edited.get_json()["problems"]}
    refused = world.post("/v1/rulebook/publications", {})
    assert refusal(refused) == (422, "rulebook_refused")
    told = {one["pointer"]: one for one in refused.get_json()["errors"]}
    assert (told["/rules/0/on"]["code"], told["/rules/0/on"]["nearest"]) == ("unknown_kind", "answer_accepted")
    assert len(world.get("/v1/rulebook/publications").get_json()["data"]) == 1


def test_the_key_of_a_rule_is_the_one_in_the_path(world: World) -> None:
    for points in (1, 2):
        world.put("/v1/rulebook/draft/rules/mine", {"key": "other", "on": "post_created", "gives": {"points": points}})
    draft = world.get("/v1/rulebook/draft").get_json()["document"]
    assert [(rule["key"], rule["gives"]) for rule in draft["rules"]] == [("mine", {"points": 2})]


def test_a_failing_example_is_kept_told_and_refuses_the_publication(world: World) -> None:
    example = {"given": {"kind": "answer_accepted"}, "then": [{"points": 99}]}
    saved = world.put("/v1/rulebook/draft", {**RULEBOOK, "rules": [{**RULE, "examples": [example]}]})
    assert [(one["pointer"], one["code"]) for one in saved.get_json()["problems"]] == [
        ("/rules/0/examples/0", "example_failed")
    ]
    assert world.put("/v1/rulebook/draft", saved.get_json()["document"]).status_code == 200
    refused = world.post("/v1/rulebook/publications", {})
    assert pointers(refused) == {"/rules/0/examples/0"}


def test_one_rule_is_edited_without_losing_the_others(world: World) -> None:
    world.publish()
    edited = {name: value for name, value in RULE.items() if name != "key"} | {"gives": [{"points": 12}]}
    answer = world.put("/v1/rulebook/draft/rules/helpful-answer", edited)
    assert answer.get_json()["problems"] == []
    world.put("/v1/rulebook/draft/rules/second", edited)
    draft = world.get("/v1/rulebook/draft").get_json()["document"]
    assert [(rule["key"], rule["gives"]) for rule in draft["rules"]] == [
        ("helpful-answer", [{"points": 12}]),
        ("second", [{"points": 12}]),
    ]
    assert draft["badges"] == RULEBOOK["badges"]
    world.delete("/v1/rulebook/draft/rules/second")
    assert refusal(world.delete("/v1/rulebook/draft/rules/second")) == (404, "not_in_draft")


def test_as_many_rules_as_a_rulebook_may_have_can_be_drafted_and_checked(world: World) -> None:
    name = {"en": "One of very many rules of this community", "ms": "Satu daripada peraturan komuniti yang amat banyak"}
    description = {"en": "What it is for, in a sentence. " * 4, "ms": "Apa gunanya, dalam satu ayat. " * 4}
    rules = [
        {"key": f"r{n}", "name": name, "description": description, "on": "post_created", "gives": {"points": 1}}
        for n in range(3000)
    ]
    assert world.put("/v1/rulebook/draft", {"rules": rules}).status_code == 200
    assert world.post("/v1/rulebook/draft/check", {"rules": rules}).status_code == 200


def test_two_editors_do_not_overwrite_each_other(world: World) -> None:
    first = world.put("/v1/rulebook/draft", RULEBOOK)
    seen = {"If-Match": first.headers["ETag"]}
    assert world.put("/v1/tiers", RULEBOOK["tiers"], headers=seen).status_code == 200
    assert refusal(world.put("/v1/rulebook/draft", RULEBOOK, headers=seen)) == (412, "draft_changed")
    assert refusal(world.put("/v1/rulebook/draft", RULEBOOK, headers={"If-Match": '"none of ours"'}))[0] == 412


@pytest.mark.parametrize("path", ["publications", "backtests"])
def test_what_counts_is_the_draft_that_was_read_and_no_other(world: World, path: str) -> None:
    seen = {"If-Match": world.put("/v1/rulebook/draft", RULEBOOK).headers["ETag"]}
    changed = world.put("/v1/tiers", RULEBOOK["tiers"])
    assert refusal(world.post(f"/v1/rulebook/{path}", {}, headers=seen)) == (412, "draft_changed")
    assert world.get(f"/v1/rulebook/{path}").get_json()["data"] == []
    now = {"If-Match": changed.headers["ETag"]}
    assert world.post(f"/v1/rulebook/{path}", {}, headers=now).status_code in (201, 202)


def test_before_there_is_a_draft_no_revision_of_one_can_be_published(world: World) -> None:
    assert refusal(world.post("/v1/rulebook/publications", {}, headers={"If-Match": '"1"'})) == (412, "draft_changed")


def test_an_earlier_version_is_one_call_away(world: World) -> None:
    world.publish()
    world.publish({**RULEBOOK, "rules": []})
    again = world.post("/v1/rulebook/publications", {"version": 1}).get_json()
    assert (again["number"], again["version"]) == (3, 1)
    assert world.get("/v1/rulebook").get_json()["version"] == 1
    assert refusal(world.post("/v1/rulebook/publications", {"version": 9}))[0] == 404


def test_publishing_from_an_instant_needs_the_instant(world: World) -> None:
    world.put("/v1/rulebook/draft", RULEBOOK)
    assert refusal(world.post("/v1/rulebook/publications", {"mode": "from"}))[0] == 422
    said = world.post("/v1/rulebook/publications", {"mode": "from", "from": "2026-01-01T00:00:00+08:00"}).get_json()
    assert said["effective_from"] == "2025-12-31T16:00:00Z"


def test_the_catalogue_lists_what_a_rule_can_read(world: World) -> None:
    world.put("/v1/kinds/workshop_held", {"name": {"en": "Workshop"}, "fields": {"minutes": "whole"}})
    found = world.get("/v1/rulebook/catalogue").get_json()
    assert "data.minutes" in {field["name"] for field in found["fields"]}
    assert "workshop_held" in {kind["kind"] for kind in found["kinds"]}
    assert "breach_confirmed" in {kind["kind"] for kind in found["kinds"]}
    assert "challenge" in {form["form"] for form in found["forms"]}


def test_badges_tiers_and_boards_go_through_the_draft(world: World) -> None:
    world.publish()
    world.put("/v1/badges/elder", {"name": {"en": "Elder"}, "needs": {"earned": {"points": 100}}})
    world.put("/v1/leaderboards/weekly", {"name": {"en": "Week"}, "period": "week"})
    assert "elder" not in {one["key"] for one in world.get("/v1/badges").get_json()["data"]}
    world.post("/v1/rulebook/publications", {})
    assert world.get("/v1/badges/elder", key="read").get_json()["name"] == {"en": "Elder"}
    assert [one["key"] for one in world.get("/v1/leaderboards").get_json()["data"]] == ["weekly"]
    assert [level["key"] for level in world.get("/v1/tiers").get_json()["levels"]] == ["member", "helper"]


def test_another_communitys_rulebook_is_not_ours(world: World, noise: World) -> None:
    assert noise.get("/v1/rulebook").get_json()["version"] == 1
    assert world.get("/v1/rulebook").get_json()["version"] is None
    assert refusal(world.get("/v1/badges/first-helper")) == (404, "badge_not_found")


@pytest.mark.parametrize(
    ("path", "place", "wanted"), [("versions", "version", [3, 2, 1]), ("publications", "number", [1, 2, 3])]
)
def test_versions_and_publications_come_in_pages(world: World, path: str, place: str, wanted: list[int]) -> None:
    for number in wanted:
        world.publish({**RULEBOOK, "rules": [{**RULE, "gives": [{"points": number}]}]})
    found, cursor = [], ""
    while cursor is not None:
        part = world.get(f"/v1/rulebook/{path}?limit=2{cursor and '&cursor=' + cursor}").get_json()
        found.append([row[place] for row in part["data"]])
        cursor = part["next_cursor"]
    assert found == [wanted[:2], wanted[2:]]
