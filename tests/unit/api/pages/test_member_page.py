"""A member's page: who may open it, what it says to the member, and what to others."""

from __future__ import annotations

import time

import pytest
import time_machine

from telemetry.logs import configure
from tests.http import RULEBOOK, World
from tests.unit.api.pages.reader import Reader, words
from tests.unit.api.pages.test_community_page import furnish


def token_of(world: World, member: str) -> str:
    """A member token as an app gets it."""
    made: str = world.post(f"/v1/members/{member}/tokens", {}, key="tokens").get_json()["token"]
    return made


def test_a_member_reads_points_badges_tier_rank_and_reasons(world: World, reader: Reader) -> None:
    furnish(world)
    ada = world.enrol("ada")
    world.earn(ada, 3)
    world.post(f"/v1/members/{ada}/adjust", {"points": 5, "reason": "sorry"})
    reader.open_with(token_of(world, "ada"))
    said = reader.read("/c/garden/members/me")
    assert "Ada Helper" in said
    assert "points 35" in said
    assert "No. 1 of 1" in said
    assert "First helper" in said
    assert "Helpful answer: +10 points." in said
    assert "Correction +5 points: sorry" in said
    assert "Answer accepted" in said


def test_a_correction_downwards_is_said_with_its_reason_in_the_readers_language(world: World, reader: Reader) -> None:
    furnish(world)
    world.enrol("ada")
    corrected = world.post("/v1/members/ada/adjust", {"points": -5, "reason": "counted twice"}).get_json()["activity"]
    reader.open_with(token_of(world, "ada"))
    for language, sentence in (
        ("en", "Correction -5 points: counted twice"),
        ("ms", "Pembetulan -5 mata: counted twice"),
    ):
        assert sentence in reader.read("/c/garden/members/me", language)
        asked = {"headers": {"Accept-Language": language}}
        why = world.get(f"/v1/members/ada/explain?activity={corrected}", **asked).get_json()["why"]
        assert [one["sentence"] for one in why] == [sentence]
        read = world.get(f"/v1/activities/{corrected}?explain=true", **asked).get_json()
        assert [one["sentence"] for one in read["decisions"]] == [sentence]


def test_what_comes_next_is_said_with_how_far_it_is(world: World, reader: Reader) -> None:
    furnish(world)
    world.earn(world.enrol("ada"), 1)
    reader.open_with(token_of(world, "ada"))
    assert "10 more points for Helper. 10 of 20" in reader.read("/c/garden/members/me")


def test_days_and_weeks_in_a_row_are_told_apart(world: World, reader: Reader) -> None:
    furnish(world)
    rule = {"key": "weekly", "on": "answer_accepted", "earns": "beneficiary", "gives": {"points": 1}}
    daily = {**rule, "key": "daily", "on": "post_created", "streak": {"days": 3}}
    world.publish({"rules": [daily, {**rule, "streak": {"weeks": 3}}]})
    world.earn(world.enrol("ada"))
    reader.open_with(token_of(world, "ada"))
    assert "Streak 0 days Today can be the first. Streak 1 week in a row" in reader.read("/c/garden/members/me")
    assert "Rentetan 1 minggu berturut-turut" in reader.read("/c/garden/members/me", "ms")


def test_a_members_page_speaks_malay(world: World, reader: Reader) -> None:
    furnish(world)
    world.earn(world.enrol("ada"), 1)
    reader.open_with(token_of(world, "ada"))
    said = reader.read("/c/garden/members/me", "ms")
    assert "Jawapan membantu: +10 mata." in said
    assert "History" not in said


def test_without_a_token_nobody_learns_who_is_there(world: World, reader: Reader) -> None:
    furnish(world)
    ada = world.enrol("ada")
    pages = [reader.get(f"/c/garden/members/{who}") for who in (ada, "ada", "nobody", "me", "mem_" + "0" * 26, "a:b")]
    assert {answer.status_code for answer in pages} == {403}
    assert len({words(answer) for answer in pages}) == 1
    assert "Ada" not in words(pages[0])


def test_a_token_opens_no_other_members_page(world: World, reader: Reader) -> None:
    furnish(world)
    world.enrol("ada")
    ben = world.enrol("ben")
    reader.open_with(token_of(world, "ada"))
    assert reader.get(f"/c/garden/members/{ben}").status_code == 403
    assert reader.get("/c/garden/members/ada").status_code == 200


