"""Cases over HTTP: what waits, who decides, and what the member reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from tests.draining import drain_all
from tests.http import World, pointers, refusal
from tests.unit.api.withheld import SIGNALS, another_admin, appeal, decide, the_case, token

__all__ = ["token"]

ASKER = {"platform": "discourse", "scope": "forum.example.org", "id": "asker"}
CAME = ("by_another", "consequences", "settled")
"""What an answer to a decision says beyond the case."""


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


def test_why_an_award_is_missing_is_said_as_it_was_decided(world: World, token: str) -> None:
    case = the_case(world)
    path = f"/v1/members/me/explain?activity={case['activities'][0]}"

    def why_not(language: str) -> tuple[str, str]:
        answer = world.get(path, key=token, headers={"Accept-Language": language}).get_json()
        (said,) = answer["why_not"]
        return said["code"], said["sentence"]

    assert why_not("en") == ("withheld", "Helpful answer: not given, because a person looks at it first.")
    decide(world, case, "refused")
    assert why_not("en") == (
        "case_refused",
        "Helpful answer: not given, because a person looked at it, and it does not count.",
    )
    assert why_not("ms")[1].endswith("seseorang telah menyemaknya, dan ia tidak dikira.")
    appeal = world.post("/v1/appeals", {"case": case["id"], "text": "Look again."}, key=token).get_json()
    decide(world, appeal, "overturned")
    assert world.get(path, key=token).get_json()["why_not"] == []


def decide_each(world: World, *verdicts: tuple[str, str], **more: Any) -> Any:
    wanted = [{"case": case, "outcome": outcome, "reason": "We looked."} for case, outcome in verdicts]
    return world.post("/v1/cases/decide", {"verdicts": wanted}, **more)


def statuses(answer: Any) -> list[tuple[int, str | None]]:
    """Of each result the status, and the outcome or the code of the refusal."""
    assert answer.status_code == 207, answer.get_json()
    return [
        (one["status"], one["body"].get("code", one["body"].get("outcome"))) for one in answer.get_json()["results"]
    ]


def open_cases(world: World, more: int) -> list[str]:
    """Ada's open cases, the oldest first: the one there is, and so many more."""
    world.earn(world.enrol("ada"), more)
    return [case["id"] for case in reversed(world.get("/v1/cases?state=open").get_json()["data"])]


def test_many_are_decided_in_one_call(world: World, token: str) -> None:
    found = open_cases(world, 3)
    answer = decide_each(world, *zip(found, ("gave", "refused", "gave", "gave"), strict=True))
    assert statuses(answer) == [(200, "gave"), (200, "refused"), (200, "gave"), (200, "gave")]
    bodies = [one["body"] for one in answer.get_json()["results"]]
    assert [body["id"] for body in bodies] == found
    points = [body["consequences"][body["member"]]["points"] for body in bodies]
    assert [moved and (moved[0]["change"], moved[0]["available"]) for moved in points] == [
        (10, 20),
        [],
        (10, 30),
        (10, 40),
    ]
    assert bodies == [
        {**world.get(f"/v1/cases/{body['id']}").get_json(), **{key: body[key] for key in CAME}} for body in bodies
    ]
    assert world.get("/v1/cases?state=open").get_json()["data"] == []
    drain_all(world.app)
    assert world.balance("ada")["balance"] == 40
    checked = world.app.test_cli_runner().invoke(args=["rebuild", "--check"])
    assert (checked.exit_code, checked.output) == (0, "every standing and balance is what its facts say\n")


def test_what_is_refused_of_many_stays_open_and_the_others_are_decided(world: World, noise: World, token: str) -> None:
    first, second, third = open_cases(world, 2)
    decide(world, {"id": third}, "refused")
    nobody = "cas_" + "0" * 26
    answer = decide_each(
        world, (nobody, "gave"), (first, "upheld"), (second, "gave"), (second, "refused"), (third, "gave")
    )
    assert statuses(answer) == [
        (404, "case_not_found"),
        (422, "invalid"),
        (200, "gave"),
        (409, "already_decided"),
        (409, "already_decided"),
    ]
    assert [case["id"] for case in world.get("/v1/cases?state=open").get_json()["data"]] == [first]
    assert world.balance("ada")["balance"] == 20
    assert statuses(decide_each(noise, (first, "gave"))) == [(404, "case_not_found")]


def test_an_appeal_among_many_is_refused_to_who_decided_first(world: World, token: str) -> None:
    another_admin(world)
    first, second = open_cases(world, 1)
    decide(world, {"id": first}, "refused")
    appealed = appeal(world, token, case=first).get_json()["id"]
    answer = decide_each(world, (appealed, "overturned"), (second, "gave"))
    assert statuses(answer) == [(403, "same_person"), (200, "gave")]


def test_many_are_decided_once_whatever_is_repeated(world: World, token: str) -> None:
    found = open_cases(world, 1)
    named = {"headers": {"Idempotency-Key": "once"}}
    first, again = (decide_each(world, *((case, "gave") for case in found), **named) for _ in range(2))
    assert statuses(first) == [(200, "gave"), (200, "gave")]
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert statuses(decide_each(world, (found[0], "gave"))) == [(409, "already_decided")]
    assert world.balance("ada")["balance"] == 30


def test_two_who_decide_the_same_cases_at_once_decide_each_once(world: World, token: str) -> None:
    """Real threads on the real database, each with the cases in another order."""
    found = open_cases(world, 5)
    headers = {"Authorization": f"Bearer {world.keys['admin']}"}

    def decide_in(order: list[str]) -> dict[str, int]:
        wanted = [{"case": case, "outcome": "gave", "reason": "We looked."} for case in order]
        answer = world.app.test_client().post("/v1/cases/decide", json={"verdicts": wanted}, headers=headers)
        return dict(zip(order, (one["status"] for one in answer.get_json()["results"]), strict=True))

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(decide_in, (found, found[::-1]))
    assert [sorted((first[case], second[case])) for case in found] == [[200, 409]] * 6


def test_of_many_each_has_its_shape_and_there_are_not_too_many(world: World, token: str) -> None:
    case = the_case(world)["id"]
    assert refusal(world.post("/v1/cases/decide", {"verdicts": []})) == (422, "invalid")
    assert pointers(decide_each(world, *[(case, "gave")] * 101)) == {"/verdicts"}
    assert pointers(decide_each(world, (case, "gave"), (case, "perhaps"))) == {"/verdicts/1/outcome"}
    assert the_case(world)["state"] == "open"
    assert decide_each(world, (case, "gave"), key="read").status_code == 403


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
