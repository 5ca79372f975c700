"""Clock: gives by time alone, counted from the member's first activity: each year or month, or once some days later.

It strikes at the beginning of a local day of the community, in whose zone points mature and expire as well; a 29
February, or a 31st, falls on the last day of a month that has none. A strike is known by its number, the months (or
days) since the first activity, which is the same in every zone: on which date that began is not. The standing remembers
the instant of the first activity and the next instant at which any rule strikes.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from rules_engine.days import DAY, Zone
from rules_engine.document import Node
from rules_engine.errors import Sentence
from rules_engine.terms import Context

YEAR, MONTH = "year", "month"
_MONTHS = {YEAR: 12, MONTH: 1}


class Strike(NamedTuple):
    """One strike: its instant in some zone, and its number."""

    at: int
    number: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Strikes every `anniversary` (`YEAR` or `MONTH`), or once, so many microseconds `after`."""

    anniversary: str | None
    after: int

    @property
    def shape(self) -> tuple[object, ...]:
        """Nothing is remembered but when it struck."""
        return ()

    @property
    def series(self) -> str:
        """The number of the strike."""
        return "after" if self.anniversary is None else "anniversary"

    def next(self, first_at: int, since: int, zone: Zone) -> Strike | None:
        """The first strike at or after `since`, for who began at `first_at`."""
        if self.anniversary is None:
            strike = self.strike(first_at, self.after // DAY, zone)
            return strike if strike.at >= since else None
        first, today = _date(zone, first_at), _date(zone, since)
        months = _MONTHS[self.anniversary]
        passed = ((today.year - first.year) * 12 + today.month - first.month) // months
        strike = self.strike(first_at, max(passed, 1) * months, zone)
        while strike.at < since:
            strike = self.strike(first_at, strike.number + months, zone)
        return strike

    def strike(self, first_at: int, number: int, zone: Zone) -> Strike:
        """The strike of that number."""
        if self.anniversary is None:
            return Strike(zone.midnight_from(first_at + number * DAY), number)
        return Strike(zone.start_of(_later(_date(zone, first_at), number)), number)


def _date(zone: Zone, at: int) -> dt.date:
    return dt.date.fromordinal(zone.day(at).number)


def _later(first: dt.date, months: int) -> dt.date:
    """The same day that many months later, or the last one of a month that is shorter."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return dt.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def parse(node: Node, _context: Context) -> Clock | None:
    """`{anniversary: year}` or `{after: 7d}`."""
    parts = node.fields(optional=("anniversary", "after"))
    if len(parts) != 1:
        node.refuse("missing" if not parts else "not_allowed_here", Sentence("either anniversary or after is needed"))
        return None
    if "after" in parts:
        return Clock(None, parts["after"].days())
    return Clock(parts["anniversary"].choice((YEAR, MONTH)) or YEAR, 0)
