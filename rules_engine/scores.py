"""What rules gave a member, by window: scores, which boards compare, and tallies, by which tiers are kept.

Both count what was earned in the day, week and month (and the quarter and year) of the latest gain, and for ever. What
a breach withdraws costs score and nothing else. A window that has closed is replaced, so they never grow.
"""

from __future__ import annotations

from typing import Any

from rules_engine.days import Day
from rules_engine.standing import Standing


def earn(standing: Standing, currency: str, amount: int, at: int, day: Day) -> None:
    """Adds earned points to the lifetime and to every window."""
    standing.earned[currency] = standing.earned.get(currency, 0) + amount
    for window in _opened(standing, currency, at, day).values():
        window[1] += amount
        window[2] = at
    for tally in standing.tallies[currency].values():
        tally[1] += amount


def lose(standing: Standing, currency: str, amount: int, at: int, day: Day) -> None:
    """Takes points from the score of every window, which may fall below nothing."""
    for window in _opened(standing, currency, at, day).values():
        window[1] -= amount
        window[2] = at


def _opened(standing: Standing, currency: str, at: int, day: Day) -> dict[str, list[Any]]:
    """The score's windows, of which those that the day is not in any more start again."""
    scores = standing.scores.get(currency)
    if scores is None:
        scores = standing.scores[currency] = {
            "all": ["all", 0, at],
            "month": [day.month, 0, at],
            "week": [day.week, 0, at],
            "day": [day.label, 0, at],
        }
        standing.tallies[currency] = {
            "month": [day.month, 0],
            "quarter": [day.quarter, 0],
            "year": [day.year, 0],
        }
        return scores
    if day.label > scores["day"][0]:
        scores["day"] = [day.label, 0, at]
        if day.week > scores["week"][0]:
            scores["week"] = [day.week, 0, at]
        if day.month > scores["month"][0]:
            scores["month"] = [day.month, 0, at]
            tallies = standing.tallies[currency]
            tallies["month"] = [day.month, 0]
            if day.quarter > tallies["quarter"][0]:
                tallies["quarter"] = [day.quarter, 0]
            if day.year > tallies["year"][0]:
                tallies["year"] = [day.year, 0]
    return scores
