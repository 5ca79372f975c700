"""How many members have how many points, exactly: what shares, inequality and ranks are worked out from.

A histogram holds a count for each number of points that somebody has, so it is as small as points are alike, and those
of parts of a community add up to that of the whole. Members with nothing are not in it; who asks says how many there
are in all. It knows no member: a rank is found from the points alone.
"""

from __future__ import annotations

from collections.abc import Mapping

Histogram = Mapping[str, int]
"""Points (as text, so that it can be stored as JSON) -> members who have exactly so many; points are more than 0."""


def top_share(histogram: Histogram, members: int, percent: int = 1) -> float:
    """The share of all points that the `percent` of members with the most points have, at least one member; 0 to 1,
    to four digits. 0 where nobody has any.
    """
    left = -(-members * percent // 100)
    held = total = 0
    for points, count in sorted(_pairs(histogram), reverse=True):
        held += points * min(count, left)
        left -= min(count, left)
        total += points * count
    return round(held / total, 4) if total else 0.0


def gini(histogram: Histogram, members: int) -> float:
    """The Gini coefficient: 0 where all have the same, towards 1 where one has all; to four digits."""
    below = members - sum(histogram.values())
    weighted = total = 0
    for points, count in sorted(_pairs(histogram)):
        weighted += points * (count * below + count * (count + 1) // 2)  # the sum of their places, from 1, by points
        total += points * count
        below += count
    return round((2 * weighted - (members + 1) * total) / (members * total), 4) if total else 0.0


def rank(histogram: Histogram, points: int) -> int | None:
    """The rank of who has so many points, equals sharing one; none for who has nothing."""
    return 1 + sum(count for have, count in _pairs(histogram) if have > points) if points > 0 else None


def _pairs(histogram: Histogram) -> list[tuple[int, int]]:
    return [(int(points), count) for points, count in histogram.items()]
