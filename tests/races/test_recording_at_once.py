"""Whoever says what at once, nobody is refused and all ends as if it had been said one after another."""

from __future__ import annotations

from random import Random

import pytest

from loyalty import clock, drafts
from loyalty.activities import Activity, Identity, Reference
from rules_engine.fields import KINDS
from rules_engine.fold import Era
from rules_engine.parse import parse
from tests.databases import Database
from tests.oracle import LINKED, Saying
from tests.races.calls import (
    ENROLLED,
    RULES,
    TODAY,
    answer,
    check,
    link,
    offer,
    post,
    publish,
    reconcile,
    redeem,
    say,
)
from tests.races.processes import Crew
from tests.worlds import ZONE, World, person

STRANGER = person(90)


def test_one_activity_delivered_twenty_times_counts_once(database: Database, world: World, crew: Crew) -> None:
    one = post(1, STRANGER)
    outcomes = crew.race(database, [say(world, one)] * 20)
    statuses = [outcome.answer for outcome in outcomes]
    assert (statuses.count(["recorded"]), statuses.count(["replayed"])) == (1, 19), statuses
    world.remember([one])
    check(world, outcomes)
    assert len(world.standings()) == len(ENROLLED) + 1


@pytest.mark.parametrize("who", [ENROLLED[0], STRANGER], ids=["somebody known", "a stranger"])
def test_twenty_activities_of_one_member_keep_the_limits(
    database: Database, world: World, crew: Crew, who: Identity
) -> None:
    posts = [post(number, who) for number in range(20)]
    outcomes = crew.race(database, [say(world, one) for one in posts])
    assert [outcome.answer for outcome in outcomes] == [["recorded"]] * 20
    world.remember(posts)
    check(world, outcomes)


def test_references_find_who_answers_them_at_the_same_moment(database: Database, world: World, crew: Crew) -> None:
    calls, said = [], []
    for number in range(24):
        reference = f"author_of:telegram::{number}"
        author, reader = ENROLLED[number % 3], ENROLLED[3 + number % 3]
        asks = Activity(
            "helpful_reaction", f"like:{number}", TODAY, "telegram", actor=reader, beneficiary=Reference(reference)
        )
        answers = post(number, author, declares=reference)
        said += [asks, answers]
        calls += [say(world, asks), say(world, answers)]
    outcomes = crew.race(database, calls)
    assert [outcome.answer for outcome in outcomes] == [["recorded"]] * 48
    world.remember(said)
    check(world, outcomes)
    assert all("liked" in world.found()[world.members[number]].badges for number in range(3))


@pytest.mark.parametrize("seed", [1, 2])
def test_batches_singles_links_spends_and_a_publication_meet(
    database: Database, world: World, crew: Crew, seed: int
) -> None:
    random = Random(seed)  # no secret hangs on it
    offer(world, cost=60)
    world.record(*(answer(number, one) for number, one in enumerate(ENROLLED[:3])))
    said = _sayings(random)
    calls = [say(world, one) for one in random.sample(said, len(said))]
    calls += [say(world, *random.sample(said, 15)) for _ in range(12)]
    calls += [redeem(world, number % 6) for number in range(12)]
    calls += [reconcile(world)] * 2
    bonds = [(ENROLLED[5], 0, 1), (ENROLLED[4], 5, 1), (ENROLLED[5], 1, 2), (person(91), 2, 1)]
    calls += [link(world, *bond) for bond in bonds]
    start = TODAY - 2 * clock.DAY
    document = RULES | {"rules": RULES["rules"][1:]}
    world.do(lambda session: drafts.save(session, world.community, document, "root") and None)
    calls.append(publish(world, start))
    random.shuffle(calls)
    outcomes = crew.race(database, calls)
    for call, outcome in zip(calls, outcomes, strict=True):
        accepted = {"recorded", "changed", "replayed"}, {"held", "insufficient_points", "in_debt"}
        told = set(outcome.answer) <= accepted[0] if isinstance(outcome.answer, list) else outcome.answer in accepted[1]
        assert outcome.answer is None or told, (call, outcome)
    world.remember(said)
    world.sayings += [
        Saying(
            Activity(
                LINKED,
                f"link:{identity[:3]}",
                version,
                "setia",
                version=version,
                data={"identity": tuple(identity[:3]), "member": world.members[member]},
            )
        )
        for identity, member, version in bonds
    ]
    world.published.append(Era(start, parse(document, KINDS), ZONE))
    check(world, outcomes)


def _sayings(random: Random) -> list[Activity]:
    """Posts and likes of six people and a stranger, some of them amended, some undone, some named by reference."""
    people = [*ENROLLED, person(91)]
    said: list[Activity] = []
    for number in range(30):
        author, day = random.choice(people), TODAY - random.randint(1, 5) * clock.DAY
        reference = f"author_of:telegram::{number}"
        said.append(post(number, author, day, declares=reference))
        if number % 3 == 0:
            to = Reference(reference) if number % 2 else random.choice(people)
            said.append(
                Activity(
                    "helpful_reaction",
                    f"like:{number}",
                    day + clock.HOUR,
                    "telegram",
                    actor=random.choice(people),
                    beneficiary=to,
                )
            )
        if number % 5 == 0:
            said.append(post(number, random.choice(people), day - clock.DAY, version=1))
        if number % 4 == 0:
            said.append(post(number, author, day, op="reverse", version=random.randint(0, 1), by="moderator"))
    return said
