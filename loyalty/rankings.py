"""Who stands where on a board: the whole of it as the database says it, and ranks for any stretch of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import scores, windows
from loyalty.db import Statement
from loyalty.errors import Unavailable
from loyalty.scores import Score, Window
from loyalty.windows import Calendar
from rules_engine.errors import Sentence

MOST_WITHOUT_REDIS = 20_000
"""Of so many members a board is made up for every reader while Redis does not have it; that takes half a second."""

_MANY = Statement(
    "SELECT count(*) FROM (SELECT 1 FROM standings WHERE community_id = :community LIMIT :most + 1) members"
)


class Row(NamedTuple):
    """One member on a board; equal points have equal rank."""

    rank: int
    member_id: str
    points: int
    reached_at: int


class Place(NamedTuple):
    """Where a row stands on a board, whoever comes or goes meanwhile."""

    points: int
    reached_at: int
    member_id: str


def everyone(session: Session, community_id: str, window: Window, calendar: Calendar) -> Iterator[list[Score]]:
    """The scores of all members, in portions."""
    after = ""
    while members := scores.scorers_after(session, community_id, after):
        yield scores.in_window(session, calendar, window, members)
        after = members[-1].member_id


def ranked(session: Session, community_id: str, window: Window) -> list[Row]:
    """The whole board as the database says it. Raises `Unavailable` where that would take too long."""
    if _MANY.run(session, community=community_id, most=MOST_WITHOUT_REDIS)[0][0] > MOST_WITHOUT_REDIS:
        raise being_made()
    found = [
        one for part in everyone(session, community_id, window, windows.calendar(session, community_id)) for one in part
    ]
    found = sorted(
        (one for one in found if one.points > 0), key=lambda one: (-one.points, one.reached_at, one.member_id)
    )
    return with_ranks([(one.points, one.reached_at, one.member_id) for one in found], 0, 0)


def being_made() -> Unavailable:
    """Why a board can be neither read nor moved now."""
    return Unavailable("board_unavailable", Sentence("This board is being made again. Ask for it in a moment."))


def with_ranks(found: Iterable[tuple[int, int, str]], first: int, better: int) -> list[Row]:
    """Rows from place `first` (from 0) on; `better` members have more points than the first of them."""
    rows: list[Row] = []
    for index, (points, reached_at, member_id) in enumerate(found, first):
        rank = (rows[-1].rank if points == rows[-1].points else index + 1) if rows else better + 1
        rows.append(Row(rank, member_id, points, reached_at))
    return rows
