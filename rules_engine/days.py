"""Time zones as local days: which day, week, month, quarter and year an instant falls in.

A local day is a span of instants: it begins with the first instant whose local date is that date or a later one, so
days never overlap, never go back and may be empty (a zone that crossed the date line skipped one). Spans are worked
out once a zone and UTC day; a look-up after that is two comparisons and touches no datetime. Instants are whole
microseconds since 1970-01-01 UTC, as everywhere.
"""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from typing import NamedTuple

from rules_engine.errors import UnknownZone

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = dt.date(1970, 1, 1).toordinal()


class Day(NamedTuple):
    """One local day: from `start` up to but not including `end`, with the labels of the windows that it belongs to."""

    start: int
    end: int
    label: str
    week: str
    month: str
    quarter: str
    year: str
    weekday: int
    number: int


class Zone:
    """The local days of one IANA time zone."""

    __slots__ = ("_days", "_info", "_starts", "name")

    def __init__(self, name: str) -> None:
        try:
            self._info = zoneinfo.ZoneInfo(name)
        except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
            raise UnknownZone(name) from error
        self.name = name
        self._days: dict[int, tuple[Day, ...]] = {}
        self._starts: dict[int, int] = {}

    def day(self, at: int) -> Day:
        """The local day in which the instant falls."""
        days = self._days.get(at // DAY)
        if days is None:
            days = self._work_out(at // DAY)
        for day in days:
            if at < day.end:
                return day
        raise AssertionError("the spans of a UTC day cover it")

    def minute(self, at: int) -> int:
        """The minutes that a clock on the wall shows, from 0 to 1439."""
        time = dt.datetime.fromtimestamp(at // SECOND, self._info)
        return time.hour * 60 + time.minute

    def midnight_from(self, at: int) -> int:
        """The first local midnight at or after the instant."""
        return self.day(at - 1).end

    def start_of(self, date: dt.date) -> int:
        """The instant at which a local date begins."""
        return self._start(date.toordinal())

    def end_of_period(self, at: int, period: str) -> int:
        """The instant at which the `year`, `quarter` or `month` that holds the instant ends."""
        year, month = int(self.day(at).year), int(self.day(at).month[5:])
        last = {"year": 12, "quarter": (month + 2) // 3 * 3, "month": month}[period]
        return self.start_of(dt.date(year + last // 12, last % 12 + 1, 1))

    def _work_out(self, utc_day: int) -> tuple[Day, ...]:
        first, last = utc_day * DAY, (utc_day + 1) * DAY
        days = []
        for number in range(_EPOCH + utc_day - 2, _EPOCH + utc_day + 3):
            start, end = self._start(number), self._start(number + 1)
            if start < end and start < last and end > first:
                days.append(_day(start, end, number))
        self._days[utc_day] = tuple(days)
        return self._days[utc_day]

    def _start(self, number: int) -> int:
        start = self._starts.get(number)
        if start is None:
            start = self._starts[number] = self._find_start(dt.date.fromordinal(number)) * SECOND
        return start

    def _find_start(self, date: dt.date) -> int:
        midnight = dt.datetime.combine(date, dt.time(), self._info)
        guess = int(midnight.timestamp())
        if dt.datetime.fromtimestamp(guess, self._info).replace(tzinfo=None) == midnight.replace(tzinfo=None):
            return guess
        # This midnight was skipped (clocks went forward over it): find the first second on or after the date.
        before, after = guess - 2 * 86_400, guess + 2 * 86_400
        while after - before > 1:
            middle = (before + after) // 2
            if dt.datetime.fromtimestamp(middle, self._info).date() < date:
                before = middle
            else:
                after = middle
        return after


def _day(start: int, end: int, number: int) -> Day:
    date = dt.date.fromordinal(number)
    iso = date.isocalendar()
    return Day(
        start,
        end,
        date.isoformat(),
        f"{iso.year:04d}-W{iso.week:02d}",
        f"{date.year:04d}-{date.month:02d}",
        f"{date.year:04d}-Q{(date.month + 2) // 3}",
        f"{date.year:04d}",
        date.weekday(),
        number,
    )


@functools.cache
def zone(name: str) -> Zone:
    """The zone of that IANA name; raises `UnknownZone`."""
    return Zone(name)


def day_after(label: str) -> str:
    """The ISO date after an ISO date."""
    return (dt.date.fromisoformat(label) + dt.timedelta(days=1)).isoformat()
