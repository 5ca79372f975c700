"""A rule that keeps its key and becomes another form: what it gives, what a back-test says, what a revert leaves."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty import clock
from tests.databases import Database
from tests.draining import drain_all
from tests.http import World, instant, world
from tests.scenarios.test_backtests import backtest, have, live, matches, rulebook

__all__ = ["world"]

DAY = 86_400
STREAK = {"key": "habit", "on": "post_created", "streak": {"days": 2}, "gives": [{"points": 20}, {"badge": "writer"}]}
COUNT = {"key": "habit", "on": "post_created", "count": {"every": 2}, "gives": {"points": 3}}
SWAPPED = rulebook(
    rules=[
        {"key": "post", "on": "post_created", "count": {"at": [1, 4]}, "gives": {"points": 5}},
        {
            "key": "liked",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "count": {"every": 2},
            "gives": {"points": 4},
        },
        {"key": "tenth", "on": "post_created", "streak": {"days": 2}, "gives": [{"points": 9}]},
        {"key": "week", "on": "post_created", "count": {"every": 3}, "gives": [{"points": 7}, {"badge": "writer"}]},
    ]
)


def post(world: World, member: str, number: int, seconds: float) -> None:
    said = {
        "kind": "post_created",
        "activity_key": f"forum:post:{number}",
        "occurred_at": instant(seconds),
        "actor": member,
    }
    answer = world.post("/v1/activities", said, key="ingest")
    assert answer.status_code == 201, answer.get_json()


def publish(world: World, rule: dict[str, Any], **how: Any) -> str:
    assert world.put("/v1/rulebook/draft", rulebook(rules=[rule])).status_code == 200
    answer = world.post("/v1/rulebook/publications", how)
    assert answer.status_code == 201, answer.get_json()
    drain_all(world.app)
    publication: str = answer.get_json()["id"]
    return publication


def revert(world: World, publication: str) -> str:
    answer = world.post(f"/v1/rulebook/publications/{publication}/revert", {})
    assert answer.status_code == 201, answer.get_json()
    drain_all(world.app)
    undoing: str = answer.get_json()["id"]
    return undoing


def has(world: World, database: Database, member: str) -> dict[str, Any]:
    """All that the rules remember, but for how far they have read."""
    drain_all(world.app)
    return {name: found for name, found in vars(have(world, database)[member]).items() if name != "through"}


def balance(world: World, member: str) -> int:
    drain_all(world.app)
    found: int = world.balance(member)["balance"]
    return found


def test_a_streak_that_becomes_a_count_begins_anew_and_comes_back_as_it_was(world: World, database: Database) -> None:
    publish(world, STREAK, mode="retroactive")
    ada = world.enrol("ada")
    for number, days in enumerate((9, 8, 7, 6)):
        post(world, ada, number, -days * DAY)
    before = has(world, database, ada)
    assert (balance(world, ada), sorted(before["badges"])) == (40, ["writer"])

    second = publish(world, COUNT, mode="from", **{"from": instant(-6.5 * DAY)})
    assert balance(world, ada) == 20  # of the second two days in a row the last is the first post of two by now
    undoing = revert(world, second)
    assert has(world, database, ada) == before

    revert(world, undoing)
    assert balance(world, ada) == 20
    post(world, ada, 10, -5 * DAY)
    assert balance(world, ada) == 20 + 3
    post(world, ada, 11, -6.2 * DAY)  # late, and before both: the second of two is another one
    assert balance(world, ada) == 20 + 3
    post(world, ada, 12, -4 * DAY)
    assert balance(world, ada) == 20 + 3 + 3


@pytest.mark.parametrize("days_ago", [None, 9])
def test_a_back_test_of_other_forms_says_what_publishing_them_does_and_a_revert_undoes_it(
    world: World, database: Database, days_ago: int | None
) -> None:
    world.publish(rulebook())
    members = live(world)
    before = [has(world, database, member) for member in members]
    since = 0 if days_ago is None else clock.now() - days_ago * clock.DAY
    asked = {} if days_ago is None else {"from": clock.to_rfc3339(since)}
    world.put("/v1/rulebook/draft", SWAPPED)
    report = backtest(world, **asked)["report"]
    assert {row["rule"] for row in report["rules"] if row["after"]["times"]} == {"post", "liked", "tenth", "week"}
    mode = {"mode": "retroactive"} if days_ago is None else {"mode": "from", **asked}
    published = world.post("/v1/rulebook/publications", mode)
    assert published.status_code == 201
    drain_all(world.app)
    matches(report, "after", world, database, since)
    revert(world, published.get_json()["id"])
    assert [has(world, database, member) for member in members] == before
