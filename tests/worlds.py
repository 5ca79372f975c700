"""A small community on a real database, and the road into it: what tests do to it, and how it differs from the truth.

A world remembers all that was recorded in it, whatever the order, so that the oracle can say at any moment what must
be. Each world is a community of its own, so many can live in one database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from loyalty import (
    budgets,
    chains,
    communities,
    db,
    drafts,
    facts,
    governing,
    identities,
    links,
    publications,
    rebuild,
    record,
    retractions,
    rulebook,
    sayings,
    settlement,
    stretches,
    timelines,
)
from loyalty.activities import Activity, Identity, MemberId, Party, Speaker
from loyalty.errors import Conflict, NotFound
from loyalty.models import Checkpoint, FactRow, StandingRow
from loyalty.models import Identity as IdentityRow
from loyalty.record import Recorded
from rules_engine.answers import Answers
from rules_engine.facts import GAINS_KEPT
from rules_engine.fields import KINDS
from rules_engine.fold import Era, fold
from rules_engine.parse import parse
from rules_engine.standing import Standing
from tests import findings, oracle
from tests.oracle import LINKED, Saying, Truth

Result = TypeVar("Result")

ZONE = "Asia/Kuala_Lumpur"
PLATFORM = Speaker("src_world")


def person(number: int, platform: str = "telegram") -> Identity:
    return Identity(platform, "", str(number))


class World:
    """A community of people.

    `members` are those who were enrolled at the start; an activity names one as `MemberId("<number>")`, since ids
    differ from world to world.
    """

    def __init__(self, engine: Engine, enrolled: Iterable[Identity] = (), parked: Iterable[Identity] = ()) -> None:
        self.engine = engine
        self.sayings: list[Saying] = []
        self.published: list[Era] = []
        self.reversible: list[tuple[str, Era]] = []
        self.members: list[str] = []
        self.community = self.do(lambda session: communities.create(session, uuid4().hex, "World", ZONE).id)
        self.salt = self.do(lambda session: identities.salt(session, self.community))
        self.do(lambda session: self._add(session, enrolled, enrol=True))
        self.do(lambda session: self._add(session, parked, enrol=False))

    def _add(self, session: Session, people: Iterable[Identity], *, enrol: bool) -> None:
        for one in people:
            identity = identities.identity_id(self.salt, one)
            identities.add(session, self.community, {identity: one}, enrol=enrol)
            member = session.get_one(IdentityRow, identity).member_id
            if member is not None:
                self.members.append(member)

    def do(self, work: Callable[[Session], Result]) -> Result:
        """One transaction of its own."""
        with Session(self.engine) as session:
            return db.transact(session, work)

    def publish(self, document: dict[str, Any], start: int = 0, *, gains_only: bool = False) -> None:
        """Put a rulebook in force from an instant on; with `gains_only` nobody loses by it. The very same once more is
        refused.
        """

        def work(session: Session) -> str:
            drafts.save(session, self.community, document, "root")
            mode = governing.FROM
            return publications.publish(
                session, self.community, by="root", mode=mode, start=start, gains_only=gains_only
            ).id

        parsed = parse(document, KINDS)
        last = self.published[-1] if self.published else None
        if last and (last.starts_at, last.rulebook.document, bool(last.keeps)) == (start, parsed.document, gains_only):
            with pytest.raises(Conflict, match="published already"):
                self.do(work)
            return
        publication = self.do(work)
        keeps = frozenset({publication} if gains_only else ())
        self.published.append(Era(start, parsed, ZONE, keeps))
        self.reversible.append((publication, self.published[-1]))

    def revert(self, number: int) -> None:
        """Take the publication of that number back, or put it in force again where it was taken back."""
        publication, era = self.reversible[number]
        reverting = self.do(lambda session: publications.revert(session, self.community, publication, by="root").id)
        self.reversible[number] = reverting, era
        if any(one is era for one in self.published):
            self.published = [one for one in self.published if one is not era]
        else:
            order = [one for _, one in self.reversible]
            self.published = [one for one in order if one is era or any(one is other for other in self.published)]

    def record(self, *activities: Activity, speaker: Speaker = PLATFORM) -> list[Recorded]:
        """Say one batch."""
        batch = [self.named(one) for one in activities]
        answers = self.do(lambda session: record.record(session, self.community, batch, speaker))
        self.remember(batch)
        return answers

    def named(self, activity: Activity) -> Activity:
        """The activity with real members in the place of their numbers."""

        def real(party: Party | None) -> Party | None:
            return MemberId(self.members[int(party.id)]) if isinstance(party, MemberId) else party

        return replace(activity, actor=real(activity.actor), beneficiary=real(activity.beneficiary))

    def remember(self, activities: Iterable[Activity]) -> None:
        """Have the oracle know what was recorded."""
        self.sayings += [Saying(one, sayings.of(self.salt, one, PLATFORM).digest) for one in activities]

    def undo(self, verb: str, key: str, by: str = "author") -> None:
        """Retract, void or lift what is known under the key; of what is not, nothing is recorded."""
        activity_id = sayings.activity_id(self.salt, key)

        def work(session: Session) -> sayings.Saying:
            if verb == "retract":
                retractions.retract(session, self.community, activity_id, by, "a reason", PLATFORM)
            elif verb == "void":
                retractions.void(session, self.community, activity_id, "a reason", "root")
            else:
                retractions.lift(session, self.community, activity_id, "a reason", "root")
            return facts.history(session, self.community, activity_id)[-1]

        try:
            row = self.do(work)
        except NotFound:
            return
        undoing = Activity(row.kind, row.key, row.at, row.platform, row.op, row.version, by=row.by or "")
        self.sayings.append(Saying(undoing, row.digest))

    def link(self, identity: Identity, member: int, version: int) -> None:
        """Link an identity to a member; the version is that of the saying, so it may be said late."""
        owner = self.members[member]
        self.do(lambda session: links.link(session, self.community, owner, identity, version, move=True))
        self.remember_link("apply", identity, owner, version)

    def unlink(self, identity: Identity, member: int, version: int) -> None:
        """Take a link back, where it is accepted."""
        owner = self.members[member]
        try:
            self.do(lambda session: links.unlink(session, self.community, owner, identity, version))
        except (NotFound, Conflict):
            return
        self.remember_link("reverse", identity, owner, version)

    def remember_link(self, op: str, identity: Identity, owner: str, version: int) -> None:
        """Have the oracle know of a link to the member `owner`, or of its end."""
        data = {"identity": tuple(identity[:3]), "member": owner}
        self.sayings.append(Saying(Activity(LINKED, f"link:{identity[:3]}", version, "setia", op, version, data=data)))

    def reconcile(self, as_of: int) -> None:
        """What the clock job does to every member."""
        everyone = list(self.standings())
        self.do(lambda session: settlement.reconcile(session, self.community, everyone, as_of))

    def settle(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Fold everyone again whose long re-fold was put off; `meanwhile` happens after each of its transactions."""

        def read(work: Callable[[Session], Result]) -> Result:
            with Session(self.engine) as session:
                result = work(db.reading(session))
            meanwhile()
            return result

        def write(work: Callable[[Session], Result]) -> Result:
            result = self.do(work)
            meanwhile()
            return result

        for member, row in self.standings().items():
            if row.stale_at is not None or row.settling_at is not None:
                settlement.settle(read, write, self.community, member)

    def finish(self, as_of: int) -> None:
        """Bring everyone to one instant, with nothing left over."""
        for _ in range(4):
            self.reconcile(as_of)
            self.settle()
        rows = self.standings().values()
        assert all(row.stale_at is row.settling_at is None for row in rows), "somebody is never settled"

    def standings(self) -> dict[str, StandingRow]:
        """Every member's row."""
        with Session(self.engine) as session:
            query = select(StandingRow).where(StandingRow.community_id == self.community)
            return {row.member_id: row for row in session.scalars(query)}

    def truth(self, as_of: int) -> dict[str, Truth]:
        """What the oracle says of what was recorded here."""
        members = list(self.standings())
        with Session(self.engine) as session:
            rows = session.scalars(select(IdentityRow).where(IdentityRow.community_id == self.community)).all()
            enrolled = {(row.platform, row.scope, row.external_id): row.enrolled_id for row in rows}
            answers, kept = self._on_record(session, members), self._kept(session)
        keeping = [era for era in self.published if era.keeps]
        keeps = frozenset[str]().union(
            *(
                one.keeps
                for number, one in enumerate(keeping)
                if all(later.starts_at > one.starts_at for later in keeping[number + 1 :])
            )
        )
        published = [era._replace(keeps=keeps) for era in self.published]
        return oracle.rebuild([*self.sayings, *kept], published, enrolled, as_of, answers)

    def _kept(self, session: Session) -> list[Saying]:
        """What is on record of what members keep of publications."""
        of_these = FactRow.community_id == self.community, FactRow.kind == GAINS_KEPT
        return [
            Saying(
                Activity(
                    GAINS_KEPT,
                    row.key,
                    row.at,
                    identities.OWN,
                    actor=MemberId(row.key.rpartition(":")[2]),
                    data=orjson.loads(row.body)["data"],
                )
            )
            for row in session.scalars(select(FactRow).where(*of_these))
        ]

    def _on_record(self, session: Session, members: Sequence[str]) -> dict[str, Answers]:
        """What is on record of everyone, in the oracle's words: activity keys instead of ids."""
        keys = findings.keys(session, self.community)
        return {
            member: Answers(
                {(rule, keys.get(occasion, occasion)): one for (rule, occasion), one in known.budgets.items()},
                [keys.get(fact, fact) for fact in known.withheld],
            )
            for member, known in stretches.on_record(session, dict.fromkeys(members, timelines.START)).items()
        }

    def check(self, as_of: int) -> None:
        """Bring everyone to `as_of`, or to when they kept something of a publication, and compare all there is with the
        truth. Raises `AssertionError`.
        """
        self.finish(as_of)
        as_of = max([as_of, *(one.activity.at for one in self.do(self._kept))])
        self.finish(as_of)
        truth = self.truth(as_of)
        found = self.found()
        assert found.keys() == truth.keys()
        for member in truth:
            assert found[member] == truth[member], f"member {member}"
        assert rebuild.rebuild(self.do, self.community) == []
        assert self.do(lambda session: chains.verify(session, self.community)) == []

    def check_budgets(self) -> None:
        """No budget gave more than it has, whatever happened to it since. Raises `AssertionError`."""
        most = {
            (limit.slot, limit.per): limit.most
            for _, era in self.reversible
            for rule in era.rulebook.rules
            for limit in rule.budgets
        }
        for (slot, label), used in self.do(lambda session: budgets.in_use(session, self.community)).items():
            per = {3: "ever", 4: "ever", 7: "month", 8: "week", 10: "day"}[len(label)]
            assert 0 <= used <= most.get((slot, per), 0), f"{slot} of {label}"

    def check_checkpoints(self) -> None:
        """Every checkpoint is what a fold from nothing over the facts up to it comes to. Raises `AssertionError`."""
        eras = self.do(lambda session: rulebook.book(session, self.community).eras)
        with Session(self.engine) as session:
            for member in self.standings():
                timeline = timelines.after(session, {member: timelines.START})[member]
                known = stretches.on_record(session, {member: timelines.START})[member]
                kept = session.scalars(select(Checkpoint).where(Checkpoint.member_id == member)).all()
                for checkpoint in kept:
                    upto = timeline[: checkpoint.count]
                    assert [(checkpoint.at, checkpoint.key)] == [(fact.at, fact.key) for fact in upto[-1:]]
                    anew = fold(eras, member, Standing.new(), upto, checkpoint.at, known).standing
                    assert anew.dump() == checkpoint.state

    def found(self) -> dict[str, Truth]:
        """What stands in the database, in the oracle's words."""
        with Session(self.engine) as session:
            return findings.read(session, self.community)
