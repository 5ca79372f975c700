"""How values of the domain look on pages: members, badges, boards.

A member is a link only where the reader may follow it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import url_for
from sqlalchemy.orm import Session

from api.badge_image import initials
from api.images import badge_address
from api.pages.frame import boards, language
from loyalty import board_windows, clock, communities, leaderboards, names, windows
from loyalty.errors import Unavailable
from loyalty.models import Community
from rules_engine.names import said
from rules_engine.rules import Board, Rulebook


@dataclass(frozen=True)
class Person:
    """Somebody on a page: the name to show, and where their own page is, if the reader may open it."""

    id: str
    name: str
    url: str | None

    @property
    def initials(self) -> str:
        """Up to two letters that stand for the person's picture."""
        return initials(self.name) or "·"

    @property
    def hue(self) -> int:
        """Which of the eight colours is the person's."""
        return sum(self.id.encode()) % 8


@dataclass(frozen=True)
class Picture:
    """A badge as it is shown: its name, and where its image is."""

    key: str
    name: str
    level: int
    url: str


@dataclass(frozen=True)
class Standing:
    """A row of a board; `share` is the score in per cent of the first one's, reached at that instant."""

    rank: int
    person: Person
    points: int
    share: int
    reached_at: int


@dataclass(frozen=True)
class Best:
    """The best of a board, of `total` members; no `rows` while nobody can tell. `stale`: something that is committed
    does not count yet. Of a season, `last_at` is an instant of its last day.
    """

    name: str
    rows: Sequence[Standing] | None
    total: int = 0
    stale: bool = False
    last_at: int | None = None


def people(session: Session, community: Community, member_ids: Sequence[str]) -> Mapping[str, Person]:
    """The members as others see them."""
    called = names.shown(session, community.id, sorted(set(member_ids)), language())
    opened = community.pages == communities.OPEN
    return {
        member_id: Person(member_id, name, member_url(community, member_id) if opened else None)
        for member_id, name in called.items()
    }


def member_url(community: Community, member_id: str) -> str:
    """Where a member's page is."""
    return url_for("pages.member_page", key=community.key, address=member_id)


def picture(community: Community, rulebook: Rulebook, key: str, level: int = 1) -> Picture:
    """A badge by its key; one that the rulebook in force no longer has goes by its key."""
    badge = rulebook.badges.get(key)
    name = said(badge.called(level), language(), key) if badge is not None else key
    hidden = badge is not None and badge.hidden
    return Picture(key, name, level, badge_address(community, key, level, hidden=hidden))


def board_of(session: Session, community_id: str, period: str) -> Board | None:
    """The first board of everybody over that period."""
    known = board_windows.boards(session, community_id)
    return next((one for one in known if one.period == period and one.group is None), None)


def best(session: Session, community: Community, board: Board, limit: int) -> Best:
    """The best of the board's present window."""
    name = said(board.name, language(), board.key)
    window = board_windows.window(session, community.id, board)
    try:
        found = leaderboards.page(session, boards(), community.id, window, limit=limit)
    except Unavailable:
        return Best(name, None)
    called = people(session, community, [row.member_id for row in found.rows])
    most = max((row.points for row in found.rows), default=1)
    rows = [
        Standing(row.rank, called[row.member_id], row.points, _share(row.points, most), row.reached_at)
        for row in found.rows
        if row.member_id in called
    ]
    return Best(name, rows, found.total, stale=found.stale)


def season(session: Session, community: Community, limit: int) -> Best | None:
    """The best of the first season of everybody that is under way."""
    cut, now = windows.calendar(session, community.id), clock.now()
    for board in board_windows.boards(session, community.id):
        if board.period == windows.SEASON and board.group is None:
            starts_at, ends_at = cut.span(board.period, board_windows.window(session, community.id, board).label)
            if starts_at <= now < ends_at:
                return replace(best(session, community, board, limit), last_at=ends_at - clock.SECOND)
    return None


def _share(points: int, best: int) -> int:
    """At least as much as can be seen."""
    return max(2, round(100 * points / best))
