"""Appeals: a member asks for another look, and somebody else takes it."""

from __future__ import annotations

from tests.http import World, refusal
from tests.unit.api.withheld import another_admin, appeal, decide, the_case, token

__all__ = ["token"]


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
