"""Why: an activity as it is on record, with what is booked for it, or folded anew with every refusal.

Decisions are not stored, what is booked is; so a plain reading answers from the booked rows, and the trace is the fold
again, from the last checkpoint before the fact. What is booked are points: which badges a fact won, the trace alone
tells. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import cases, facts, rulebook, sayings, stretches, timelines
from loyalty.errors import NotFound
from loyalty.models import Entry
from loyalty.models import Identity as IdentityRow
from loyalty.sayings import Saying
from rules_engine.effects import ADJUSTMENT, GIVEN, MEMBER, Decision
from rules_engine.errors import Sentence
from rules_engine.fold import fold
from rules_engine.standing import Standing


@dataclass(frozen=True, slots=True)
class Reading:
    """An activity as it stands: what holds of it, the people in it (by identity id), and what came of it."""

    saying: Saying
    undone_by: str | None
    version: int
    body: dict[str, Any]
    people: dict[str, IdentityRow]
    decisions: list[tuple[str, Decision]]
    entries: Sequence[Entry]

    def about(self, member_id: str) -> list[tuple[str, Decision]]:
        """The decisions about one of its members."""
        return [(member, decision) for member, decision in self.decisions if member == member_id]


def read(session: Session, community_id: str, activity_id: str, *, explain: bool = False) -> Reading:
    """One activity. Its decisions are the booked ones, or, to `explain`, all that a fold says. Raises `NotFound`."""
    rows = facts.history(session, community_id, activity_id)
    if not rows:
        raise NotFound("activity_not_found", Sentence("There is no activity {activity}.", activity=activity_id))
    held = sayings.held(rows)
    last = max(
        (row for row in rows if row.op not in sayings.SWITCH), key=lambda row: (row.version, row.op == "reverse")
    )
    saying = held or last
    undone_by = held.undone_by if held is not None else last.by
    body = json.loads(saying.body)
    involved = [one for one in (saying.actor, saying.beneficiary) if one is not None]
    people = {row.id: row for row in session.scalars(select(IdentityRow).where(IdentityRow.id.in_(involved)))}
    members = sorted({row.member_id for row in people.values() if row.member_id is not None})
    entries = _entries(session, members, activity_id, {row.at for row in rows})
    decisions = (
        _as_judged(session, activity_id, _folded(session, community_id, members, saying))
        if explain and held is not None
        else _from_entries(entries, body["data"].get("reason"))
    )
    version = max(row.version for row in rows if row.op not in sayings.SWITCH)
    return Reading(saying, undone_by, version, body, people, decisions, entries)


def _entries(
    session: Session, members: Collection[str], activity_id: str, instants: Collection[int]
) -> Sequence[Entry]:
    """Every entry whose evidence is the activity, of these members.

    `instants`: when it happened, by each of its sayings. What a fact gives is dated so, and so is what takes it back.
    """
    query = select(Entry).where(Entry.member_id.in_(members), Entry.at.in_(sorted(instants)), Entry.fact == activity_id)
    return session.scalars(query.order_by(Entry.member_id, Entry.number)).all()


def _from_entries(entries: Sequence[Entry], reason: str | None) -> list[tuple[str, Decision]]:
    """What was booked as decisions; of a correction, with the reason that was written for it."""
    sums: dict[tuple[str, str, str], tuple[int, Entry]] = {}
    for entry in entries:
        key = entry.member_id, entry.rule, entry.currency
        amount = entry.amount if entry.credit == MEMBER else -entry.amount
        sums[key] = sums.get(key, (0, entry))[0] + amount, entry
    return [
        (
            member,
            Decision(
                rule,
                last.occasion,
                GIVEN,
                None,
                None,
                [{"points": amount, "currency": currency}],
                last.fact,
                last.at,
                reason if rule == ADJUSTMENT else None,
            ),
        )
        for (member, rule, currency), (amount, last) in sums.items()
        if amount
    ]


def _as_judged(
    session: Session, activity_id: str, decisions: Sequence[tuple[str, Decision]]
) -> list[tuple[str, Decision]]:
    """The same, but what was looked at and stays withheld is told from what somebody has yet to look at."""
    refused = {member for member, case in cases.about(session, activity_id).items() if case.outcome == cases.REFUSED}
    return [
        (member, decision._replace(code="case_refused"))
        if decision.code == "withheld" and member in refused
        else (member, decision)
        for member, decision in decisions
    ]


def _folded(
    session: Session, community_id: str, members: Collection[str], saying: Saying
) -> list[tuple[str, Decision]]:
    eras = rulebook.book(session, community_id).eras
    bases = timelines.checkpoints(session, dict.fromkeys(members, saying.at))
    places = {member: base.position for member, base in bases.items()}
    behind, answers = timelines.after(session, places), stretches.on_record(session, places)
    found: list[tuple[str, Decision]] = []
    for member in members:
        upto = [fact for fact in behind[member] if (fact.at, fact.key) <= saying.position]
        outcome = fold(eras, member, Standing.load(bases[member].state), upto, saying.at, answers[member])
        found += [(member, decision) for decision in outcome.decisions if decision.fact == saying.activity_id]
    return found
