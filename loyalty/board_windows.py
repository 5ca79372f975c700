"""Which boards a community has, and which window of time each of them shows; the scores are elsewhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from loyalty import clock, rulebook, windows
from loyalty.errors import Invalid, NotFound, Problem
from loyalty.scores import Window
from rules_engine.errors import Sentence
from rules_engine.rules import Board, Rulebook

_PERIOD_NAMES = {
    "all": {"en": "All time", "ms": "Sepanjang masa"},
    "month": {"en": "This month", "ms": "Bulan ini"},
    "week": {"en": "This week", "ms": "Minggu ini"},
    "day": {"en": "Today", "ms": "Hari ini"},
}


def boards(session: Session, community_id: str) -> list[Board]:
    """The boards of the rulebook in force; without any, all time, month, week and day of its first currency."""
    return boards_of(rulebook.compiled(session, community_id))


def boards_of(book: Rulebook) -> list[Board]:
    """The boards of a rulebook, those that it does not have to name included."""
    currency = book.currencies[0].key
    return list(book.boards) or [Board(period, name, currency, period, None) for period, name in _PERIOD_NAMES.items()]


def find(session: Session, community_id: str, key: str) -> Board:
    """Raises `NotFound`."""
    for board in boards(session, community_id):
        if board.key == key:
            return board
    raise NotFound("board_not_found", Sentence("There is no such leaderboard."))


def window(
    session: Session,
    community_id: str,
    board: Board,
    *,
    period: str | None = None,
    at: int | None = None,
    group: str | None = None,
) -> Window:
    """The board's window that holds the instant (now), over another period or of a group if asked; a season's only one.

    Raises `Invalid`.
    """
    period = period or board.period
    if period == windows.SEASON:
        return Window(board.currency, period, f"{board.starts_on}/{board.ends_on}", group or board.group)
    if period not in windows.PERIODS:
        raise Invalid(
            "invalid",
            Sentence("There is no such period."),
            [Problem("/period", Sentence("one of {names}", names=", ".join(windows.PERIODS)))],
        )
    try:
        label = windows.calendar(session, community_id).label(period, clock.now() if at is None else at)
    except (ValueError, OverflowError):
        raise Invalid(
            "invalid", Sentence("No calendar has this."), [Problem("/at", Sentence("an instant between 1970 and 9000"))]
        ) from None
    return Window(board.currency, period, label, group or board.group)


def present(session: Session, community_id: str) -> list[Window]:
    """The windows of now, of all boards."""
    return list(dict.fromkeys(window(session, community_id, board) for board in boards(session, community_id)))
