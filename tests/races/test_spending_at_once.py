"""However many spend at once, no point is spent twice and no piece of stock is given twice."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models import Redemption, Reward
from tests.databases import Database
from tests.races.calls import ENROLLED, answer, check, end, offer, redeem, say
from tests.races.processes import Crew
from tests.worlds import World


def test_twenty_spenders_on_one_balance_spend_what_is_there(database: Database, world: World, crew: Crew) -> None:
    offer(world, cost=15)
    world.record(answer(0, ENROLLED[0]))
    outcomes = crew.race(database, [redeem(world, 0)] * 20)
    answers = [one.answer for one in outcomes]
    assert (answers.count("held"), answers.count("insufficient_points")) == (6, 14), answers
    check(world, outcomes)
    assert world.standings()[world.members[0]].balance_by_currency() == {"points": 10}


def test_spending_and_earning_at_once_loses_neither(database: Database, world: World, crew: Crew) -> None:
    offer(world, cost=100)
    earning = [answer(number, ENROLLED[0]) for number in range(10)]
    calls = [call for one in earning for call in (say(world, one), redeem(world, 0))]
    outcomes = crew.race(database, calls)
    assert all(one.answer == ["recorded"] for one in outcomes[::2]), outcomes
    spent = [one.answer for one in outcomes[1::2]]
    assert set(spent) <= {"held", "insufficient_points"}, spent
    world.remember(earning)
    check(world, outcomes)
    balance = world.standings()[world.members[0]].balance_by_currency().get("points", 0)
    assert balance == 1000 - 100 * spent.count("held")


def test_the_last_piece_goes_to_one(database: Database, world: World, crew: Crew) -> None:
    offer(world, cost=10, stock=1)
    world.record(*(answer(number, one) for number, one in enumerate(ENROLLED)))
    outcomes = crew.race(database, [redeem(world, number % len(ENROLLED)) for number in range(18)])
    answers = [one.answer for one in outcomes]
    assert (answers.count("held"), answers.count("out_of_stock")) == (1, 17), answers
    with Session(database.engine) as session:
        assert session.get_one(Reward, (world.community, "mug")).taken == 1
    check(world, outcomes)


def test_a_redemption_ends_once(database: Database, world: World, crew: Crew) -> None:
    offer(world, cost=10, stock=5)
    world.record(answer(0, ENROLLED[0]))
    held = crew.race(database, [redeem(world, 0)])
    with Session(database.engine) as session:
        redemption = session.scalars(select(Redemption.id).where(Redemption.community_id == world.community)).one()
    outcomes = crew.race(database, [end(world, verb, redemption) for verb in ("fulfil", "cancel") * 8])
    answers = [one.answer for one in outcomes]
    (ended,) = {"fulfilled", "released"} & set(answers)
    assert (answers.count(ended), answers.count("not_open")) == (1, 15), answers
    with Session(database.engine) as session:
        assert session.get_one(Reward, (world.community, "mug")).taken == (1 if ended == "fulfilled" else 0)
    check(world, held + outcomes)
