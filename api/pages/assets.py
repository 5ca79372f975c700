"""What pages are made of besides text: style sheets, scripts, colours and logos; and what their readers choose."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, redirect, render_template, request, send_from_directory
from werkzeug.wrappers import Response as Answer

from api import images
from api.auth import PUBLIC, opens
from api.colours import BLACK, WHITE, contrast, mix, readable
from api.fields import LANGUAGES
from api.limits import uncounted
from api.pages.frame import LANGUAGE, THEME, THEMES, blueprint, reads
from loyalty import communities, logos
from loyalty.errors import NotFound
from rules_engine.errors import Sentence

PRIMARY, ACCENT = "#0b7a75", "#d7a13b"
PAPER, NIGHT = "#f3ece1", "#2b2521"
"""The darkest light ground and the lightest dark one that text in a community's colour stands on."""
_YEAR = 365 * 24 * 3600


@blueprint.get("/pages/<path:name>")
@opens(PUBLIC)
@uncounted
def static(name: str) -> Response:
    """A style sheet, a script or a picture of the pages."""
    return send_from_directory(f"{blueprint.root_path}/static", name, max_age=300)


@blueprint.post("/choices")
@opens(PUBLIC)
def choose() -> Answer:
    """Keep the reader's language or colours in a cookie, and go back to the page."""
    back = request.form.get("back", "/")
    local = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    response = redirect(back if local else "/", HTTPStatus.SEE_OTHER)
    for cookie, field, known in ((LANGUAGE, "language", LANGUAGES), (THEME, "theme", THEMES)):
        chosen = request.form.get(field)
        if chosen is not None and chosen in known:
            response.set_cookie(cookie, chosen, max_age=_YEAR, httponly=True, samesite="Lax")
    return response


@blueprint.get("/c/<key>/colours.css")
@opens(PUBLIC)
@uncounted
def colours(key: str) -> Response:
    """The community's colours by day and by night, each moved as far as it takes to be read."""
    chosen = communities.with_pages(reads(), key).profile.get("colours", {})
    primary, accent = chosen.get("primary", PRIMARY), chosen.get("accent", ACCENT)
    ground = readable(primary, WHITE, 4.5) if contrast(primary, WHITE) >= 2 else primary
    values = {
        "ground": ground,
        "ground-deep": mix(ground, BLACK, 0.3) if contrast(ground, WHITE) >= 4.5 else mix(ground, WHITE, 0.3),
        "on-ground": WHITE if contrast(ground, WHITE) >= 4.5 else BLACK,
        "primary": f"light-dark({readable(primary, PAPER)}, {readable(primary, NIGHT)})",
        "accent": f"light-dark({readable(accent, PAPER, 3)}, {readable(accent, NIGHT, 3)})",
    }
    return images.kept(Response(render_template("colours.css", values=values), content_type="text/css; charset=utf-8"))


@blueprint.get("/c/<key>/logo")
@opens(PUBLIC)
@uncounted
def logo(key: str) -> Response:
    """The community's logo. Opened by itself it is an image in a sandbox, and can do nothing."""
    kept = communities.with_pages(reads(), key).profile.get("logo")
    if kept is None:
        raise NotFound("logo_not_found", Sentence("This community has no logo."))
    media_type, raw = logos.content(kept)
    return images.kept(images.sandboxed(raw, media_type))
