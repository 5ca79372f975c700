"""A badge as an SVG: a medal in the badge's colour with its icon, or the initials of its name; a dot for each level.

The same badge always looks the same, and two badges side by side look different, without anybody having to draw them.
"""

from __future__ import annotations

import hashlib
import math
from xml.sax.saxutils import escape, quoteattr

from api.badge_icons import DRAWINGS
from api.colours import BLACK, WHITE, mix, readable

SIZE = 128
_MOST_DOTS = 5
_COLOURS = (
    *("#0b7a75", "#b4532a", "#7a3e6d", "#3f4f9a", "#3c7a3f", "#96691a", "#a8324a", "#1f6f9c", "#55606e", "#8a4b8f"),
)
"""What a badge without a colour of its own may get: each bears white."""


def draw(key: str, name: str, level: int, icon: str | None = None, colour: str | None = None) -> str:
    """The image as a document. `icon` is one of `DRAWINGS`, `colour` is `#rrggbb`; without one the key chooses."""
    digest = hashlib.sha256(key.encode()).digest()
    ground = readable(colour or _COLOURS[digest[0] % len(_COLOURS)], WHITE, 3)
    title = f"{name}, {level}" if level > 1 else name
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}"'
        f' role="img" aria-label={quoteattr(title)}><title>{escape(title)}</title>'
        f'<path d="{_outline(8 + digest[1] % 9)}" fill="{mix(ground, BLACK, 0.28)}"/>'
        f'<circle cx="64" cy="64" r="53" fill="{ground}"/>'
        f'<path d="M11 64a53 53 0 0 1 106 0c-23-14-83-14-106 0z" fill="{mix(ground, WHITE, 0.14)}"/>'
        f'<circle cx="64" cy="64" r="48" fill="none" stroke="{WHITE}" stroke-opacity=".55" stroke-width="2"/>'
        f"{_picture(name, icon, raised=level > 1)}{_dots(level, mix(ground, BLACK, 0.28))}</svg>"
    )


def _outline(waves: int) -> str:
    """The medal's edge: a circle with that many waves."""
    points = []
    for step in range(waves * 12):
        angle = 2 * math.pi * step / (waves * 12)
        radius = 60 + 2.5 * math.cos(waves * angle)
        points.append(f"{64 + radius * math.sin(angle):.1f} {64 - radius * math.cos(angle):.1f}")
    return "M" + "L".join(points) + "Z"


def _picture(name: str, icon: str | None, *, raised: bool) -> str:
    middle, scale = (58, 1.25) if raised else (64, 1.45)
    if icon in DRAWINGS:
        place = f"translate({64 - 24 * scale:g} {middle - 24 * scale:g}) scale({scale})"
        style = f'fill="none" stroke="{WHITE}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"'
        return f'<g transform="{place}" {style}>{DRAWINGS[icon]}</g>'
    return (
        f'<text x="64" y="{middle}" fill="{WHITE}" font-family="sans-serif" font-size="36" font-weight="700"'
        f' text-anchor="middle" dominant-baseline="central">{escape(initials(name) or "★")}</text>'
    )


def initials(name: str) -> str:
    """Up to two letters that stand for a name; none for a name that has no letters."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper()


def _dots(level: int, edge: str) -> str:
    if level <= 1:
        return ""
    if level > _MOST_DOTS:
        style = f'fill="{WHITE}" font-family="sans-serif" font-size="15" font-weight="700" text-anchor="middle"'
        return f'<circle cx="64" cy="104" r="13" fill="{edge}"/><text x="64" y="109" {style}>{level}</text>'
    left = 64 - (level - 1) * 6.5
    return "".join(f'<circle cx="{left + 13 * step:g}" cy="101" r="4" fill="{WHITE}"/>' for step in range(level))
