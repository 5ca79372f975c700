"""Signals while recording: they withhold an award in the transaction of the fact, and never twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import cases, clock, fairplay, members, rebuild, verdicts
from loyalty.activities import Activity, Identity
from loyalty.errors import Conflict, Invalid
from loyalty.models import Case, FactRow
from tests.databases import Database
from tests.worlds import World, person

NOON = clock.now() - 3 * clock.DAY
ADA, BEN, CLEO = person(0), person(1), person(2)
RULES: dict[str, Any] = {
    "rules": [
        {
            "key": "like",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "limits": [{"times": 5, "per": "day"}],
            "gives": [{"points": 10}, {"badge": "liked"}],
        },
        {"key": "post", "on": "post_created", "gives": {"points": 1}},
        {"key": "posts", "on": "post_created", "count": {"at": [2]}, "gives": {"points": 50}},
    ],
    "badges": [{"key": "liked"}],
    "tiers": {"period": "ever", "levels": [{"key": "member", "reach": 0}, {"key": "silver", "reach": 20}]},
}
PAIR = {"pair": {"kinds": ["helpful_reaction"], "more_than": 2, "days": 7}}


def like(number: int, who: Identity = BEN, whom: Identity = ADA, **more: Any) -> Activity:
    at = more.pop("at", NOON + number * clock.SECOND)
    return Activity("helpful_reaction", f"like:{number:03}", at, "telegram", actor=who, beneficiary=whom, **more)


def post(number: int, who: Identity = ADA) -> Activity:
    return Activity("post_created", f"post:{number:03}", NOON + number * clock.SECOND, "telegram", actor=who)


@pytest.fixture
def world(database: Database) -> World:
    world = World(database.engine, [ADA, BEN, CLEO])
    world.publish(RULES)
    return world


def look_out(world: World, signals: dict[str, Any]) -> None:
    world.do(lambda session: fairplay.change(session, world.community, signals, "root").revision)


def found(world: World, **more: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """The kinds and figures of all cases, the first first."""

    def read(session: Session) -> list[tuple[str, list[dict[str, Any]]]]:
        rows = cases.list_for(session, world.community, limit=100, **more)
        return [(row.kind, row.signals) for row in reversed(rows)]

    return world.do(read)


def decide(world: World, outcome: str) -> None:
    """Decide all open cases."""

    def work(session: Session) -> None:
        for row in cases.list_for(session, world.community, state=cases.OPEN, limit=100):
            verdicts.decide(session, world.community, row.id, outcome, "a reason", "root")

    world.do(work)


def points(world: World) -> list[int]:
    """What they have, after everything about them was compared with the truth."""
    world.finish(clock.now())
    assert rebuild.rebuild(world.do, world.community) == []
    rows = world.standings()
    return [rows[member].balance_by_currency().get("points", 0) for member in world.members]


def test_nothing_is_withheld_unless_it_is_switched_on(world: World) -> None:
    world.record(*(like(number) for number in range(5)))
    assert points(world) == [50, 0, 0]
    assert found(world) == []


def test_the_same_two_people_too_often_waits_for_a_person(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(3)))
    (answer,) = world.record(like(3))

    assert points(world) == [20, 0, 0]
    assert [(decision.rule, decision.code) for _, decision in answer.decisions] == [("like", "withheld")]
    figures = {"signal": "pair", "more_than": 2, "days": 7}
    assert found(world) == [("award", [{**figures, "count": 3}]), ("award", [{**figures, "count": 4}])]
    world.check(clock.now())


def test_both_directions_are_the_same_two_people(world: World) -> None:
    look_out(world, PAIR)
    world.record(like(1), like(2, ADA, BEN), like(3), like(4, CLEO, ADA))
    assert points(world) == [20, 10, 0]
    assert len(found(world)) == 1


def test_what_lies_further_back_does_not_count(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number, at=NOON - 7 * clock.DAY - number) for number in range(1, 3)))
    world.record(like(3))
    assert found(world) == []


def test_a_replay_opens_nothing_twice(world: World) -> None:
    look_out(world, PAIR)
    batch = [like(number) for number in range(4)]
    world.record(*batch)
    world.record(*batch)
    world.undo("retract", "like:003")
    world.record(*(like(number, version=clock.now() + number) for number in range(4)))
    assert len(found(world)) == 2
    assert points(world) == [20, 0, 0]


def test_what_was_withheld_stays_so_whatever_arrives_late(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(10, 13)))
    world.record(like(1), post(2))

    world.check(clock.now())
    assert points(world)[0] == 21, "the late one was the fourth of its days when it came"
    assert len(found(world)) == 2


def test_in_whatever_order_a_batch_says_it_the_later_ones_wait(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in (3, 1, 2, 0)))
    world.record(like(-1))
    world.check(clock.now())
    booked = world.found()[world.members[0]].booked
    assert {key for rule, key, _ in booked if rule == "like"} == {"like:000", "like:001"}


def test_one_who_is_given_the_award_after_all_has_it_at_its_own_instant(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(4)))
    decide(world, cases.GAVE)
    assert points(world) == [40, 0, 0]
    (row,) = [row for row in world.standings().values() if row.member_id == world.members[0]]
    assert '"silver"' in row.state
    assert world.found()[world.members[0]].booked["like", "like:003", "points:points"][3] == NOON + 3 * clock.SECOND


def test_what_was_refused_stays_withheld_when_it_is_said_again(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(3)))
    decide(world, cases.REFUSED)
    world.record(like(2, version=1, data={"emoji": "x"}))
    assert points(world) == [20, 0, 0]


def test_a_case_is_decided_once(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(3)))
    decide(world, cases.REFUSED)

    def again(session: Session) -> None:
        (row,) = cases.list_for(session, world.community)
        verdicts.decide(session, world.community, row.id, cases.GAVE, "why", "root")

    with pytest.raises(Conflict) as refused:
        world.do(again)
    assert refused.value.code == "already_decided"


def test_a_burst_is_of_one_person_whoever_it_is_about(world: World) -> None:
    look_out(world, {"burst": {"kinds": ["helpful_reaction"], "more_than": 2, "minutes": 1}})
    world.record(like(1, whom=ADA), like(2, whom=CLEO), like(3, whom=ADA), like(100, whom=ADA))
    assert points(world) == [20, 0, 10]
    assert found(world)[0][1] == [{"signal": "burst", "count": 3, "more_than": 2, "minutes": 1}]


def test_who_was_never_seen_before_and_knows_one_person_alone_is_looked_at(world: World) -> None:
    look_out(world, {"fresh_account": {"kinds": ["helpful_reaction"], "days": 2}})
    world.record(post(-300_000, CLEO))
    world.record(post(1, ADA))
    world.record(like(2, BEN), like(3, CLEO))
    assert points(world) == [1 + 10, 0, 1]
    world.record(post(4, BEN))
    world.record(like(5, BEN))
    assert points(world) == [1 + 20, 1, 1], "who does something else is nobody's second account"


def test_who_shares_a_device_is_looked_at(world: World) -> None:
    look_out(world, {"self_dealing": {"kinds": ["helpful_reaction"], "attributes": ["device"]}})
    for member, device in zip(world.members, ("x", "x", "y"), strict=True):
        world.do(
            lambda session, member=member, device=device: (
                members.change(session, world.community, member, attributes={"device": device}).id
            )
        )
    world.record(like(1, BEN), like(2, CLEO))
    assert points(world) == [10, 0, 0]
    assert found(world) == [("award", [{"signal": "self_dealing", "attributes": ["device"]}])]


def test_what_no_rule_gives_anything_for_is_no_case(world: World) -> None:
    look_out(world, {"burst": {"kinds": ["comment_created"], "more_than": 1, "minutes": 60}})
    said = Activity("comment_created", "comment", NOON, "telegram", actor=ADA)
    world.record(said, Activity("comment_created", "other", NOON + 1, "telegram", actor=ADA))
    assert found(world) == []


def test_a_withheld_award_uses_no_limit(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(6)))
    world.record(*(like(number, CLEO) for number in range(10, 12)))
    assert points(world) == [40, 0, 0]
    decide(world, cases.GAVE)
    assert points(world) == [50, 0, 0], "five a day"


def test_voiding_what_was_fraud_pays_the_honest_what_the_cap_had_refused(world: World) -> None:
    world.record(*(like(number) for number in range(5)))
    world.record(like(10, CLEO))
    assert points(world) == [50, 0, 0]
    world.undo("void", "like:000")
    world.check(clock.now())
    booked = world.found()[world.members[0]].booked
    assert ("like", "like:010", "points:points") in booked
    assert points(world) == [50, 0, 0]


def test_a_case_goes_where_the_identity_goes(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(3)))
    world.link(ADA, 2, clock.now())
    assert points(world) == [0, 0, 20]
    assert world.do(lambda session: len(cases.list_for(session, world.community, member_id=world.members[2]))) == 1
    decide(world, cases.GAVE)
    assert points(world) == [0, 0, 30]


def test_a_long_timeline_is_told_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty.standings.LONG", 2)
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(6)))
    decide(world, cases.GAVE)
    assert [row.stale_at is not None for row in world.standings().values()].count(True) == 1
    world.settle()
    assert points(world) == [50, 0, 0]


def test_an_unknown_kind_is_pointed_at(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        look_out(world, {"burst": {"kinds": ["post_created", "nothing"], "more_than": 1, "minutes": 1}})
    assert refused.value.problems[0].pointer == "/burst/kinds/1"


def test_who_records_hears_of_a_change_at_once(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(3)))
    look_out(world, {})
    world.record(like(3))
    assert points(world) == [30, 0, 0]


def test_the_decision_is_a_fact(world: World) -> None:
    look_out(world, PAIR)
    world.record(*(like(number) for number in range(3)))
    decide(world, cases.GAVE)

    def read(session: Session) -> Case:
        (row,) = cases.list_for(session, world.community)
        session.expunge(row)
        return row

    row = world.do(read)
    assert (row.state, row.outcome, row.reason, row.decided_by) == ("decided", "gave", "a reason", "root")
    with Session(world.engine) as session:
        fact = session.scalars(select(FactRow).where(FactRow.kind == "case_decided")).one()
    told = json.loads(fact.body)["data"]
    assert told == {"case": row.id, "about": row.subject, "outcome": "gave", "reason": "a reason", "by": "root"}
