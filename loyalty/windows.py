"""The windows that boards are cut in: which one an instant falls in, and from when to when one lasts.

A window is named by its label, which sorts as text within a period: `all`, `2026-11`, `2026-W47`, `2026-11-22`. Days
are the community's local days.
"""

from __future__ import annotations

from datetime import date

from rules_engine.days import Zone

PERIODS = ("all", "month", "week", "day")
FOREVER = 1 << 62


def label(zone: Zone, period: str, at: int) -> str:
    """The window of the period that holds the instant."""
    day = zone.day(at)
    return {"all": "all", "month": day.month, "week": day.week, "day": day.label}[period]


def span(zone: Zone, period: str, window: str) -> tuple[int, int]:
    """From which instant up to but not including which one the window lasts. Raises `ValueError` for no label."""
    if period == "all":
        if window != "all":
            raise ValueError(window)
        return 0, FOREVER
    if period == "month":
        first = date.fromisoformat(f"{window}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    elif period == "week":
        year, _, week = window.partition("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
        after = date.fromordinal(first.toordinal() + 7)
    else:
        first = date.fromisoformat(window)
        after = date.fromordinal(first.toordinal() + 1)
    return zone.start_of(first), zone.start_of(after)
