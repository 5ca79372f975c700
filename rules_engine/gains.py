"""What a member would lose by another rulebook, so that it can be kept: points, badges, tier.

`lost` compares two standings of one member at one instant, folded over the same facts. What it finds is plain JSON and
becomes a fact (`gains_kept`), so it is worked out once; `reserved` gives it back. It does not judge whether the
rulebook was meant to take something away.
"""

from __future__ import annotations

from typing import Any

from rules_engine.standing import Standing
from rules_engine.tiers import Tiers


def lost(before: Standing, after: Standing, ladder: Tiers | None) -> dict[str, Any]:
    """What `before` has and `after` has not: points by currency with the lots they were in, badges with their level,
    and the tier if it is on the `ladder` of `after` and above theirs. Empty where nothing is lost.
    """
    found: dict[str, Any] = {}
    points = [_points(before, after, currency) for currency in sorted({*before.lots, *after.lots, *after.debt})]
    if any(points):
        found["points"] = [one for one in points if one]
    badges = [
        {"badge": badge, "level": level, "at": at}
        for badge, (level, at) in sorted(before.badges.items())
        if after.badges.get(badge, [0, 0])[0] < level
    ]
    if badges:
        found["badges"] = badges
    if ladder is not None and ladder.index(before.tier_key) > ladder.index(after.tier_key):
        found["tier"] = {"key": before.tier_key, "since_at": before.tier_since_at}
    return found


def _points(before: Standing, after: Standing, currency: str) -> dict[str, Any]:
    """The difference of the balances: first what repays the debt, then the lots that would have lasted longest."""
    points = left = before.balance(currency) - after.balance(currency)
    if points <= 0:
        return {}
    lots: list[list[Any]] = []
    for expires_at, matures_at, amount in reversed(before.lots.get(currency, [])):
        part = min(left, amount)
        if part:
            lots.insert(0, [expires_at, matures_at, part])
        left -= part
    if left:
        lots.insert(0, [None, 0, left])
    return {"currency": currency, "points": points, "lots": lots}
