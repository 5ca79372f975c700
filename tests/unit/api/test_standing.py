"""How a member stands, in parts that agree: points, lines, explanations, challenges, streaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.http import World, instant, refusal

BEN = "discourse:forum.example.org:8141"


@pytest.fixture(autouse=True)
def _published(world: World) -> None:
    world.publish()


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


def test_a_streak_is_told_in_what_its_rule_counts(world: World) -> None:
    rules = [
        {"key": "daily", "on": "post_created", "streak": {"days": 7}, "gives": {"points": 1}},
        {"key": "weekly", "on": "post_created", "streak": {"weeks": 4}, "gives": {"points": 1}},
    ]
    rules.append({**rules[0], "key": "forgiving", "streak": {"days": 9, "freezes": {"most": 2, "per": "month"}}})
    rules.append({**rules[2], "key": "vague", "tells": "intent"})
    world.publish({"rules": rules})
    said = {"kind": "post_created", "activity_key": "forum:post:1", "occurred_at": instant(), "actor": BEN}
    assert world.post("/v1/activities", said, key="ingest").status_code == 201
    assert world.get(f"/v1/members/{BEN}/streaks").get_json()["data"] == [
        {"rule": "daily", "days": 1},
        {"rule": "forgiving", "days": 1, "freezes_left": 2},
        {"rule": "vague", "days": 1},
        {"rule": "weekly", "weeks": 1},
    ]


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
