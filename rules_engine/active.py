"""When a rule is active: a campaign's window, days of the week, a list of dates, hours of the day.

Dates and hours are the community's local ones; `from` is included and `until` is not. An instant may stand for a date.
Hours may run over midnight. All parts that are given have to hold.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from rules_engine.days import DAY, SECOND, Day, Zone
from rules_engine.document import Node, shown
from rules_engine.errors import Sentence

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_DATES = 400
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Active:
    """The days and instants on which a rule counts."""

    starts: str | int | None
    ends: str | int | None
    weekdays: frozenset[int] | None
    dates: frozenset[str] | None
    hours: tuple[int, int] | None
    """The minutes of the day from and until which it counts."""

    def holds(self, at: int, day: Day, zone: Zone) -> bool:
        """Whether the instant, which falls in that local day of the zone, is one of them."""
        if self.starts is not None and (day.label < self.starts if isinstance(self.starts, str) else at < self.starts):
            return False
        if self.is_over(at, day):
            return False
        if self.weekdays is not None and day.weekday not in self.weekdays:
            return False
        if self.dates is not None and day.label not in self.dates:
            return False
        if self.hours is None:
            return True
        minute, (starts, ends) = zone.minute(at), self.hours
        return starts <= minute < ends if starts < ends else minute >= starts or minute < ends

    def is_over(self, at: int, day: Day) -> bool:
        """Whether it holds no more from the instant on, which falls in that local day."""
        if self.ends is not None and (day.label >= self.ends if isinstance(self.ends, str) else at >= self.ends):
            return True
        return self.dates is not None and day.label > max(self.dates)

    def first(self, zone: Zone, default: int) -> int | None:
        """An instant at which it holds: the first start, noon or hour of its dates, or within a year from its beginning
        on.
        """
        at = default
        if self.starts is not None:
            at = _instant(self.starts, zone)
        elif self.dates is not None:
            at = 0
        elif self.ends is not None:
            at = max(0, _instant(self.ends, zone) - 366 * DAY)
        if self.dates is not None:
            days = [zone.day(_instant(date, zone)) for date in sorted(self.dates)]
        else:
            days = [zone.day(at + number * DAY) for number in range(MAX_DATES)]
        for day in days:
            moments = [max(at, day.start), (day.start + day.end) // 2]
            if self.hours is not None:
                moments.append(day.start + self.hours[0] * 60 * SECOND)
            for moment in moments:
                if moment >= 0 and self.holds(moment, zone.day(moment), zone):
                    return moment
        return None


def _instant(said: str | int, zone: Zone) -> int:
    """The instant, or that at which the date begins."""
    return said if isinstance(said, int) else zone.start_of(dt.date.fromisoformat(said))


def parse(node: Node) -> Active:
    """The window of one rule."""
    found = node.fields(optional=("from", "until", "weekdays", "dates", "hours"))
    if not found:
        node.refuse("missing", Sentence("one of {names} is needed", names="from, until, weekdays, dates, hours"))
    starts = (found["from"].date_or_moment() if "from" in found else None) or None
    ends = (found["until"].date_or_moment() if "until" in found else None) or None
    weekdays = None
    if "weekdays" in found:
        words = [item.choice(WEEKDAYS) for item in found["weekdays"].items(7, 1)]
        weekdays = frozenset(WEEKDAYS.index(word) for word in words if word)
    dates = None
    if "dates" in found:
        dates = frozenset(item.date() for item in found["dates"].items(MAX_DATES, 1)) - {""}
    if starts is not None and ends is not None and starts.__class__ is ends.__class__ and starts >= ends:  # type: ignore[operator]  # both are of one class here
        node.refuse("out_of_range", Sentence("until has to come after from"))
    return Active(starts, ends, weekdays, dates, _hours(found["hours"]) if "hours" in found else None)


def _hours(node: Node) -> tuple[int, int] | None:
    found = node.fields(required=("from", "until"))
    starts, ends = (_time(found[name]) if name in found else None for name in ("from", "until"))
    if starts is None or ends is None:
        return None
    if starts == ends:
        node.refuse("out_of_range", Sentence("until has to be another hour than from"))
    return starts, ends


def _time(node: Node) -> int | None:
    match = _TIME.match(node.value) if isinstance(node.value, str) else None
    if match is None:
        node.refuse("bad_time", Sentence('a time such as "20:00" is needed, found {found}', found=shown(node.value)))
        return None
    return int(match[1]) * 60 + int(match[2])
