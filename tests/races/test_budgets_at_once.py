"""However many are given something at once, a budget of everyone together gives what there is of it, and no more."""

from __future__ import annotations

from loyalty import clock
from loyalty.activities import Activity
from tests.databases import Database
from tests.races.calls import ENROLLED, TODAY, check, say
from tests.races.processes import Crew
from tests.worlds import World, person

DAY_AGO = TODAY - clock.DAY
RULES = {
    "rules": [
        {
            "key": "thanks",
            "on": "kudos_given",
            "earns": "beneficiary",
            "limits": [{"points": 1000, "per": "month", "budget": True}],
            "gives": {"points": 10},
        }
    ]
}


def kudos(number: int) -> Activity:
    return Activity(
        "kudos_given",
        f"kudos:{number}",
        DAY_AGO + number,
        "telegram",
        actor=person(100 + number),
        beneficiary=ENROLLED[number % len(ENROLLED)],
    )


def test_two_hundred_awards_of_ten_on_a_budget_of_a_thousand_give_a_hundred(database: Database, crew: Crew) -> None:
    world = World(database.engine, ENROLLED)
    world.publish(RULES)
    said = [kudos(number) for number in range(200)]
    outcomes = crew.race(database, [say(world, one) for one in said])
    world.remember(said)
    check(world, outcomes)
    balances = [row.balance_by_currency().get("points", 0) for row in world.standings().values()]
    assert sum(balances) == 1000
