"""Streaks: consecutive local days of the member on which a rule's fact occurred.

A member's day never goes back: after a move west, facts count for the day already reached. A day follows another when
no full local day lies between them, so a move east, or a zone that skips a date, breaks nothing. The state in the
standing is [length, number of the last day, end of the last day]. Whether a streak has lapsed is computed on reading.
"""

from __future__ import annotations

import datetime as dt

from rules_engine.days import Day, zone
from rules_engine.standing import Standing

LENGTH, NUMBER, END = 0, 1, 2


def extend(standing: Standing, rule: str, day: Day) -> bool:
    """Counts a day on which the fact occurred; False where that day is counted already."""
    state = standing.streaks.get(rule)
    if state is None:
        standing.streaks[rule] = [1, day.number, day.end]
        return True
    if day.number <= state[NUMBER]:
        state[END] = max(state[END], day.end)
        return False
    follows = day.number == state[NUMBER] + 1 or day.start <= state[END]
    standing.streaks[rule] = [state[LENGTH] + 1 if follows else 1, day.number, day.end]
    return True


def ordinal(standing: Standing, rule: str) -> str:
    """The last counted day as an ISO date."""
    return dt.date.fromordinal(standing.streaks[rule][NUMBER]).isoformat()


def running(standing: Standing, rule: str, community_zone: str, as_of: int) -> int:
    """How many days in a row there are at the instant: 0 once a whole local day has passed without one."""
    state = standing.streaks.get(rule)
    if state is None:
        return 0
    today = zone(zone_name(standing, community_zone, as_of)).day(as_of)
    alive = today.number <= state[NUMBER] + 1 or today.start <= state[END]
    return state[LENGTH] if alive else 0


def zone_name(standing: Standing, community_zone: str, at: int) -> str:
    """The zone in which the member's days are cut at the instant."""
    if standing.zone_next is not None and at >= standing.zone_next[1]:
        return standing.zone_next[0] or community_zone
    return standing.zone or community_zone
