"""Colours that stay readable, whatever a community chose: contrast as WCAG 2 measures it.

A colour is `#rrggbb`. What is asked for keeps its hue and is moved towards black or white until it can be read.
"""

from __future__ import annotations

BLACK, WHITE = "#000000", "#ffffff"


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with that share (0 to 1) of the other one in it."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * share):02x}" for mine, theirs in pairs)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white); text needs 4.5, a shape 3."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str, least: float = 4.5) -> str:
    """The nearest of the colour's shades with at least that contrast on the ground; 1 % further each time it lacks."""
    towards = max(BLACK, WHITE, key=lambda end: contrast(end, ground))
    shades = (mix(colour, towards, step / 100) for step in range(101))
    return next((shade for shade in shades if contrast(shade, ground) >= least), towards)


def _parts(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
