"""The community's rules through time: those it began with, those that count now, and those it is thinking about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

SEASON_DAYS = 120
"""A season began with the month before this one."""
_SEASON = "season"


def seasoned(rulebook: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The rulebook with its season around the instant."""
    first = (now.replace(day=1) - timedelta(days=1)).replace(day=1).date()
    last = first + timedelta(days=SEASON_DAYS)
    window = {"active": {"from": first.isoformat(), "until": (last + timedelta(days=1)).isoformat()}}
    days = {"starts_on": first.isoformat(), "ends_on": last.isoformat()}
    return rulebook | {
        "rules": [one | window if one["key"] == _SEASON else one for one in rulebook["rules"]],
        "boards": [one | days if one["key"] == _SEASON else one for one in rulebook["boards"]],
    }


def at_first(rulebook: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """The rulebook as it was in the beginning: without some of its rules, and with others as they were."""
    rules = [
        one | first["rules"].get(one["key"], {}) for one in rulebook["rules"] if one["key"] not in first["without"]
    ]
    return rulebook | {"rules": rules}


def with_tried(rulebook: dict[str, Any], tried: dict[str, Any]) -> dict[str, Any]:
    """The rulebook with the one rule otherwise of which the community is thinking."""
    other = {"gives": tried["gives"], "examples": tried["examples"]}
    return rulebook | {"rules": [one | other if one["key"] == tried["rule"] else one for one in rulebook["rules"]]}


def midnight(day: date) -> str:
    """The instant at which a day of the community begins."""
    return f"{day.isoformat()}T00:00:00+08:00"
