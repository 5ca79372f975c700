"""Images as answers: any image, and a badge as a community shows it, with the one address under which it is.

An SVG opened by itself is a document, so each goes out in a sandbox in which it can do nothing. A badge's image takes
no key, since pages and other sites show it; that of a hidden badge, or of a community whose pages are closed, takes the
seal that is part of its address.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from flask import Response, current_app, request, url_for

from api.badge_image import draw
from loyalty import communities
from loyalty.models import Community
from rules_engine.badges import Badge
from rules_engine.names import said

MOST_LEVEL = 99
"""The highest level that is drawn as itself."""


def sandboxed(raw: bytes, media_type: str) -> Response:
    """An image of that type."""
    response = Response(raw, content_type=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def kept(response: Response) -> Response:
    """To be kept for a while by anybody: addresses have the revision that they are of."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.add_etag()
    response.make_conditional(request)
    return response


def badge_image(community: Community, badge: Badge, level: int) -> Response:
    """The badge at a level with its icon, in its own colour, else the community's."""
    colour = badge.colour or community.profile.get("colours", {}).get("primary")
    drawn = draw(badge.key, said(badge.name, "en", badge.key), min(level, MOST_LEVEL), badge.icon, colour)
    response = kept(sandboxed(drawn.encode(), "image/svg+xml"))
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def badge_address(community: Community, badge: str, level: int = 1, *, hidden: bool = False) -> str:
    """Where a badge's image is, below the service's own address; another one whenever it may look different."""
    parts: dict[str, str | int] = {"community": community.key, "v": community.revision + community.publications}
    if level > 1:
        parts["level"] = min(level, MOST_LEVEL)
    if hidden or community.pages == communities.CLOSED:
        parts["seal"] = _seal(community, badge)
    return url_for("badges.image", key=badge, **parts)  # type: ignore[arg-type]  # parts of the query, not its options


def may_see_badge(community: Community, badge: str, seal: str, *, hidden: bool) -> bool:
    """Whether who asks for the image may have it: anybody, or who was told its address where not everybody is."""
    right = _seal(community, badge)
    return not (hidden or community.pages == communities.CLOSED) or hmac.compare_digest(seal.encode(), right.encode())


def _seal(community: Community, badge: str) -> str:
    key = current_app.extensions["setia"].derive("badges")
    return hmac.digest(key, f"{community.id}/{badge}".encode(), sha256).hex()[:32]
