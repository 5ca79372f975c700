"""A badge as an SVG: a shape and a colour told by its key, the initials of its name, a dot for each level.

The same badge always looks the same, and two badges side by side look different, without anybody having to draw them.
"""

from __future__ import annotations

import hashlib
import math
from xml.sax.saxutils import escape, quoteattr

SIZE = 128
_MOST_DOTS = 5


def draw(key: str, name: str, level: int, colour: str | None = None) -> str:
    """The image as a document. `colour` is `#rrggbb`; without one the key chooses."""
    digest = hashlib.sha256(key.encode()).digest()
    hue = int.from_bytes(digest[:2], "big") % 360
    fill = colour or f"hsl({hue} 55% 38%)"
    edge = f"hsl({(hue + 40) % 360} 60% 62%)"
    outline = _outline(5 + digest[2] % 8, 0.80 + (digest[3] % 4) * 0.05)
    title = f"{name}, level {level}" if level > 1 else name
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}"'
        f' role="img" aria-label={quoteattr(title)}><title>{escape(title)}</title>'
        f'<path d="{outline}" fill="{edge}"/>'
        f'<circle cx="64" cy="64" r="42" fill="{fill}"/>'
        '<circle cx="64" cy="64" r="37" fill="none" stroke="#fff" stroke-opacity=".55" stroke-width="2"/>'
        f'<text x="64" y="64" fill="#fff" font-family="sans-serif" font-size="30" font-weight="700"'
        f' text-anchor="middle" dominant-baseline="central">{escape(_initials(name))}</text>'
        f"{_dots(level)}</svg>"
    )


def _outline(points: int, inner: float) -> str:
    """A star of that many points; `inner` is how deep it goes between them."""
    corners = []
    for step in range(points * 2):
        radius = 60 * (1 if step % 2 == 0 else inner)
        angle = math.pi * step / points - math.pi / 2
        corners.append(f"{64 + radius * math.cos(angle):.1f} {64 + radius * math.sin(angle):.1f}")
    return "M" + "L".join(corners) + "Z"


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "★"


def _dots(level: int) -> str:
    if level <= 1:
        return ""
    if level > _MOST_DOTS:
        style = 'fill="#fff" font-family="sans-serif" font-size="13" text-anchor="middle"'
        return f'<text x="64" y="92" {style}>{level}</text>'
    left = 64 - (level - 1) * 6
    return "".join(f'<circle cx="{left + 12 * step}" cy="90" r="3.5" fill="#fff"/>' for step in range(level))
