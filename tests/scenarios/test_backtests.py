"""What a back-test says is what publishing then does, to the point; and until then nothing has happened."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jobs import backtests as carrying
from jobs.app import Service
from loyalty import backtest_steps, backtests, budgets, clock, standings
from loyalty.db import Base
from loyalty.models import BacktestPart, Entry, StandingRow
from rules_engine.standing import Standing
from tests.databases import Database
from tests.draining import drain_all
from tests.http import World, instant, world

__all__ = ["world"]

PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "fay", "gus")
DAY = 86_400


def rulebook(**changes: Any) -> dict[str, Any]:
    """Single, count, streak and boost; badges, tiers, boards; limits, expiry, maturing."""
    return {
        "rules": [
            {"key": "post", "on": "post_created", "limits": [{"times": 2, "per": "day"}], "gives": {"points": 5}},
            {
                "key": "liked",
                "on": "helpful_reaction",
                "earns": "beneficiary",
                "gives": [{"points": 3, "expires_after": "20d"}],
            },
            {"key": "tenth", "on": "post_created", "count": {"every": 10}, "gives": [{"badge": "writer"}]},
            {"key": "week", "on": "post_created", "streak": {"days": 3}, "gives": [{"points": 20}]},
        ],
        "badges": [{"key": "writer"}, {"key": "rich", "needs": {"earned": {"points": 100}}}],
        "tiers": {
            "currency": "points",
            "period": "ever",
            "levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 60}],
        },
        "boards": [{"key": "ever", "period": "all"}, {"key": "monthly", "period": "month"}],
    } | changes


GENEROUS = rulebook(
    rules=[
        {
            "key": "post",
            "on": "post_created",
            "limits": [{"times": 3, "per": "day"}],
            "gives": {"points": 7, "matures_after": "5d"},
        },
        {"key": "liked", "on": "helpful_reaction", "earns": "beneficiary", "gives": [{"points": 1}]},
        {"key": "fifth", "on": "post_created", "count": {"every": 5}, "gives": [{"badge": "writer"}]},
        {
            "key": "weekend",
            "on": "post_created",
            "active": {"weekdays": ["sat", "sun"]},
            "boost": {"of": ["post"], "percent": 200},
        },
    ],
    tiers={
        "currency": "points",
        "period": "ever",
        "levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 30}, {"key": "advocate", "reach": 150}],
    },
)


CAPPED = rulebook(
    rules=[
        {
            "key": "post",
            "on": "post_created",
            "limits": [{"points": 28, "per": "month"}, {"points": 14, "per": "day", "budget": True}],
            "gives": {"points": 7},
        },
        {
            "key": "star",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "when": {"field": "member.tier", "one_of": ["helper"]},
            "limits": [{"times": 6, "per": "month", "budget": True}],
            "gives": [{"points": 11}],
        },
    ],
    tiers={
        "currency": "points",
        "period": "ever",
        "levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 14}],
    },
)
"""Who was refused on one day has room for more on another, and asks again."""


RICHER = rulebook(
    rules=[
        {**CAPPED["rules"][0], "gives": {"points": 6}},
        CAPPED["rules"][1],
    ],
    tiers=CAPPED["tiers"],
)
"""The same budgets are asked for other amounts."""
MOVED = rulebook(
    rules=[{**CAPPED["rules"][0], "on": "helpful_reaction"}, CAPPED["rules"][1]],
    tiers=CAPPED["tiers"],
)
"""The same budgets are asked by other facts, which need what the earlier ones were given."""


def live(world: World, facts: int = 120, days: int = 30) -> list[str]:
    """A month of a small community; answers its members. The last of them never writes, and is liked."""
    chance = random.Random(7)
    members = [world.enrol(name) for name in PEOPLE]
    said = []
    for number in range(facts):
        author, reader = chance.sample(members[:-1], 2)
        pair = number % 3 == 0
        if number % 9 == 0:
            author = members[-1]
        one = {
            "kind": "helpful_reaction" if pair else "post_created",
            "activity_key": f"forum:{number}",
            "occurred_at": instant(-chance.randrange(days * DAY) - 60),
            "actor": reader if pair else author,
        }
        said.append(one | ({"beneficiary": author} if pair else {}))
    answer = world.post("/v1/activities/batch", {"activities": said}, key="ingest")
    assert all(one["status"] == 201 for one in answer.get_json()["results"])
    drain_all(world.app)
    return members


def stored(database: Database) -> dict[str, Any]:
    """Every row that there is, but those of back-tests and of what is told about them."""
    own = {"backtests", "backtest_parts", "notices"}
    with database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in Base.metadata.sorted_tables
            if table.name not in own
        }


def backtest(world: World, **asked: Any) -> dict[str, Any]:
    """A back-test carried out to its end."""
    begun = world.post("/v1/rulebook/backtests", asked)
    assert begun.status_code == 202, begun.get_json()
    drain_all(world.app)
    found: dict[str, Any] = world.get(f"/v1/rulebook/backtests/{begun.get_json()['id']}").get_json()
    assert found["state"] == "done", found
    return found


def have(world: World, database: Database) -> dict[str, Standing]:
    """Everyone's standing now."""
    with Session(database.engine) as session:
        query = select(StandingRow.member_id).where(StandingRow.community_id == world.id)
        return {member: standings.view(session, world.id, member) for member in session.scalars(query)}


