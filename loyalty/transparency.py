"""The transparency report: how much was looked at, how it ended and how long people waited, and never who.

Everything is counted by when it was opened or confirmed, so that a report on a time that is over changes only where
something of it is decided later.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.models import Breach, Case, FactRow


class Report(NamedTuple):
    """Of what was opened in one time. `cases`: kind -> outcome (`open` where there is none yet) -> how many; appeals
    are among them. `breaches`: severity -> `confirmed` (lifted ones included) and `lifted`. `median`: kind ->
    microseconds until half of those that are decided were.
    """

    cases: dict[str, dict[str, int]]
    breaches: dict[str, dict[str, int]]
    median: dict[str, int]


def report(session: Session, community_id: str, since: int, until: int) -> Report:
    """What was opened and confirmed from one instant to before another."""
    opened = [Case.community_id == community_id, Case.opened_at >= since, Case.opened_at < until]
    counted = select(Case.kind, func.coalesce(Case.outcome, Case.state), func.count()).where(*opened)
    counts: dict[str, dict[str, int]] = {}
    for kind, outcome, count in session.execute(counted.group_by(Case.kind, Case.outcome, Case.state)):
        counts.setdefault(kind, {})[outcome] = count
    waited = Case.decided_at - Case.opened_at
    median = {}
    for kind, outcomes in counts.items():
        decided = sum(count for outcome, count in outcomes.items() if outcome != "open")
        if decided:
            of_kind = select(waited).where(*opened, Case.kind == kind, Case.decided_at.is_not(None)).order_by(waited)
            half = session.scalars(of_kind.offset((decided - 1) // 2).limit(2 - decided % 2))
            middle = [one for one in half if one is not None]
            median[kind] = sum(middle) // len(middle)
    return Report(counts, _breaches(session, community_id, since, until), median)


def _breaches(session: Session, community_id: str, since: int, until: int) -> dict[str, dict[str, int]]:
    query = (
        select(Breach.severity, func.count(), func.count(FactRow.undone_by))
        .join(FactRow, (FactRow.activity_id == Breach.fact) & FactRow.stands)
        .where(Breach.community_id == community_id, Breach.confirmed_at >= since, Breach.confirmed_at < until)
        .group_by(Breach.severity)
    )
    return {
        severity: {"confirmed": confirmed, "lifted": lifted} for severity, confirmed, lifted in session.execute(query)
    }
