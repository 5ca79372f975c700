"""Images as answers: any image, and a badge as a community shows it.

An SVG opened by itself is a document, so each goes out in a sandbox in which it can do nothing. How long it may be kept
is for whoever answers with it.
"""

from __future__ import annotations

from flask import Response

from api.badge_image import draw
from loyalty.models import Community
from rules_engine.badges import Badge
from rules_engine.explain import said

MOST_LEVEL = 99
"""The highest level that is drawn as itself."""


def sandboxed(raw: bytes, media_type: str) -> Response:
    """An image of that type."""
    response = Response(raw, content_type=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def badge_image(community: Community, badge: Badge, level: int) -> Response:
    """The badge at a level with its icon, in its own colour, else the community's."""
    colour = badge.colour or community.profile.get("colours", {}).get("primary")
    drawn = draw(badge.key, said(badge.name, "en", badge.key), min(level, MOST_LEVEL), badge.icon, colour)
    return sandboxed(drawn.encode(), "image/svg+xml")
