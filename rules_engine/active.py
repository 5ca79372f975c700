"""When a rule is active: a campaign's window, days of the week, a list of dates.

Dates are the community's local days; `from` is included and `until` is not. An instant may stand for a date. All parts
that are given have to hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rules_engine.days import DAY, Day, Zone
from rules_engine.document import Node

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_DATES = 400


@dataclass(frozen=True, slots=True)
class Active:
    """The days and instants on which a rule counts."""

    starts: str | int | None
    ends: str | int | None
    weekdays: frozenset[int] | None
    dates: frozenset[str] | None

    def holds(self, at: int, day: Day) -> bool:
        """Whether the instant, which falls in that local day, is one of them."""
        if self.starts is not None and (day.label < self.starts if isinstance(self.starts, str) else at < self.starts):
            return False
        if self.ends is not None and (day.label >= self.ends if isinstance(self.ends, str) else at >= self.ends):
            return False
        if self.weekdays is not None and day.weekday not in self.weekdays:
            return False
        return self.dates is None or day.label in self.dates

    def first(self, zone: Zone, default: int) -> int | None:
        """An instant at which it holds: the first noon (or start) from its beginning on, within a year."""
        at = default
        if self.dates:
            at = zone.start_of(dt.date.fromisoformat(min(self.dates)))
        if self.starts is not None:
            starts = self.starts
            at = max(
                at if self.dates else 0,
                zone.start_of(dt.date.fromisoformat(starts)) if isinstance(starts, str) else starts,
            )
        elif self.ends is not None and not self.dates:
            ends = self.ends
            at = (zone.start_of(dt.date.fromisoformat(ends)) if isinstance(ends, str) else ends) - 366 * DAY
        for days in range(MAX_DATES):
            day = zone.day(max(0, at) + days * DAY)
            for moment in (max(at, day.start), (day.start + day.end) // 2):
                if moment >= 0 and self.holds(moment, zone.day(moment)):
                    return moment
        return None


def parse(node: Node) -> Active:
    """The window of one rule."""
    found = node.fields(optional=("from", "until", "weekdays", "dates"))
    if not found:
        node.refuse("missing", "one of from, until, weekdays, dates is needed")
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
        node.refuse("out_of_range", "until has to come after from")
    return Active(starts, ends, weekdays, dates)
