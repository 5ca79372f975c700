"""The community of `publishing`: its rulebooks and half a year of history, what is done to it and found in it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from redis import Redis
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from benchmarks._serving import Place
from jobs import queues
from loyalty import (
    budgets,
    chains,
    clock,
    communities,
    db,
    drafts,
    explanations,
    governing,
    identities,
    leaderboards,
    publications,
    rebuild,
    record,
    redemptions,
    rewards,
    sayings,
    settlement,
    standings,
    walks,
)
from loyalty.activities import Activity, Identity, Speaker
from loyalty.models import Award, Notice, StandingRow, TierChange

Result = TypeVar("Result")
SPEAKER = Speaker("src_bench")
MEMBERS, BUSY, HISTORY = 2_000, 10, 180 * clock.DAY
BATCH, EXPLAINED, LONGEST = 1_000, 100, 400
_TOLD = select(Notice.kind, func.count()).group_by(Notice.kind)
AS_OF = clock.now() + clock.DAY
"""Everyone is brought up to this instant before anything is compared, so that time alone makes no difference."""


def first(facts_in_all: int) -> dict[str, Any]:
    """The rulebook that the history is recorded under."""
    half_of_the_posts = facts_in_all // 6 // 2 // 2 * 10
    return {
        "rules": [
            {
                "key": "post",
                "on": "post_created",
                "limits": [{"times": 4, "per": "day"}, {"points": half_of_the_posts, "per": "month", "budget": True}],
                "gives": [{"points": 10, "expires_after": "365d"}],
            },
            {"key": "tenth", "on": "post_created", "count": {"every": 10}, "gives": [{"points": 7}, {"badge": "busy"}]},
            {"key": "days", "on": "post_created", "streak": {"days": 3}, "gives": {"points": 15}},
            {
                "key": "like",
                "on": "helpful_reaction",
                "earns": "beneficiary",
                "limits": [{"times": 1, "per": "day", "with": "counterparty"}],
                "gives": [{"points": 2, "matures_after": "7d"}, {"badge": "liked"}],
            },
        ],
        "badges": [
            {"key": "liked"},
            {"key": "busy"},
            {"key": "rich", "levels": [{"needs": {"earned": {"points": points}}} for points in (50, 150, 500)]},
        ],
        "tiers": {
            "period": "month",
            "levels": [
                {"key": "member", "reach": 0},
                {"key": "silver", "reach": 20, "keep": 5},
                {"key": "gold", "reach": 60},
            ],
        },
        "boards": [{"key": "all", "period": "all"}, {"key": "month", "period": "month"}],
    }


def second(facts_in_all: int) -> dict[str, Any]:
    """Another one: other amounts out of the same budget, rules that are gone and new, other badges and tiers."""
    before = first(facts_in_all)
    post, tenth, _, like = before["rules"]
    return {
        **before,
        "rules": [
            {**post, "gives": [{"points": 4}]},
            {**tenth, "count": {"every": 7}, "gives": {"points": 3}},
            {**like, "gives": {"points": 1}},
            {"key": "thanks", "on": "helpful_reaction", "gives": {"points": 1}},
        ],
        "badges": before["badges"][2:],
        "tiers": {"period": "ever", "levels": [{"key": "silver", "reach": 40}, {"key": "gold", "reach": 90}]},
    }


class Scene:
    """The community, and what is done to it and found in it."""

    def __init__(self, place: Place, count: int) -> None:
        url = place.settings.database_url.replace("postgresql://", "postgresql+psycopg://")
        self.place, self.count = place, count
        self.engine: Engine = create_engine(url, **db.engine_options(url))
        db.prepare_engine(self.engine, place.settings.derive("ledger"))
        self.redis = Redis.from_url(place.settings.redis_url)
        db.Base.metadata.create_all(self.engine)
        self.community = self.do(lambda session: communities.create(session, "bench", "Bench", "Asia/Kuala_Lumpur").id)
        self.salt = self.do(lambda session: identities.salt(session, self.community))
        people = {identities.identity_id(self.salt, _person(number)): _person(number) for number in range(MEMBERS)}
        self.do(lambda session: identities.add(session, self.community, people, enrol=True))
        with Session(self.engine) as session:
            self.members = session.scalars(select(StandingRow.member_id).order_by(StandingRow.member_id)).all()

    def do(self, work: Callable[[Session], Result]) -> Result:
        """One transaction of its own."""
        with Session(self.engine) as session:
            return db.transact(session, work)

    def publish(self, document: Mapping[str, Any]) -> str:
        """Puts a rulebook in force for ever; the publication's id."""

        def work(session: Session) -> str:
            drafts.save(session, self.community, document, "bench")
            return publications.publish(session, self.community, by="bench", mode=governing.RETROACTIVE).id

        return self.do(work)

    def revert(self, publication: str) -> str:
        """Takes it back; the id of what does."""
        return self.do(lambda session: publications.revert(session, self.community, publication, by="bench").id)

    def record(self) -> float:
        """The whole history, as it came; the seconds it took, with what was left to be folded later."""
        said = _history(self.count)
        began = time.perf_counter()
        for start in range(0, self.count, BATCH):
            batch = said[start : start + BATCH]
            self.do(partial(record.record, community_id=self.community, activities=batch, speaker=SPEAKER))
        with Session(self.engine) as session:
            stale = session.scalars(select(StandingRow.member_id).where(StandingRow.stale_at.is_not(None))).all()
        for member in stale:
            settlement.settle(self.do, self.do, self.community, member)
        seconds = time.perf_counter() - began
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE" if self.engine.dialect.name == "postgresql" else "ANALYZE"))
        return seconds

    def spend(self) -> None:
        """Twenty members give away all that they have; half of it is handed over."""

        def work(session: Session) -> None:
            having = ((one, standings.view(session, self.community, one)) for one in self.members)
            those = ((one, cost) for one, had in having if (cost := had.available("points", clock.now())) >= 30)
            for number, (member, cost) in enumerate(islice(those, 20)):
                rewards.put(session, self.community, f"mug-{number}", name={"en": "A mug"}, cost=cost)
                held = redemptions.redeem(session, self.community, member, f"mug-{number}")
                if number % 2:
                    redemptions.fulfil(session, self.community, held.id, by="bench")

        self.do(work)

    def walked(self, publication: str, kill: Callable[[], None] | None = None) -> float:
        """Has the workers walk; the seconds it took. `kill` is done once, in the middle."""
        began = time.perf_counter()
        while True:
            queues.kick(self.redis, "walks")
            with Session(self.engine) as session:
                found = walks.progress(session, [publication])[publication]
            if found.state == walks.DONE:
                assert (found.done, found.broken) == (MEMBERS, 0), found
                return time.perf_counter() - began
            if kill is not None and found.done > MEMBERS // 4:
                kill()
                kill = None
            assert time.perf_counter() - began < LONGEST, found
            time.sleep(0.1)

    def drain(self) -> None:
        """Waits until the workers have told all that is due."""
        waiting = select(func.count()).select_from(Notice).where(Notice.done_at.is_(None), Notice.due_at <= clock.now())
        until = time.monotonic() + LONGEST
        while self.do(lambda session: session.scalar(waiting)):
            queues.kick(self.redis)
            assert time.monotonic() < until, "what is due was not told in time"
            time.sleep(0.1)

    def boards(self) -> dict[bytes, Any]:
        """The boards of now as Redis has them."""
        keys = sorted(self.redis.scan_iter(f"setia:{{{self.community}}}:board:*:"))
        return {key: self.redis.zrange(key, 0, -1, withscores=True) for key in keys}

    def build_boards(self) -> None:
        """Has Redis have the boards that are missing."""
        with Session(self.engine) as session:
            for one in leaderboards.unbuilt(session, self.redis, self.community):
                leaderboards.build(session, self.redis, self.community, one)

    def all_of_it(self) -> dict[str, Any]:
        """What everyone has and is told, at one instant."""
        for start in range(0, MEMBERS, 100):
            page = self.members[start : start + 100]
            self.do(partial(settlement.reconcile, community_id=self.community, members=page, as_of=AS_OF, quiet=True))
        sample = random.Random(5).sample(range(self.count), EXPLAINED)  # no secret hangs on it
        with Session(self.engine) as session:
            rows = {row.member_id: row for row in session.scalars(select(StandingRow))}
            ids = [sayings.activity_id(self.salt, f"bench:{number}") for number in sample]
            return {
                "standings": {member: row.state for member, row in rows.items()},
                "balances": {member: row.balance_by_currency() for member, row in rows.items()},
                "badges": {
                    (one.member_id, one.badge): (one.level, one.at) if one.held else None
                    for one in session.scalars(select(Award).order_by(Award.revision))
                },
                "tiers": {
                    one.member_id: one.to_tier
                    for one in session.scalars(select(TierChange).order_by(TierChange.revision))
                },
                "budgets": {place: used for place, used in budgets.in_use(session, self.community).items() if used},
                "boards": self.boards(),
                "explanations": [
                    explanations.read(session, self.community, one, explain=True).decisions for one in ids
                ],
            }

    def told(self) -> dict[str, int]:
        """How often anybody was told anything, by kind."""
        with Session(self.engine) as session:
            return {row[0]: row[1] for row in session.execute(_TOLD)}

    def wrong(self) -> list[str]:
        """What a rebuild and the ledger's chains say against what stands."""
        return [
            *rebuild.rebuild(self.do, self.community),
            *self.do(partial(chains.verify, community_id=self.community)),
        ]


def _person(number: int) -> Identity:
    return Identity("bench", "", str(number))


def _history(count: int) -> list[Activity]:
    """Facts in order, one in fifty of which comes up to an hour late."""
    chance = random.Random(11)  # no secret hangs on it
    begin, step = clock.now() - HISTORY, (HISTORY - clock.DAY) // count

    def somebody() -> int:
        return chance.randrange(BUSY if chance.random() < 0.2 else MEMBERS)

    found = []
    for number in range(count):
        at = begin + number * step - (chance.randrange(clock.HOUR) if chance.random() < 0.02 else 0)
        who, other = somebody(), somebody()
        if number % 2:
            found.append(Activity("post_created", f"bench:{number}", at, "bench", actor=_person(who)))
        elif who != other:
            found.append(
                Activity(
                    "helpful_reaction", f"bench:{number}", at, "bench", actor=_person(who), beneficiary=_person(other)
                )
            )
        else:
            found.append(Activity("comment_created", f"bench:{number}", at, "bench", actor=_person(who)))
    return found
