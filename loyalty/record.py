"""The story of an activity: put the facts in the log once, find who takes part, lock their standings, fold, book the
difference, and leave word for those who want to know. One transaction for a batch of facts, and one road for all:
platforms, apps, admins, and Setia's own facts.

Nothing here decides what an activity is worth (`rules_engine`) or writes a table (each noun its own).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy.orm import Session

from loyalty import (
    clock,
    facts,
    fairplay,
    identities,
    ids,
    locks,
    references,
    roles,
    sayings,
    standing_rows,
    standings,
    streaks,
    trail,
)
from loyalty.activities import SETIA, Activity, Identity, MemberId, Speaker
from loyalty.errors import NotFound
from loyalty.facts import Change
from loyalty.fairplay import Deed
from loyalty.sayings import Saying
from loyalty.standings import Advanced, Touch
from rules_engine.effects import Decision
from rules_engine.errors import Sentence
from rules_engine.facts import Fact
from rules_engine.standing import PERSON
from rules_engine.streaks import END


@dataclass
class Recorded:
    """What became of one activity. `parked` names the identities that nobody has claimed, `waiting` the references that
    no fact has answered, `people` the members who take part, or did, and what the whole call did to each.
    """

    activity_id: str
    status: str
    parked: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    people: dict[str, Advanced] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """False where a long re-fold follows by a job."""
        return all(one.settled for one in self.people.values())

    @property
    def decisions(self) -> list[tuple[str, Decision]]:
        """(member, what a rule said about this activity), given and refused."""
        return [
            (member, decision)
            for member, one in self.people.items()
            for decision in one.decisions
            if decision.fact == self.activity_id
        ]


def record(
    session: Session, community_id: str, activities: Sequence[Activity], speaker: Speaker, *, decisions: bool = True
) -> list[Recorded]:
    """Record a batch and all its consequences; answers one `Recorded` for each activity, in the same order, without the
    decisions where nobody will read them.
    """
    if not activities:
        return []
    salt = identities.salt(session, community_id)
    rows = [sayings.of(salt, activity, speaker) for activity in activities]
    return _record(session, community_id, rows, _people(salt, activities), speaker, decisions)


def _record(
    session: Session,
    community_id: str,
    rows: Sequence[Saying],
    people: Mapping[str, Identity],
    speaker: Speaker,
    decisions: bool = True,
) -> list[Recorded]:
    rows = references.meet(session, community_id, rows)
    said = facts.say(session, community_id, rows, speaker)
    changes = references.resolve(session, community_id, said.changes)
    if said.unsure:
        changes |= _enrol(session, community_id, rows, said.unsure, people, speaker)
    members, advanced = take_part(session, community_id, changes, decisions, said.restless)
    answers = []
    for one, status in zip(rows, said.statuses, strict=True):
        change = changes.get(one.activity_id)
        answers.append(
            Recorded(one.activity_id, status)
            if change is None
            else _tell(one.activity_id, status, change, members, advanced, people)
        )
    trail.note_said(session, zip(rows, said.statuses, strict=True))
    return answers


def record_own(
    session: Session,
    community_id: str,
    member_id: str,
    kind: str,
    data: Mapping[str, Any],
    *,
    key: str | None = None,
    at: int | None = None,
    version: int = 0,
    through: Identity | None = None,
) -> Recorded:
    """Record a fact of Setia's own about a member, or about one identity of theirs, which it then follows (`through`).
    Unless told, it occurs now, and after all that the member has done: the instant is taken under the lock and is part
    of the fact from then on. Raises `NotFound`.
    """
    locks.guard(session, community_id)
    locked = standing_rows.lock(session, community_id, [member_id]).get(member_id)
    if locked is None:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=member_id))
    if at is None:
        at = max(clock.now(), locked.at + 1)
    activity = Activity(
        kind=kind,
        key=key or f"setia:{kind}:{ids.new('own')}",
        at=at,
        platform=identities.OWN,
        version=version,
        actor=through or MemberId(member_id),
        data=data,
    )
    (answer,) = record(session, community_id, [activity], SETIA)
    return answer


def record_saying(session: Session, community_id: str, saying: Saying, speaker: Speaker) -> Recorded:
    """Record a further saying about a known activity, and all its consequences."""
    (answer,) = _record(session, community_id, [saying], {}, speaker)
    return answer


def take_part(
    session: Session, community_id: str, changes: Mapping[str, Change], decisions: bool, restless: Collection[str]
) -> tuple[dict[str, str], dict[str, Advanced]]:
    """Bring everyone forward who takes part, or did, in what changed; answers identity -> member, and by member what
    became of them. Whom only `restless` activities touch can wait.
    """
    involved = {identity for change in changes.values() for identity in change.identities}
    members, locked = standing_rows.lock_by_identity(session, involved)
    watching = any(row.fair_play for row in locked.values())
    suspected = fairplay.withhold(session, community_id, locked, _newly_in(changes, members)) if watching else set()
    touches = {member: Touch() for member in locked}
    for change in changes.values():
        before, after = change
        was = _members(before, members)
        now = _members(after, members)
        for member in was:
            assert before is not None
            touches[member].changed_at(before.at)
        if after is None:
            continue
        fact = as_fact(after, members)
        for member in now:
            if member in was:
                touches[member].changed_at(after.at)
            else:
                touches[member].facts.append(fact)
                if before is None and (fact.id, member) not in suspected:
                    touches[member].fresh.add(fact.id)
    if restless:
        now_too = {one for activity, change in changes.items() if activity not in restless for one in change.identities}
        for member in touches.keys() - {members[one] for one in now_too if one in members}:
            touches[member].can_wait = True
    return members, standings.advance(session, community_id, locked, touches, decisions=decisions)


def _newly_in(changes: Mapping[str, Change], members: Mapping[str, str]) -> list[Deed]:
    """The activities that count, and in which somebody takes part who did not before."""
    return [
        Deed(after, members.get(after.actor or ""), members.get(after.beneficiary or ""), newly)
        for before, after in changes.values()
        if after is not None
        and after.undone_by is None
        and (newly := _members(after, members) - _members(before, members))
    ]


def _members(row: Saying | None, members: Mapping[str, str]) -> set[str]:
    if row is None:
        return set()
    return {members[one] for one in (row.actor, row.beneficiary) if one is not None and one in members}


def as_fact(row: Saying, members: Mapping[str, str]) -> Fact:
    """The row as the engine reads it, with members for identities; who is parked is nobody yet."""
    body = orjson.loads(row.body)
    return Fact(
        row.activity_id,
        row.key,
        row.at,
        row.kind,
        members.get(row.actor or ""),
        members.get(row.beneficiary or ""),
        row.platform,
        body["object"],
        body["data"],
        row.undone_by,
    )


def _people(salt: str, activities: Sequence[Activity]) -> dict[str, Identity]:
    return {
        identities.identity_id(salt, party): party
        for activity in activities
        for party in (activity.actor, activity.beneficiary)
        if isinstance(party, Identity)
    }


def _enrol(
    session: Session,
    community_id: str,
    rows: Sequence[Saying],
    unsure: Collection[str],
    people: Mapping[str, Identity],
    speaker: Speaker,
) -> dict[str, Change]:
    """Make rows of those whom nobody knows; answers what is said of the roles of those who are no persons."""
    named = {one for row in rows if row.activity_id in unsure for one in (row.actor, row.beneficiary) if one in people}
    missing = identities.unknown(session, (one for one in named if one is not None))
    new = identities.add(session, community_id, {one: people[one] for one in missing}, enrol=speaker.enrols)
    given = [roles.given(member, role) for member, role in new.items() if role != PERSON]
    if not given:
        return {}
    salt = identities.salt(session, community_id)
    return facts.say(session, community_id, [sayings.of(salt, one, SETIA) for one in given], SETIA).changes


def _tell(
    activity_id: str,
    status: str,
    change: Change,
    members: Mapping[str, str],
    advanced: Mapping[str, Advanced],
    named: Mapping[str, Identity],
) -> Recorded:
    after = change.after
    involved = sorted(_members(change.before, members) | _members(after, members))
    told = Recorded(activity_id, status, people={member: advanced[member] for member in involved})
    if after is not None:
        told.parked = [
            identities.address(named[one])
            for one in (after.actor, after.beneficiary)
            if one is not None and one in named and one not in members
        ]
        for side, reference, known in (
            ("actor", after.actor_ref, after.actor),
            ("beneficiary", after.beneficiary_ref, after.beneficiary),
        ):
            if reference and known is None:
                told.waiting.append(orjson.loads(after.body)[side])
    return told


def consequences(one: Advanced) -> dict[str, Any]:
    """What a call did to one member, as it is told: points by currency, badges won and lost, tier, streaks."""
    standing, now = one.standing, clock.now()
    changes: dict[str, int] = {}
    for posting in one.postings:
        changes[posting.currency] = changes.get(posting.currency, 0) + posting.change
    before, after = one.was.badges, standing.badges
    extended = [
        streaks.told(one.rulebook, standing, rule, now)
        for rule, state in sorted(standing.streaks.items())
        if one.was.streaks.get(rule, [])[:END] != state[:END]
    ]
    return {
        "points": [
            {
                "currency": currency,
                "change": change,
                "available": standing.available(currency, now),
                "maturing": standing.maturing(currency, now),
                "debt": standing.debt.get(currency, 0),
            }
            for currency, change in sorted(changes.items())
        ],
        "badges": [key for key in sorted(after) if key not in before or before[key][0] < after[key][0]],
        "lost_badges": [key for key in sorted(before) if key not in after],
        "tier": None if one.was.tier == standing.tier_key else {"from": one.was.tier, "to": standing.tier_key},
        "streaks": [told for told in extended if told is not None and (told.get("days") or told.get("weeks"))],
    }
