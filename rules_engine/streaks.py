"""Streak: days (or weeks) in a row on which a rule's fact occurred, in the member's own zone.

A member's day never goes back: after a move west, facts count for the day already reached. A day follows another when
no full local day lies between them, so a move east, or a zone that skips a date, breaks nothing. Days that were missed
are bridged while freezes are left: at most so many in a calendar month (or week) of the member, which the missed day
itself lies in; they keep the streak and do not lengthen it. Weeks are ISO weeks, a missed one lies in the month of its
Thursday. The standing remembers [length, number of the last day or week, end of the last day], and behind that, once a
freeze was used, [the month or week of the latest one, how many in it]. Whether a streak has lapsed is computed on
reading, and a late fact heals one since the fold then starts from before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from rules_engine.days import Day, Zone, zone
from rules_engine.document import Node
from rules_engine.errors import Sentence
from rules_engine.standing import Standing
from rules_engine.terms import Advance, Context, Turn, waiting

LENGTH, NUMBER, END, WINDOW, USED = 0, 1, 2, 3, 4
DAY, WEEK, MONTH = "day", "week", "month"
_MOST_FREEZES = {WEEK: 6, MONTH: 15}


class Running(NamedTuple):
    """A streak as it is read: its length (0: it has lapsed) and the freezes left in the month (or week) of the day."""

    length: int
    freezes: int


@dataclass(frozen=True, slots=True)
class Streak:
    """Gives whenever `most` units (`DAY` or `WEEK`) in a row are full; `freezes` a `MONTH` or `WEEK` may be missed."""

    unit: str
    most: int
    freezes: int = 0
    per: str = MONTH

    @property
    def shape(self) -> tuple[object, ...]:
        """Another length goes on with what is there; days and weeks are numbered otherwise."""
        return (self.unit,)

    @property
    def series(self) -> str:
        """The date of the day, or of the week's Monday."""
        return f"streak-{self.unit}"

    def advance(self, standing: Standing, turn: Turn) -> Advance:
        """Counts the day or week of the fact, if it was not counted yet."""
        days = zone(zone_name(standing, turn.zone.name, turn.fact.at))
        new = extend(self, standing, turn.rule, days.day(turn.fact.at), days)
        state = standing.streaks[turn.rule]
        have = state[LENGTH]
        if new and have % self.most == 0:
            return Advance(self._date(state[NUMBER]).isoformat())
        return waiting("/streak", have, (have // self.most + 1) * self.most)

    def number(self, day: Day) -> int:
        """The number of the unit in which the day lies."""
        return day.number if self.unit == DAY else (day.number - 1) // 7

    def bridged(self, state: list[Any], day: Day, days: Zone) -> list[Any] | None:
        """The freezes used, as in the state, when all that was missed before the day is bridged; None if it cannot be.

        Ends after the first window whose freezes are used up, however long ago the last day was.
        """
        before: list[Any] = state[WINDOW:]
        used: dict[str, int] = dict([before]) if before else {}
        latest = None
        for window in self._missed(state, day, days):
            used[window] = used.get(window, 0) + 1
            if used[window] > self.freezes:
                return None
            latest = latest or window
        return before if latest is None else [latest, used[latest]]

    def window(self, day: Day) -> str:
        """The month or week whose freezes are for the day (or for the week in which it lies)."""
        if self.unit == WEEK:
            return _month(self._date(self.number(day)))
        return day.week if self.per == WEEK else day.month

    def _missed(self, state: list[Any], day: Day, days: Zone) -> Iterator[str]:
        """The windows of the units between the last one counted and the day's, the latest first."""
        if self.unit == WEEK:
            for number in range(self.number(day) - 1, state[NUMBER], -1):
                yield _month(self._date(number))
            return
        before = days.day(day.start - 1)
        while before.number > state[NUMBER] and before.end > state[END]:
            yield self.window(before)
            before = days.day(before.start - 1)

    def _date(self, number: int) -> dt.date:
        """The day, or the Monday of the week."""
        return dt.date.fromordinal(number if self.unit == DAY else number * 7 + 1)


def extend(streak: Streak, standing: Standing, rule: str, day: Day, days: Zone) -> bool:
    """Counts a day of that zone on which the fact occurred; False where its unit is counted already."""
    number = streak.number(day)
    state = standing.streaks.get(rule)
    if state is None:
        standing.streaks[rule] = [1, number, day.end]
        return True
    if number <= state[NUMBER]:
        state[END] = max(state[END], day.end)
        return False
    freezes = streak.bridged(state, day, days)
    length = 1 if freezes is None else state[LENGTH] + 1
    standing.streaks[rule] = [length, number, day.end, *(state[WINDOW:] if freezes is None else freezes)]
    return True


def running(streak: Streak, standing: Standing, rule: str, community_zone: str, as_of: int) -> Running:
    """What is left of it at the instant: nothing once more was missed than its freezes bridge."""
    state = standing.streaks.get(rule)
    if state is None:
        return Running(0, streak.freezes)
    days = zone(zone_name(standing, community_zone, as_of))
    today = days.day(as_of)
    alive = streak.number(today) <= state[NUMBER]
    freezes = state[WINDOW:] if alive else streak.bridged(state, today, days)
    window, used = (freezes or state[WINDOW:] or ["", 0])[:2]
    left = streak.freezes - (used if window == streak.window(today) else 0)
    return Running(0 if freezes is None else state[LENGTH], max(left, 0))


def zone_name(standing: Standing, community_zone: str, at: int) -> str:
    """The zone in which the member's days are cut at the instant."""
    if standing.zone_next is not None and at >= standing.zone_next[1]:
        return standing.zone_next[0] or community_zone
    return standing.zone or community_zone


def _month(monday: dt.date) -> str:
    return (monday + dt.timedelta(days=3)).isoformat()[:7]


def parse(node: Node, _context: Context) -> Streak | None:
    """`{days: 7, freezes: {most: 2, per: month}}` or `{weeks: 4}`."""
    parts = node.fields(optional=("days", "weeks", "freezes"))
    units = [unit for unit in ("days", "weeks") if unit in parts]
    if len(units) != 1:
        node.refuse("missing" if not units else "not_allowed_here", Sentence("either days or weeks is needed"))
        return None
    unit, most = (DAY, 366) if units == ["days"] else (WEEK, 104)
    length = parts[units[0]].whole(2, most)
    if "freezes" not in parts:
        return Streak(unit, length)
    inner = parts["freezes"].fields(required=("most", "per"))
    per = (inner["per"].choice((MONTH, WEEK) if unit == DAY else (MONTH,)) if "per" in inner else MONTH) or MONTH
    most_freezes = _MOST_FREEZES[per] if unit == DAY else 3
    return Streak(unit, length, inner["most"].whole(1, most_freezes) if "most" in inner else 1, per)
