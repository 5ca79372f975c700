"""Back-tests as an admin asks for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import backtests, clock
from loyalty.models import BacktestPart, BacktestRow
from tests.databases import Database
from tests.draining import drain_all
from tests.http import RULEBOOK, World, instant, noise, pointers, refusal, world

__all__ = ["noise", "world"]

BEN = "discourse:forum.example.org:8141"
PATH = "/v1/rulebook/backtests"
RULE = RULEBOOK["rules"][0]
GENEROUS = {**RULEBOOK, "rules": [{**RULE, "gives": [{"points": 70}]}]}


def begun(world: World, **asked: Any) -> str:
    answer = world.post(PATH, asked)
    assert answer.status_code == 202, answer.get_json()
    found: str = answer.get_json()["id"]
    return found


def done(world: World, **asked: Any) -> str:
    one = begun(world, **asked)
    drain_all(world.app)
    assert world.get(f"{PATH}/{one}").get_json()["state"] == "done"
    return one


def test_the_draft_is_tried_on_what_happened(world: World, noise: World) -> None:
    world.publish()
    world.earn(BEN, 2)
    world.earn(world.enrol("ada"))
    world.put("/v1/rulebook/draft", GENEROUS)

    one = begun(world, note="too little?")

    first = world.get(f"{PATH}/{one}").get_json()
    assert (first["state"], first["report"], first["note"]) == ("running", None, "too little?")
    assert (first["version"], first["drafted"], first["from"]) == (2, True, None)
    assert first["progress"]["members"] == 0 < first["progress"]["members_in_all"]
    drain_all(world.app)
    found = world.get(f"{PATH}/{one}").get_json()
    assert found["state"] == "done"
    assert (found["progress"]["facts"], found["progress"]["facts_in_all"]) == (3, 3)
    report = found["report"]
    assert report["rules"] == [
        {
            "rule": "helpful-answer",
            "before": {"times": 3, "members": 2, "points": {"points": 30}},
            "after": {"times": 3, "members": 2, "points": {"points": 210}},
            "difference": {"times": 0, "members": 0, "points": {"points": 180}},
        }
    ]
    (moved,) = report["points"]
    assert [(one["before"], one["after"]) for one in moved["gained"]["most"]] == [(20, 140), (10, 70)]
    assert moved["gained"]["most"][1]["name"] == "Ada"
    assert {"from": "member", "to": "helper", "members": 1} in report["tiers"]
    (badge,) = report["badges"]
    assert (badge["before"], badge["lost"]) == (2, 2)


def test_an_earlier_version_is_tried_without_a_draft(world: World) -> None:
    world.publish()
    world.publish(GENEROUS)
    world.earn(BEN)

    found = world.get(f"{PATH}/{done(world, version=1)}").get_json()

    assert (found["version"], found["drafted"]) == (1, False)
    assert found["report"]["rules"][0]["difference"]["points"] == {"points": -60}
    assert refusal(world.post(PATH, {"version": 9})) == (404, "version_not_found")


def test_a_draft_with_problems_is_refused_with_their_places(world: World) -> None:
    world.publish()
    world.put("/v1/rulebook/draft/rules/helpful-answer", {**RULE, "on": "answer_acepted"})
    refused = world.post(PATH, {})
    assert refusal(refused) == (422, "rulebook_refused")
    assert pointers(refused) == {"/rules/0/on"}
    assert world.get(PATH).get_json()["data"] == []


def test_without_a_draft_there_is_nothing_to_try(world: World) -> None:
    assert refusal(world.post(PATH, {})) == (409, "no_draft")


def test_instants_have_to_be_history(world: World) -> None:
    world.publish()
    future = world.post(PATH, {"to": instant(60)})
    assert (refusal(future), pointers(future)) == ((422, "invalid"), {"/to"})
    backwards = world.post(PATH, {"from": instant(-60), "to": instant(-120)})
    assert (refusal(backwards), pointers(backwards)) == ((422, "invalid"), {"/from"})
    assert refusal(world.post(PATH, {"from": "yesterday"})) == (422, "invalid")


def test_what_was_first_said_afterwards_and_what_happened_later_is_not_looked_at(world: World) -> None:
    world.publish()
    world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-3600)))
    world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-60)))
    hour = begun(world, to=instant(-1800), version=1)
    whole = begun(world, version=1)
    world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-2400)))
    drain_all(world.app)

    facts = [world.get(f"{PATH}/{one}").get_json()["report"]["facts"] for one in (hour, whole)]
    assert facts == [1, 2]


def test_the_draft_may_change_and_a_rulebook_be_published_meanwhile(world: World) -> None:
    world.publish()
    world.earn(BEN)
    world.put("/v1/rulebook/draft", GENEROUS)
    one = begun(world)
    world.publish({"rules": []})
    drain_all(world.app)

    (rule,) = world.get(f"{PATH}/{one}").get_json()["report"]["rules"]
    assert (rule["before"]["points"], rule["after"]["points"]) == ({"points": 10}, {"points": 70})


def test_one_that_is_stopped_says_nothing_and_stays_stopped(world: World) -> None:
    world.publish()
    world.earn(BEN)
    one = begun(world, version=1)
    assert world.delete(f"{PATH}/{one}").get_json()["state"] == "stopped"
    drain_all(world.app)
    found = world.get(f"{PATH}/{one}").get_json()
    assert (found["state"], found["report"]) == ("stopped", None)
    assert world.delete(f"{PATH}/{one}").status_code == 200
    assert refusal(world.get(f"{PATH}/{one}/compare?with={one}")) == (409, "backtest_not_done")


def test_one_that_has_ended_cannot_be_stopped(world: World) -> None:
    world.publish()
    assert refusal(world.delete(f"{PATH}/{done(world, version=1)}")) == (409, "backtest_ended")


def test_two_run_at_a_time_and_a_third_waits_its_turn(world: World) -> None:
    world.publish()
    first = begun(world, version=1)
    begun(world, version=1)
    refused = world.post(PATH, {"version": 1})
    assert refusal(refused) == (409, "backtests_running")
    assert "2 back-tests" in refused.get_json()["detail"]
    world.delete(f"{PATH}/{first}")
    begun(world, version=1)


def test_the_same_request_again_begins_no_other(world: World) -> None:
    world.publish()
    answers = [world.post(PATH, {"version": 1}, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert len({answer.get_json()["id"] for answer in answers}) == 1


def test_two_are_compared_by_what_each_would_give(world: World) -> None:
    world.publish()
    world.earn(BEN)
    world.put("/v1/rulebook/draft", GENEROUS)
    generous, plain = done(world), done(world, version=1)

    found = world.get(f"{PATH}/{plain}/compare?with={generous}").get_json()

    assert found["same_facts"]
    assert found["rules"][0]["difference"]["points"] == {"points": 60}
    assert found["tiers"] == [
        {"tier": "helper", "before": {"members": 0}, "after": {"members": 1}, "difference": {"members": 1}},
        {"tier": "member", "before": {"members": 2}, "after": {"members": 1}, "difference": {"members": -1}},
    ]
    assert refusal(world.get(f"{PATH}/{plain}/compare")) == (422, "invalid")
    assert refusal(world.get(f"{PATH}/{plain}/compare?with=nobody")) == (404, "backtest_not_found")


def test_what_rules_give_is_not_compared_where_they_count_from_different_days(world: World) -> None:
    world.publish()
    world.earn(BEN)
    ever, since = done(world, version=1), done(world, version=1, **{"from": instant(-60)})

    found = world.get(f"{PATH}/{ever}/compare?with={since}").get_json()

    assert (found["same_facts"], found["same_start"], found["rules"]) == (True, False, [])
    (owed,) = found["liability"]
    assert owed["before"] == owed["after"]


def test_a_community_without_members_or_rulebook_has_a_report_too(world: World) -> None:
    world.put("/v1/rulebook/draft", RULEBOOK)
    report = world.get(f"{PATH}/{done(world)}").get_json()["report"]
    assert (report["members"], report["read_through"]) == (0, None)
    assert [row["rule"] for row in report["rules"]] == ["helpful-answer"]


def test_the_list_says_how_far_each_is_the_latest_first(world: World, noise: World) -> None:
    world.publish()
    first, second = done(world, version=1), begun(world, version=1)
    noise.post(PATH, {"version": 1})
    page = world.get(f"{PATH}?limit=1").get_json()
    assert [(one["id"], one["state"]) for one in page["data"]] == [(second, "running")]
    rest = world.get(f"{PATH}?limit=1&cursor={page['next_cursor']}").get_json()
    assert [(one["id"], one["state"]) for one in rest["data"]] == [(first, "done")]
    assert rest["next_cursor"] is None


def test_those_of_another_community_are_not_there(world: World, noise: World) -> None:
    theirs = noise.post(PATH, {"version": 1}).get_json()["id"]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/compare?with=x")):
        assert refusal(world.call(method, f"{PATH}/{theirs}{path}")) == (404, "backtest_not_found")


def test_what_ended_long_ago_is_forgotten_and_fifty_are_kept(world: World, database: Database) -> None:
    world.publish()
    old, recent, running = done(world, version=1), done(world, version=1), begun(world, version=1)
    with Session(database.engine) as session:
        session.get_one(BacktestRow, old).ended_at = clock.now() - backtests.KEEP - clock.DAY
        session.commit()
        assert backtests.forget_old(session) == 1
        session.commit()
    there = [one["id"] for one in world.get(PATH).get_json()["data"]]
    assert there == [running, recent]
    with Session(database.engine) as session:
        parts = session.scalar(select(func.count()).where(BacktestPart.backtest_id == old))
        assert parts == 0


def test_the_oldest_that_ended_makes_room(world: World, database: Database) -> None:
    world.publish()
    first = done(world, version=1)
    with Session(database.engine) as session:
        row = session.get_one(BacktestRow, first)
        copied = {column.key: getattr(row, column.key) for column in BacktestRow.__table__.columns}
        for number in range(backtests.KEPT - 1):
            session.add(BacktestRow(**copied | {"id": f"bkt_later_{number:02}"}))
        session.commit()
    last = begun(world, version=1)
    kept = [one["id"] for one in world.get(f"{PATH}?limit=200").get_json()["data"]]
    assert len(kept) == backtests.KEPT
    assert last in kept
    assert first not in kept