def given(world: World, database: Database, since: int) -> dict[str, dict[str, int]]:
    """What each rule gave from an instant on, net of what was taken back, as the ledger says."""
    sums: dict[str, dict[str, int]] = {}
    with Session(database.engine) as session:
        entries = session.scalars(select(Entry).where(Entry.community_id == world.id, Entry.at >= since))
        for entry in entries:
            if "issuance" in (entry.debit, entry.credit) and entry.rule != "adjustment":
                points = sums.setdefault(entry.rule, {})
                change = entry.amount if entry.debit == "issuance" else -entry.amount
                points[entry.currency] = points.get(entry.currency, 0) + change
    return {
        rule: {name: points for name, points in of.items() if points} for rule, of in sums.items() if any(of.values())
    }


def points_of(rows: list[dict[str, Any]], side: str) -> dict[str, dict[str, int]]:
    return {row["rule"]: row[side]["points"] for row in rows if row[side]["points"]}


def balance(standing: Standing) -> int:
    return sum(lot[2] for lot in standing.lots.get("points", [])) - standing.debt.get("points", 0)


def held(standings_now: Mapping[str, Standing], word: Callable[[Standing], Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for one in standings_now.values():
        found[word(one)] = found.get(word(one), 0) + 1
    return found


def matches(report: dict[str, Any], side: str, world: World, database: Database, since: int) -> None:
    """One side of the report is what stands in the community. Raises `AssertionError`."""
    now = have(world, database)
    assert points_of(report["rules"], side) == given(world, database, since)
    for row in report["points"]:
        for moved in (*row["gained"]["most"], *row["lost"]["most"]):
            assert moved[side] == balance(now[moved["member"]]), moved
    tiers: dict[Any, int] = {}
    for row in report["tiers"]:
        name = row["from" if side == "before" else "to"]
        tiers[name] = tiers.get(name, 0) + row["members"]
    assert tiers == held(now, lambda one: one.tier_key)
    for row in report["badges"]:
        assert row[side] == sum(row["badge"] in one.badges for one in now.values())
    (owed,) = report["liability"]
    at = clock.now()
    assert owed[side]["available"] == sum(one.available("points", at) for one in now.values())
    assert owed[side]["maturing"] == sum(one.maturing("points", at) for one in now.values())


@pytest.mark.parametrize("nobody_loses", [False, True])
@pytest.mark.parametrize("days_ago", [None, 9])
def test_publishing_does_what_the_back_test_said(
    world: World, database: Database, days_ago: int | None, nobody_loses: bool
) -> None:
    world.publish(rulebook())
    live(world)
    since = 0 if days_ago is None else clock.now() - days_ago * clock.DAY
    asked = {} if days_ago is None else {"from": clock.to_rfc3339(since)}
    world.put("/v1/rulebook/draft", GENEROUS)
    before = stored(database)

    found = backtest(world, **asked, gains_only=nobody_loses)

    report = found["report"]
    assert any(row["rule"] == "kept" for row in report["rules"]) == nobody_loses
    assert any(row["lost"]["members"] for row in report["points"]) != nobody_loses
    assert stored(database) == before
    assert (report["members"], report["facts"]) == (len(PEOPLE), 120)
    assert report["read_through"]["at"] <= found["to"]
    matches(report, "before", world, database, since)
    mode = {"mode": "retroactive"} if days_ago is None else {"mode": "from", **asked}
    mode |= {"gains_only": nobody_loses}
    assert world.post("/v1/rulebook/publications", mode).status_code == 201
    drain_all(world.app)
    matches(report, "after", world, database, since)
    assert points_of(report["rules"], "before") != points_of(report["rules"], "after")


def test_budgets_answer_in_a_back_test_as_they_answer_when_it_is_published(world: World, database: Database) -> None:
    world.publish(rulebook())
    members = live(world)
    world.put("/v1/rulebook/draft", CAPPED)
    before = stored(database)

    report = backtest(world)["report"]

    assert stored(database) == before
    asked = {(row["budget"], row["window"]): row["after"] for row in report["budgets"]}
    assert any(row["refused"] for row in asked.values())
    world.publish(CAPPED)
    drain_all(world.app)
    matches(report, "after", world, database, 0)
    with Session(database.engine) as session:
        used = {place: amount for place, amount in budgets.in_use(session, world.id).items() if amount}
    assert used == {place: row["granted"] for place, row in asked.items() if row["granted"]}

    world.put("/v1/rulebook/draft", RICHER)
    again = backtest(world)["report"]

    matches(again, "before", world, database, 0)
    world.publish(RICHER)
    drain_all(world.app)
    matches(again, "after", world, database, 0)

    world.put("/v1/rulebook/draft", MOVED)
    moved = backtest(world)["report"]

    matches(moved, "before", world, database, 0)
    assert points_of(moved["rules"], "after")["post"]
    world.publish(MOVED)
    drain_all(world.app)
    matches(moved, "after", world, database, 0)

    world.post("/v1/activities/batch", {"activities": posts(members, 40)}, key="ingest")
    world.put("/v1/rulebook/draft", CAPPED)
    what_lay_idle = backtest(world)["report"]

    matches(what_lay_idle, "before", world, database, 0)
    world.publish(CAPPED)
    drain_all(world.app)
    matches(what_lay_idle, "after", world, database, 0)


def posts(members: list[str], many: int) -> list[dict[str, Any]]:
    """Facts that come after all others were recorded, about the same month."""
    chance = random.Random(8)
    return [
        {
            "kind": "post_created",
            "activity_key": f"late:{number}",
            "occurred_at": instant(-chance.randrange(30 * DAY) - 60),
            "actor": chance.choice(members),
        }
        for number in range(many)
    ]


@pytest.fixture
def service(database: Database, valkey_url: str) -> Iterator[Service]:
    with Redis.from_url(valkey_url) as redis:
        yield Service(database.engine, redis)


def test_workers_may_be_killed_and_race_and_the_report_stays_the_same(
    world: World, database: Database, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest_steps, "PAGE", 2)
    monkeypatch.setattr(backtests, "_PART", 3)
    world.publish(rulebook())
    live(world)
    world.put("/v1/rulebook/draft", CAPPED)
    undisturbed = backtest(world)["report"]
    disturbed = world.post("/v1/rulebook/backtests", {}).get_json()["id"]
    chance = random.Random(3)
    left = 0
    while (one := service.write(backtest_steps.claim)) is not None:
        service.read(backtest_steps.page, one)
        fate = chance.choice(("killed", "raced", "kept"))
        if fate == "kept":
            service.write(backtest_steps.keep, one)
            continue
        left += 1
        forget_claims(database)  # as when its time is up
        if fate == "raced":
            other = service.write(backtest_steps.claim)
            assert other is not None
            service.read(backtest_steps.page, other)
            service.write(backtest_steps.keep, other)
            service.write(backtest_steps.keep, one)  # late: it counts for nothing
    assert left > 3

    found = world.get(f"/v1/rulebook/backtests/{disturbed}").get_json()

    assert found["state"] == "done"
    assert {**found["report"], "read_through": None} == {**undisturbed, "read_through": None}
    assert found["progress"]["facts"] == found["progress"]["facts_in_all"] == 120


def test_what_breaks_again_and_again_has_failed_and_says_why(
    world: World, database: Database, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(rulebook())
    live(world, facts=3)
    one = world.post("/v1/rulebook/backtests", {"version": 1}).get_json()["id"]

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("rules_engine.backtest.fold", breaks)
    told: list[str] = []
    for _ in range(backtest_steps.TRIES + 1):
        carrying.drain(service, failed=lambda what, error: told.append(what))
        forget_claims(database)

    found = world.get(f"/v1/rulebook/backtests/{one}").get_json()
    assert (found["state"], found["error"]) == ("failed", "ZeroDivisionError")
    assert told == [f"back-test {one}"] * backtest_steps.TRIES


def forget_claims(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(update(BacktestPart).values(claimed_until=None))
