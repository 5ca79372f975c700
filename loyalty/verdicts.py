"""Verdicts: a person decides a case, and what follows from it is carried out in the same transaction.

The decision is a fact in the member's timeline. An award that is given comes at its own instant, as if it had never
been withheld: boards, tiers and streaks follow, since the member is folded again from there. A case is decided once;
after that there is the appeal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import (
    appeals,
    audit,
    breaches,
    cases,
    corrections,
    locks,
    notices,
    record,
    retractions,
    settlement,
    standing_rows,
    standings,
)
from loyalty.errors import DomainError, Invalid, Problem
from loyalty.models import Case, FactRow
from loyalty.standings import Advanced
from rules_engine.errors import Sentence
from rules_engine.facts import CASE_DECIDED


class Verdict(NamedTuple):
    """A decided case, whom it is about, and what folding again did to them. `by_another`: of an appeal, whether
    somebody else looked than at first.
    """

    case: Case
    people: dict[str, Advanced]
    by_another: bool | None


class Wanted(NamedTuple):
    """How somebody wants a case to end."""

    case_id: str
    outcome: str
    reason: str


def decide(session: Session, community_id: str, case_id: str, outcome: str, reason: str, by: str) -> Verdict:
    """Decide a case and carry it out. Raises `NotFound`, `Conflict` (`already_decided`), `Invalid` for an outcome that
    cases of this kind do not have, and `Forbidden` (`same_person`) for an appeal against one's own decision.
    """
    locks.guard(session, community_id)
    row = cases.claim(session, community_id, case_id)
    possible = cases.OUTCOMES[row.kind]
    if outcome not in possible:
        detail = Sentence("a case like this ends in one of {outcomes}", outcomes=", ".join(possible))
        raise Invalid("invalid", Sentence("This is no outcome of such a case."), [Problem("/outcome", detail)])
    is_appeal = row.kind == cases.APPEAL
    by_another = appeals.check_another(session, row, by) if is_appeal else None
    cases.decide(session, row, outcome, reason, by)
    member_id = cases.members_of(session, [row]).get(row.identity)
    if member_id is not None:
        _record(session, row, member_id, by)
    people = _overturn(session, row, by) if outcome == cases.OVERTURNED else _carry_out(session, row, member_id, by)
    told = {"case": row.id, "member": member_id, "outcome": outcome}
    notices.publish(session, notices.APPEAL_DECIDED if is_appeal else notices.CASE_DECIDED, community_id, told)
    audit.note(session, community_id, by, "case.decided", row.id, {"state": cases.OPEN}, {"state": outcome}, reason)
    return Verdict(row, people, by_another)


def decide_each(session: Session, community_id: str, wanted: Sequence[Wanted], by: str) -> list[Verdict | DomainError]:
    """Decide several cases, one after the other and each by itself, as `decide` does: what it raises is answered in the
    case's place, and leaves that case as it was. All that they stand on is locked first, in its order.
    """
    locks.guard(session, community_id)
    rows = cases.lock(session, community_id, {one.case_id for one in wanted})
    standing_rows.lock(session, community_id, set(cases.members_of(session, rows).values()))
    return [_try(session, community_id, one, by) for one in wanted]


def _try(session: Session, community_id: str, one: Wanted, by: str) -> Verdict | DomainError:
    try:
        with session.begin_nested():
            return decide(session, community_id, one.case_id, one.outcome, one.reason, by)
    except DomainError as refused:
        return refused


def _record(session: Session, row: Case, member_id: str, by: str) -> None:
    data = {"case": row.id, "about": row.subject, "outcome": row.outcome, "reason": row.reason, "by": by}
    key = f"setia:{CASE_DECIDED}:{row.id}"
    record.record_own(session, row.community_id, member_id, CASE_DECIDED, data, key=key)


def _carry_out(session: Session, row: Case, member_id: str | None, by: str) -> dict[str, Advanced]:
    if member_id is None:
        return {}
    if row.kind == cases.DELIVERED and row.outcome == cases.GAVE:
        return _forgive(session, row, member_id, by)
    activities = cases.matters_of(session, [row.id]).get(row.id, [])
    standing = select(FactRow.at).where(FactRow.activity_id.in_(activities), FactRow.stands).order_by(FactRow.at)
    since = session.scalar(standing.limit(1))
    return {} if since is None else settlement.refold(session, row.community_id, {member_id: since})


def _forgive(session: Session, row: Case, member_id: str, by: str) -> dict[str, Advanced]:
    """The member keeps what was handed over, and what is left of the debt is given to them."""
    currency, debt = row.signals[0]["currency"], row.signals[0]["debt"]
    owed = standings.view(session, row.community_id, member_id).debt.get(currency, 0)
    points = min(owed, debt)
    if not points:
        return {}
    return corrections.adjust(session, row.community_id, member_id, points, currency, row.reason, by).people


def _overturn(session: Session, row: Case, by: str) -> dict[str, Advanced]:
    """What was decided first is taken back."""
    first = appeals.against(row)
    if first.thing == appeals.ACTIVITY:
        return retractions.lift(session, row.community_id, first.id, row.reason, by).people
    if first.thing == appeals.BREACH:
        if breaches.get(session, row.community_id, first.id).lifted:
            return {}  # somebody did, who did not wait for the appeal
        return breaches.lift(session, row.community_id, first.id, row.reason, by).people
    former = cases.get(session, row.community_id, first.id)
    cases.decide(session, former, cases.GAVE, row.reason, by)
    member_id = cases.members_of(session, [former]).get(former.identity)
    return _carry_out(session, former, member_id, by)
