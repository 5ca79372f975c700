"""What the races are about: a rulebook in which everything minds what came before, and the calls that meet.

Every call does one transaction's work in another process and answers plain values.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import (
    clock,
    governing,
    identities,
    links,
    publications,
    record,
    redemptions,
    rewards,
    settlement,
)
from loyalty.activities import Activity, Identity, MemberId
from loyalty.models import FactRow
from loyalty.models import Identity as IdentityRow
from tests.races.processes import Call, Outcome
from tests.worlds import PLATFORM, World, person

ENROLLED = [person(number) for number in range(6)]

RULES: dict[str, Any] = {
    "rules": [
        {"key": "post", "on": "post_created", "limits": [{"times": 3, "per": "day"}], "gives": {"points": 5}},
        {"key": "pairs", "on": "post_created", "count": {"every": 2}, "gives": {"points": 7}},
        {"key": "streak", "on": "post_created", "streak": {"days": 2}, "gives": {"points": 4}},
        {
            "key": "like",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "limits": [{"times": 1, "per": "day", "with": "counterparty"}],
            "gives": [{"points": 2}, {"badge": "liked"}],
        },
        {"key": "answer", "on": "answer_accepted", "earns": "beneficiary", "gives": {"points": 100}},
    ],
    "badges": [{"key": "liked"}],
    "tiers": {"period": "ever", "levels": [{"key": "member", "reach": 0}, {"key": "silver", "reach": 40}]},
}

TODAY = clock.now()
"""One instant of this run: redemptions happen now, and what was done before them came before."""


def post(number: int, who: Identity, at: int = TODAY - clock.DAY, **more: Any) -> Activity:
    return Activity("post_created", f"post:{number}", at + number, "telegram", actor=who, **more)


def answer(number: int, who: Identity) -> Activity:
    """A hundred points."""
    return Activity("answer_accepted", f"answer:{number}", TODAY - 2 * clock.DAY, "telegram", beneficiary=who)


def say(world: World, *batch: Activity) -> Call:
    return Call(_say, (world.community, [world.named(one) for one in batch]))


def _say(session: Session, community: str, batch: Sequence[Activity]) -> list[str]:
    return [one.status for one in record.record(session, community, batch, PLATFORM)]


def redeem(world: World, member: int, reward: str = "mug") -> Call:
    return Call(_redeem, (world.community, world.members[member], reward))


def _redeem(session: Session, community: str, member: str, reward: str) -> str:
    return redemptions.redeem(session, community, member, reward).status


def end(world: World, verb: str, redemption: str) -> Call:
    """`fulfil` or `cancel`."""
    return Call(_end, (world.community, verb, redemption))


def _end(session: Session, community: str, verb: str, redemption: str) -> str:
    work = redemptions.fulfil if verb == "fulfil" else redemptions.cancel
    return work(session, community, redemption, "root").status


def link(world: World, identity: Identity, member: int, version: int) -> Call:
    return Call(_move, (world.community, world.members[member], identity, version))


def _move(session: Session, community: str, member: str, identity: Identity, version: int) -> None:
    links.link(session, community, member, identity, version, move=True)


def claim(world: World, identity: Identity, member: int) -> Call:
    """Link an identity that nobody else has."""
    return Call(links.link, (world.community, world.members[member], identity))


def publish(world: World, start: int) -> Call:
    return Call(_publish, (world.community, start))


def _publish(session: Session, community: str, start: int) -> None:
    publications.publish(session, community, by="root", mode=governing.FROM, start=start)


def reconcile(world: World) -> Call:
    return Call(_reconcile, (world.community, list(world.members)))


def _reconcile(session: Session, community: str, members: Sequence[str]) -> None:
    settlement.reconcile(session, community, members)


def offer(world: World, cost: int, stock: int | None = None) -> None:
    """Put the reward `mug` on offer."""
    name = {"en": "Mug"}
    world.do(lambda session: rewards.put(session, world.community, "mug", name=name, cost=cost, stock=stock).key)


def check(world: World, outcomes: Sequence[Outcome]) -> None:
    """All is as the oracle says, Setia's own facts included, and nobody met anybody in a deadlock."""
    with Session(world.engine) as session:
        own = session.execute(
            select(FactRow, IdentityRow.external_id)
            .join(IdentityRow, IdentityRow.id == FactRow.actor)
            .where(FactRow.community_id == world.community, FactRow.platform == identities.OWN)
        ).all()
    world.remember(
        Activity(row.kind, row.key, row.at, row.platform, actor=MemberId(member), data=json.loads(row.body)["data"])
        for row, member in own
    )
    world.check(clock.now() + clock.DAY)
