"""Cases over HTTP: what waits, who decides, what the member reads, and the appeal."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.draining import drain_all
from tests.http import World, noise, pointers, refusal, world

__all__ = ["noise", "world"]

ASKER = {"platform": "discourse", "scope": "forum.example.org", "id": "asker"}
SIGNALS = {"pair": {"kinds": ["answer_accepted"], "more_than": 1, "days": 7}}


@pytest.fixture
def token(world: World) -> str:
    """Ada's, of whose two answers for one asker the second waits."""
    world.publish()
    world.enrol("ada")
    assert world.put("/v1/community/fair-play", SIGNALS).status_code == 200
    token: str = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    world.earn(world.enrol("ada"), 2)
    return token


def the_case(world: World, **query: Any) -> dict[str, Any]:
    (case,) = world.get("/v1/cases", query_string=query).get_json()["data"]
    assert world.get(f"/v1/cases/{case['id']}").get_json() == case
    return dict(case)


def decide(world: World, case: dict[str, Any], outcome: str, **more: Any) -> Any:
    return world.post(f"/v1/cases/{case['id']}/decide", {"outcome": outcome, "reason": "We looked."}, **more)


def another_admin(world: World) -> str:
    """A key that somebody else answers for."""
    body = {"name": "second", "owner": "Sri", "scopes": ["admin"]}
    key: str = world.post("/v1/keys", body).get_json()["key"]
    return key


def test_what_is_withheld_is_a_case_with_its_figures(world: World, noise: World, token: str) -> None:
    assert world.balance("ada")["balance"] == 10
    case = the_case(world, state="open", kind="award", member="ada")
    assert case["signals"] == [{"signal": "pair", "count": 2, "more_than": 1, "days": 7}]
    (activity,) = case["activities"]
    read = world.get(f"/v1/activities/{activity}?explain=true").get_json()
    assert [(one["outcome"], one["code"]) for one in read["decisions"]] == [("refused", "withheld")]
    assert read["cases"] == {case["member"]: case["id"]}
    assert "cases" not in world.get(f"/v1/activities/{activity}", key="read").get_json()
    assert noise.get("/v1/cases").get_json()["data"] == []


def test_an_award_that_is_given_counts(world: World, token: str) -> None:
    answer = decide(world, the_case(world), "gave").get_json()
    assert (answer["state"], answer["outcome"], answer["by_another"], answer["settled"]) == (
        "decided",
        "gave",
        None,
        True,
    )
    assert answer["consequences"][answer["member"]]["points"][0]["change"] == 10
    assert answer["consequences"][answer["member"]]["tier"] == {"from": "member", "to": "helper"}
    assert world.balance("ada")["balance"] == 20
    drain_all(world.app)


def test_a_case_is_decided_once(world: World, token: str) -> None:
    case = the_case(world)
    assert decide(world, case, "refused").status_code == 200
    assert refusal(decide(world, case, "gave")) == (409, "already_decided")


def test_an_outcome_that_such_a_case_does_not_have_is_pointed_at(world: World, token: str) -> None:
    refused = decide(world, the_case(world), "overturned")
    assert refusal(refused) == (422, "invalid")
    assert pointers(refused) == {"/outcome"}


def test_nobody_else_decides(world: World, noise: World, token: str) -> None:
    case = the_case(world)
    assert decide(world, case, "gave", key=token).status_code == 403
    assert decide(world, case, "gave", key="read").status_code == 403
    assert refusal(decide(noise, case, "gave")) == (404, "case_not_found")


def test_a_member_reads_their_own_without_figures(world: World, token: str) -> None:
    world.enrol("ben")
    answer = world.get("/v1/members/me/cases", key=token, headers={"Accept-Language": "ms"})
    (case,) = answer.get_json()["data"]
    assert "Ditahan untuk semakan" in case["sentence"]
    assert "signals" not in case
    assert "pair" not in answer.get_data(as_text=True)
    assert world.get("/v1/members/ben/cases", key=token).status_code == 403
    assert world.get("/v1/members/ben/cases").get_json()["data"] == []
    decide(world, case, "refused")
    (case,) = world.get("/v1/members/me/cases", key=token).get_json()["data"]
    assert (case["sentence"], case["reason"]) == ("Decided: the award does not count.", "We looked.")


def appeal(world: World, token: str, **thing: Any) -> Any:
    return world.post("/v1/appeals", {"text": "Please look again.", **thing}, key=token)


def test_an_appeal_is_looked_at_by_somebody_else(world: World, token: str) -> None:
    case = the_case(world)
    assert refusal(appeal(world, token, case=case["id"])) == (409, "nothing_to_appeal")
    decide(world, case, "refused")
    made = appeal(world, token, case=case["id"])
    assert made.status_code == 201
    assert made.get_json()["about"] == case["id"]
    assert refusal(appeal(world, token, case=case["id"])) == (409, "already_appealed")

    other = another_admin(world)
    open_one = the_case(world, state="open", kind="appeal")
    assert open_one["text"] == "Please look again."
    assert refusal(decide(world, open_one, "overturned")) == (403, "same_person")
    answer = decide(world, open_one, "overturned", key=other).get_json()
    assert answer["by_another"] is True
    assert world.balance("ada")["balance"] == 20
    assert the_case(world, kind="award")["outcome"] == "gave"


