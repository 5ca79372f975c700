"""Scores: how many points members earned in a window, and when they got there, as the database says.

The standing holds the score of the latest window of each period; an earlier window, and a season, is the sum of what
the ledger booked in it. Both count what rules gave and took back, and nothing else: spending or expiring does not cost
a place, and an adjustment, or what was kept from before new rules, does not win one. A score comes with the standing's
revision as it was before anything was added up, so that who writes it down elsewhere knows a newer one from an older.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from loyalty.db import Statement
from loyalty.windows import SEASON, Calendar
from rules_engine.standing import Standing


class Window(NamedTuple):
    """The points of one currency that members (of one group) earned in one window."""

    currency: str
    period: str
    label: str
    group: str | None = None


class Score(NamedTuple):
    """`points` 0: not on the board. `reached_at`: the instant at which the score became what it is."""

    member_id: str
    revision: int
    points: int
    reached_at: int


class Scorer(NamedTuple):
    """What boards read of a standing: whether the member ranks, and the scores of the latest windows."""

    member_id: str
    revision: int
    ranks: bool
    groups: Sequence[str]
    scores: Mapping[str, Mapping[str, Sequence[Any]]]


_SOME = Statement(
    """SELECT s.member_id, s.revision, s.ranks, s.state FROM {rows} JOIN standings s ON s.member_id = r.member_id
    WHERE s.community_id = :community""",
    member_id="text",
)
_ALL = Statement(
    """SELECT member_id, revision, ranks, state FROM standings
    WHERE community_id = :community AND member_id > :after ORDER BY member_id LIMIT :limit"""
)
_EARNED = Statement(
    """SELECT d.member_id, sum(d.net), max(d.at) FROM (
        SELECT e.member_id, e.at, sum(CASE WHEN e.debit = 'issuance' THEN e.amount ELSE -e.amount END) AS net
        FROM {rows} JOIN entries e ON e.member_id = r.member_id
        WHERE e.currency = :currency AND e.at >= :since AND e.at < :until AND e.rule NOT IN ('adjustment', 'kept')
            AND (e.debit = 'issuance' OR e.credit = 'issuance')
        GROUP BY e.member_id, e.occasion, e.rule, e.effect, e.at) d
    WHERE d.net <> 0 GROUP BY d.member_id""",
    member_id="text",
)


def scorers(session: Session, community_id: str, member_ids: Iterable[str]) -> list[Scorer]:
    """These members' standings, as far as boards read them."""
    rows = _SOME.run(session, [(one,) for one in sorted(set(member_ids))], community=community_id)
    return [_scorer(*row) for row in rows]


def scorers_after(session: Session, community_id: str, after: str, limit: int = 2_000) -> list[Scorer]:
    """The next `limit` members of the community in the order of their ids."""
    return [_scorer(*row) for row in _ALL.run(session, community=community_id, after=after, limit=limit)]


def in_window(session: Session, calendar: Calendar, window: Window, members: Sequence[Scorer]) -> list[Score]:
    """Each member's score in the window; 0 points for who does not rank there."""
    scores = []
    booked = []
    for member in members:
        label, points, reached_at = member.scores.get(window.currency, {}).get(window.period, ("", 0, 0))
        off = not member.ranks or (window.group is not None and window.group not in member.groups)
        if not off and (window.period == SEASON or label > window.label):
            booked.append(member)
        elif off or label < window.label:
            scores.append(Score(member.member_id, member.revision, 0, 0))
        else:
            scores.append(Score(member.member_id, member.revision, points, reached_at))
    if booked:
        since, until = calendar.span(window.period, window.label)
        found = _EARNED.run(
            session,
            [(member.member_id,) for member in booked],
            currency=window.currency,
            since=since,
            until=until,
        )
        earned = {member_id: (int(points), at) for member_id, points, at in found}
        scores += [Score(member.member_id, member.revision, *earned.get(member.member_id, (0, 0))) for member in booked]
    return scores


def _scorer(member_id: str, revision: int, ranks: bool, state: str) -> Scorer:
    standing = Standing.load(state)
    return Scorer(member_id, revision, bool(ranks), standing.groups, standing.scores)
