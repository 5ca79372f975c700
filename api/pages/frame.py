"""What all pages share: the blueprint, the reader's language and colours of day or night, headers, and errors as pages.

A page fetches nothing from elsewhere and runs no script but its own: the policy says so to the browser. A page that has
not changed since the reader saw it is answered without a body.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request
from flask_babel import Babel, get_locale
from redis import Redis
from sqlalchemy.orm import Session

from api import errors, languages
from api.fields import LANGUAGES
from loyalty.db import db, reading
from loyalty.models import Community

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LANGUAGE, THEME = "setia_language", "setia_theme"
THEMES = ("auto", "light", "dark")
_KEPT = ("Allow", "Retry-After", "RateLimit", "RateLimit-Policy")
"""What a page says as well of the problem whose place it takes."""

blueprint = Blueprint("pages", __name__, template_folder="templates")


def register(app: Flask) -> None:
    """Put the pages into the app."""
    Babel(
        app,
        default_translation_directories=f"{blueprint.root_path}/translations",
        locale_selector=language,
        timezone_selector=lambda: g.get("zone", "UTC"),
    )
    app.register_blueprint(blueprint)
    app.after_request(_for_people)


def language() -> str:
    """The reader's language: the one they chose, else what their browser asks for, else the community's first."""
    chosen = request.cookies.get(LANGUAGE)
    return chosen if chosen in LANGUAGES else languages.language(g.get("language", LANGUAGES[0]))


def theme() -> str:
    """The colours that the reader chose: light, dark, or as their device has it."""
    chosen = request.cookies.get(THEME)
    return chosen if chosen in THEMES else THEMES[0]


def reads() -> Session:
    """A session for a page, which only reads."""
    return reading(db.session())


def boards() -> Redis:
    """Where the boards are."""
    found: Redis = current_app.extensions["setia.redis"]
    return found


def enter(community: Community) -> Community:
    """From here on the page is this community's: its zone cuts days, its language speaks to who asked for none."""
    g.zone, g.community = community.zone, community
    g.language = next(iter(community.profile.get("languages", ())), LANGUAGES[0])
    return community


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page as an answer."""
    html = render_template(template, status=status, theme=theme(), locale=str(get_locale()), **values)
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = str(get_locale())
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Accept-Language", "Cookie"))
    if status == 200:
        response.set_etag(hashlib.blake2b(html.encode(), digest_size=16).hexdigest())
        response.make_conditional(request)
    return response


def _for_programs() -> bool:
    return request.path.startswith("/v1/") and request.blueprint != blueprint.name


def _for_people(response: Response) -> Response:
    """A refusal or failure as a page, for who asks for pages; below /v1 problems are for programs alone."""
    kinds = request.accept_mimetypes.best_match([errors.MEDIA_TYPE, "text/html"])
    if response.mimetype != errors.MEDIA_TYPE or kinds != "text/html" or _for_programs():
        return response
    told = page("error.html", response.status_code, wait=int(response.headers.get("Retry-After", 0)))
    told.headers.extend((name, value) for name, value in response.headers if name in _KEPT)
    return told