def test_where_pages_are_open_others_see_what_rules_gave_and_no_more(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    ada = world.enrol("ada")
    world.earn(ada, 2)
    world.post(f"/v1/members/{ada}/adjust", {"points": 5, "reason": "sorry"})
    said = reader.read(f"/c/garden/members/{ada}")
    assert "Helpful answer: +10 points." in said
    assert "Correction" not in said
    assert "Why?" not in said


def test_what_a_breach_cost_is_between_the_member_and_the_moderators(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    unkind = {"key": "unkind", "name": {"en": "Unkind words", "ms": "Kata-kata kesat"}, "on": "breach_confirmed"}
    world.publish(RULEBOOK | {"rules": [*RULEBOOK["rules"], {**unkind, "conduct": {"withdraws": {"points": 4}}}]})
    ada = world.enrol("ada")
    world.earn(ada)
    breach = {"member": ada, "guideline": "Be kind", "severity": "minor", "reason": "That was sharp."}
    confirmed = world.post("/v1/breaches", breach).get_json()["id"]
    world.post(f"/v1/breaches/{confirmed}/lift", {"reason": "It was a joke."})
    said = reader.read(f"/c/garden/members/{ada}").partition("History")[2]
    assert "Helpful answer: +10 points." in said
    assert "Unkind" not in said
    reader.open_with(token_of(world, "ada"))
    assert "Unkind words: -4 points." in reader.read("/c/garden/members/me")


def test_who_hides_has_a_page_for_themselves_alone(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    ada = world.enrol("ada")
    world.put("/v1/members/ada/preferences", {"on_boards": False})
    assert reader.get(f"/c/garden/members/{ada}").status_code == 404
    assert reader.get("/c/garden/members/nobody").status_code == 404
    reader.open_with(token_of(world, "ada"))
    assert reader.get(f"/c/garden/members/{ada}").status_code == 200


def test_a_pseudonym_is_the_name_on_the_page_too(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    ada = world.enrol("ada")
    world.put("/v1/members/ada/preferences", {"pseudonym": "Bunga"})
    page = reader.get(f"/c/garden/members/{ada}").get_data(as_text=True)
    assert "Bunga" in page
    assert "Ada" not in page


def test_a_new_member_reads_friendly_words_and_no_gaps(world: World, reader: Reader) -> None:
    world.enrol("ada")
    reader.open_with(token_of(world, "ada"))
    said = reader.read("/c/garden/members/me")
    assert "No badge yet." in said
    assert "Nothing has happened here yet." in said


def test_a_long_history_comes_in_pages_that_lose_nothing(world: World, reader: Reader) -> None:
    furnish(world)
    world.publish({**RULEBOOK, "rules": [{**RULEBOOK["rules"][0], "limits": []}]})  # type: ignore[dict-item]
    ada = world.enrol("ada")
    world.earn(ada, 30)
    reader.open_with(token_of(world, "ada"))
    first = reader.get("/c/garden/members/me").get_data(as_text=True)
    older = first.partition("?before=")[2].partition("#")[0]
    rest = reader.get(f"/c/garden/members/me?before={older}").get_data(as_text=True)
    assert (
        first.count("Helpful answer: +10") + rest.count("Helpful answer: +10") == 60
    )  # each is said again in its link
    for odd in ("x", "-", "9" * 40 + "-1", "1-" + "9" * 40, "%00"):
        assert reader.get(f"/c/garden/members/me?before={odd}").status_code in (200, 422)


def test_the_member_can_ask_why_and_why_not(world: World, reader: Reader) -> None:
    furnish(world)
    ada = world.enrol("ada")
    world.earn(ada, 6)
    reader.open_with(token_of(world, "ada"))
    listed = world.get("/v1/members/ada/activities").get_json()["data"]
    pages = [reader.read(f"/c/garden/members/me/why/{one['id']}") for one in listed]
    assert any("Helpful answer: +10 points" in page for page in pages)
    assert any("not given, because it counts at most 5 times a day" in page for page in pages)


def test_nobody_can_ask_why_for_another(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    ada = world.enrol("ada")
    world.earn(ada, 1)
    world.enrol("ben")
    activity = world.get("/v1/members/ada/activities").get_json()["data"][0]["id"]
    assert reader.get(f"/c/garden/members/{ada}/why/{activity}").status_code == 403
    reader.open_with(token_of(world, "ben"))
    assert reader.get(f"/c/garden/members/{ada}/why/{activity}").status_code == 403
    assert reader.get(f"/c/garden/members/me/why/{activity}").status_code == 404


def test_the_cookie_is_for_these_pages_and_no_script(world: World, reader: Reader) -> None:
    world.enrol("ada")
    answer = reader.open_with(token_of(world, "ada"))
    assert answer.status_code == 204
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/c/garden"):
        assert part in cookie
    seconds = int(cookie.partition("Max-Age=")[2].partition(";")[0])
    assert 0 < seconds <= 15 * 60


def test_the_cookie_opens_nothing_of_the_api(world: World, reader: Reader) -> None:
    world.enrol("ada")
    token = token_of(world, "ada")
    answer = world.app.test_client().get("/v1/members/me", headers={"Cookie": f"setia_member={token}"})
    assert answer.status_code == 401


def test_a_token_that_has_ended_opens_nothing(world: World, reader: Reader) -> None:
    world.enrol("ada")
    token = token_of(world, "ada")
    reader.open_with(token)
    with time_machine.travel(time.time() + 16 * 60):
        assert reader.get("/c/garden/members/me").status_code == 403
        assert reader.open_with(token).status_code == 401


def test_a_token_of_another_community_opens_nothing(world: World, noise: World, reader: Reader) -> None:
    token = token_of(noise, "ada")
    assert reader.open_with(token).status_code == 401
    assert "Set-Cookie" not in reader.open_with(token).headers


@pytest.mark.parametrize("sent", [{}, {"token": 1}, {"token": ""}, [], {"token": "x" * 5000}])
def test_what_is_no_token_is_refused(world: World, reader: Reader, sent: object) -> None:
    assert reader.post("/c/garden/session", json=sent).status_code in (401, 413, 422)
    assert reader.post("/c/garden/session", data="token=x").status_code == 415


def test_closing_the_page_forgets_the_token(world: World, reader: Reader) -> None:
    world.enrol("ada")
    reader.open_with(token_of(world, "ada"))
    assert reader.post("/c/garden/session/end").status_code == 303
    assert reader.get("/c/garden/members/me").status_code == 403


def test_no_token_comes_into_a_log(world: World, reader: Reader, capfd: pytest.CaptureFixture[str]) -> None:
    world.enrol("ada")
    token = token_of(world, "ada")
    configure("debug", readable=False)
    try:
        reader.open_with(token)
        reader.get("/c/garden/members/me")
    finally:
        configure("warning")
    said = capfd.readouterr().err
    assert "/c/garden/session" in said
    assert token not in said
