"""The windows that boards are cut in: which one an instant falls in, and from when to when one lasts.

A window is named by its label, which sorts as text within a period: `all`, `2026-11`, `2026-W47`, `2026-11-22`. A
season has only one window, named by its first and last day: `2026-10-01/2026-12-31`. Days
are the community's local days, in the zone that governed at the time: a change of zone renames no day that is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import clock, communities, rulebook
from rules_engine.days import Zone, zone

PERIODS = ("all", "month", "week", "day")
"""Those that follow one another for ever, and any board can be looked at over."""
SEASON = "season"


class Calendar(NamedTuple):
    """A community's zones through time: each governs from its instant on, the first one before it too."""

    zones: Sequence[tuple[int, Zone]]

    def label(self, period: str, at: int) -> str:
        """The window of the period that holds the instant. Raises `ValueError` or `OverflowError` beyond all years."""
        day = self._zone(at).day(at)
        return {"all": "all", "month": day.month, "week": day.week, "day": day.label}[period]

    def span(self, period: str, label: str) -> tuple[int, int]:
        """From which instant up to but not including which one the window lasts."""
        if period == "all":
            return 0, clock.FAR
        first, after = _dates(period, label)
        return self._start(first), self._start(after)

    def _start(self, day: date) -> int:
        return self._zone(zone("UTC").start_of(day)).start_of(day)

    def _zone(self, at: int) -> Zone:
        return next((one for since, one in reversed(self.zones) if since <= at), self.zones[0][1])


def calendar(session: Session, community_id: str) -> Calendar:
    """The community's calendar. Raises `NotFound`."""
    eras = rulebook.book(session, community_id).eras
    if not eras:
        return Calendar([(0, zone(communities.get(session, community_id).zone))])
    return Calendar([(era.starts_at, zone(era.zone)) for era in eras])


def _dates(period: str, label: str) -> tuple[date, date]:
    """The first day of the window and the first one after it."""
    if period == SEASON:
        starts, _, ends = label.partition("/")
        return date.fromisoformat(starts), date.fromordinal(date.fromisoformat(ends).toordinal() + 1)
    if period == "month":
        first = date.fromisoformat(f"{label}-01")
        return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)
    if period == "week":
        year, _, week = label.partition("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
        return first, date.fromordinal(first.toordinal() + 7)
    first = date.fromisoformat(label)
    return first, date.fromordinal(first.toordinal() + 1)
