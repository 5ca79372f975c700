"""Guidelines in versions, breaches with consequences by rule, their lifting and the appeal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import RULEBOOK, World, noise, refusal, world

__all__ = ["noise", "world"]

TEXT = {"en": "Be kind.", "ms": "Bersopan santun."}
CONDUCT = {
    **RULEBOOK,
    "rules": [
        *RULEBOOK["rules"],  # type: ignore[misc]  # a JSON document
        {
            "key": "conduct",
            "on": "breach_confirmed",
            "conduct": {"withdraws": {"points": 6}, "takes": ["first-helper"]},
        },
    ],
}
BREACH = {"member": "ada", "guideline": "Be kind", "severity": "serious", "reason": "You insulted Ben."}


@pytest.fixture
def token(world: World) -> str:
    world.publish(CONDUCT)
    world.enrol("ada")
    world.earn(world.enrol("ada"))
    world.put("/v1/community/guidelines", {"text": TEXT})
    token: str = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    return token


def confirm(world: World, **more: Any) -> dict[str, Any]:
    answer = world.post("/v1/breaches", {**BREACH, **more})
    assert answer.status_code == 201, answer.get_json()
    return dict(answer.get_json())


def test_guidelines_have_versions(world: World, noise: World) -> None:
    assert refusal(world.get("/v1/community/guidelines")) == (404, "guidelines_not_found")
    first = world.put("/v1/community/guidelines", {"text": "Be kind."})
    assert first.get_json()["version"] == 1
    again = world.put("/v1/community/guidelines", {"text": "Be kind."})
    assert again.get_json()["version"] == 1
    assert world.put("/v1/community/guidelines", {"text": TEXT}).get_json()["version"] == 2
    stale = world.put("/v1/community/guidelines", {"text": "x"}, headers={"If-Match": first.headers["ETag"]})
    assert refusal(stale) == (412, "changed_meanwhile")
    assert world.get("/v1/community").get_json()["guidelines"] == TEXT
    world.put("/v1/community", {"name": "Garden", "guidelines": "Be fair."})
    listed = world.get("/v1/community/guidelines/versions?limit=2").get_json()
    assert [(one["version"], one["text"]) for one in listed["data"]] == [(3, "Be fair."), (2, TEXT)]
    assert listed["next_cursor"]
    world.put("/v1/community", {"name": "Garden"})
    assert refusal(world.get("/v1/community/guidelines")) == (404, "guidelines_not_found")
    assert world.put("/v1/community/guidelines", {"text": "Be fair."}).get_json()["version"] == 4
    assert refusal(noise.get("/v1/community/guidelines")) == (404, "guidelines_not_found")


def test_a_breach_has_the_consequences_that_rules_say(world: World, token: str) -> None:
    breach = confirm(world)
    assert breach["guidelines_version"] == 1
    assert breach["consequences"][breach["member"]]["points"][0]["change"] == -6
    assert breach["consequences"][breach["member"]]["lost_badges"] == ["first-helper"]
    assert world.balance("ada")["balance"] == 4


def test_a_lifted_breach_is_as_if_it_had_never_been(world: World, token: str) -> None:
    breach = confirm(world)
    lifted = world.post(f"/v1/breaches/{breach['id']}/lift", {"reason": "It was a joke."}).get_json()
    assert lifted["lifted"] is True
    assert world.balance("ada")["balance"] == 10
    held = world.get("/v1/members/ada/badges").get_json()["data"]
    assert [badge["badge"] for badge in held] == ["first-helper"]
    again = world.post(f"/v1/breaches/{breach['id']}/lift", {"reason": "Again."})
    assert refusal(again) == (409, "already_lifted")
    assert [one["lifted"] for one in world.get("/v1/breaches?member=ada").get_json()["data"]] == [True]


def test_the_note_is_for_moderators_alone(world: World, noise: World, token: str) -> None:
    breach = confirm(world, note="the third time")
    (own,) = world.get("/v1/members/me/breaches", key=token).get_json()["data"]
    assert (own["id"], own["reason"]) == (breach["id"], "You insulted Ben.")
    assert "note" not in own
    assert "confirmed_by" not in own
    assert world.get("/v1/breaches", key=token).status_code == 403
    assert noise.get("/v1/breaches").get_json()["data"] == []
    lifted = noise.post(f"/v1/breaches/{breach['id']}/lift", {"reason": "Why not."})
    assert refusal(lifted) == (404, "breach_not_found")


def test_a_breach_is_about_an_activity_that_there_is(world: World, token: str) -> None:
    refused = world.post("/v1/breaches", {**BREACH, "activity": "act_" + "0" * 26})
    assert refusal(refused) == (404, "activity_not_found")
    activity = world.get("/v1/members/ada/activities").get_json()["data"][0]["id"]
    assert confirm(world, activity=activity)["activity"] == activity


def test_an_appeal_that_is_granted_lifts_the_breach(world: World, token: str) -> None:
    breach = confirm(world)
    made = world.post("/v1/appeals", {"breach": breach["id"], "text": "I was joking."}, key=token).get_json()
    answer = world.post(f"/v1/cases/{made['id']}/decide", {"outcome": "overturned", "reason": "True."}).get_json()
    assert answer["by_another"] is False
    assert world.balance("ada")["balance"] == 10
    assert [one["lifted"] for one in world.get("/v1/breaches").get_json()["data"]] == [True]
    again = world.post("/v1/appeals", {"breach": breach["id"], "text": "Again."}, key=token)
    assert refusal(again) == (409, "nothing_to_appeal")


def test_an_appeal_is_granted_though_the_breach_was_lifted_meanwhile(world: World, token: str) -> None:
    breach = confirm(world)
    made = world.post("/v1/appeals", {"breach": breach["id"], "text": "I was joking."}, key=token).get_json()
    world.post(f"/v1/breaches/{breach['id']}/lift", {"reason": "It was a joke."})
    answer = world.post(f"/v1/cases/{made['id']}/decide", {"outcome": "overturned", "reason": "True."})
    assert (answer.status_code, answer.get_json().get("state")) == (200, "decided")
    assert world.balance("ada")["balance"] == 10


def test_a_breach_goes_where_the_account_goes_that_did_it(world: World, token: str) -> None:
    account = "discourse:forum.example.org:8141"
    world.enrol("ben")
    assert world.put(f"/v1/members/ben/identities/{account}", {}, key="link").status_code == 200
    world.earn(account)
    (done,) = world.get("/v1/members/ben/activities").get_json()["data"]
    breach = confirm(world, member="ben", activity=done["id"])
    assert world.balance("ben")["balance"] == 4

    moved = world.put(f"/v1/members/ada/identities/{account}?move=true", {}, key="link")

    assert moved.status_code == 200
    assert (world.balance("ben")["balance"], world.balance("ada")["balance"]) == (0, 14)
    assert world.get("/v1/members/ben/breaches").get_json()["data"] == []
    (own,) = world.get("/v1/members/me/breaches", key=token).get_json()["data"]
    assert own["id"] == breach["id"]
    appeal = world.post("/v1/appeals", {"breach": own["id"], "text": "I was joking."}, key=token)
    assert appeal.status_code == 201, appeal.get_json()
    decided = {"outcome": "overturned", "reason": "True."}
    assert world.post(f"/v1/cases/{appeal.get_json()['id']}/decide", decided).status_code == 200
    assert world.balance("ada")["balance"] == 20
    assert world.app.test_cli_runner().invoke(args=["rebuild", "--check"]).exit_code == 0


def test_a_breach_stays_with_its_member_where_the_activity_is_somebody_elses(world: World, token: str) -> None:
    world.enrol("ben")
    world.earn(world.enrol("ben"))
    (done,) = world.get("/v1/members/ben/activities").get_json()["data"]
    assert confirm(world, activity=done["id"])["member"] == world.enrol("ada")
    assert world.balance("ben")["balance"] == 10