def test_where_there_is_one_person_alone_they_look_themselves_and_the_answer_says_so(world: World, token: str) -> None:
    decide(world, the_case(world), "refused")
    appeal(world, token, case=the_case(world)["id"])
    answer = decide(world, the_case(world, kind="appeal"), "upheld").get_json()
    assert (answer["by_another"], answer["outcome"]) == (False, "upheld")
    assert world.balance("ada")["balance"] == 10


def test_a_voided_activity_is_appealed_against(world: World, token: str) -> None:
    activity = world.get("/v1/members/ada/activities").get_json()["data"][0]["id"]
    assert refusal(appeal(world, token, activity=activity)) == (409, "nothing_to_appeal")
    world.post(f"/v1/activities/{activity}/void", {"reason": "spam"})
    before = world.balance("ada")["balance"]
    assert appeal(world, token, activity=activity).status_code == 201
    decide(world, the_case(world, kind="appeal"), "overturned")
    assert world.balance("ada")["balance"] == before + 10


def test_nobody_appeals_for_somebody_else(world: World, noise: World, token: str) -> None:
    decide(world, the_case(world), "refused")
    case = the_case(world)["id"]
    world.enrol("ben")
    bens = world.post("/v1/members/ben/tokens", {}).get_json()["token"]
    assert refusal(appeal(world, bens, case=case)) == (404, "case_not_found")
    assert refusal(appeal(world, bens, case=case, member="ada")) == (403, "not_yours")
    assert refusal(appeal(world, bens, activity="act_" + "0" * 26)) == (404, "activity_not_found")
    assert refusal(appeal(world, bens, breach="bre_" + "0" * 26)) == (404, "breach_not_found")


def test_an_appeal_is_about_one_thing(world: World, token: str) -> None:
    for thing in ({}, {"case": "a", "breach": "b"}):
        assert refusal(appeal(world, token, **thing)) == (422, "invalid")


def test_lists_go_on_from_page_to_page(world: World, token: str) -> None:
    world.earn(world.enrol("ada"), 4)
    first = world.get("/v1/cases?limit=3").get_json()
    rest = world.get(f"/v1/cases?limit=3&cursor={first['next_cursor']}").get_json()
    ids = [case["id"] for case in first["data"] + rest["data"]]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)


def test_what_was_handed_over_is_a_case_when_what_paid_for_it_is_taken_back(world: World, app: Flask) -> None:
    world.publish()
    world.enrol("ada")
    world.earn(world.enrol("ada"), 1)
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 10})
    redemption = world.post("/v1/redemptions", {"member": "ada", "reward": "mug"}).get_json()["id"]
    world.post(f"/v1/redemptions/{redemption}/fulfil")
    world.put("/v1/rulebook/draft", {"rules": []})
    published = world.post("/v1/rulebook/publications", {"mode": "retroactive"}).get_json()["id"]
    drain_all(app)

    assert world.balance("ada")["debt"] == 10
    case = the_case(world)
    assert (case["kind"], case["about"]) == ("delivered", redemption)
    assert case["signals"][0]["publication"] == published
    assert world.get(f"/v1/redemptions/{redemption}").get_json()["status"] == "fulfilled"
    decide(world, case, "gave")
    assert world.balance("ada")["debt"] == 0


def test_fair_play_is_edited_by_one_at_a_time(world: World) -> None:
    assert world.get("/v1/community/fair-play").get_json() == {"revision": 0}
    tag = world.get("/v1/community/fair-play").headers["ETag"]
    changed = world.put("/v1/community/fair-play", SIGNALS, headers={"If-Match": tag})
    assert changed.get_json() == {**SIGNALS, "revision": 1}
    assert refusal(world.put("/v1/community/fair-play", {}, headers={"If-Match": tag})) == (412, "changed_meanwhile")
    wrong = {"pair": {"kinds": ["answer_accepted", "x"], "more_than": 1, "days": 7}}
    assert pointers(world.put("/v1/community/fair-play", wrong)) == {"/pair/kinds/1"}
    wrong = {"pair": {"kinds": ["answer_accepted"], "more_than": 0, "days": 700}}
    assert pointers(world.put("/v1/community/fair-play", wrong)) == {"/pair/more_than", "/pair/days"}


def test_a_dry_run_says_so_and_opens_nothing(world: World, token: str) -> None:
    answer = world.post("/v1/activities?dry_run=true", world.answered(world.enrol("ada")), key="ingest").get_json()
    assert answer["decisions"][0]["code"] == "withheld"
    assert "a person looks at it first" in answer["decisions"][0]["sentence"]
    assert len(world.get("/v1/cases").get_json()["data"]) == 1
