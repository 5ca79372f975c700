"""The widget that any site can embed with one script tag, and the page that shows how.

The script is one file without a framework; it asks the API with the member's own token, so it can show nothing that
the token could not read anyway. The page shows a card of nobody at once, by the same script and from data made up
here; a token that is pasted into it is sent nowhere else.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, send_from_directory
from flask_babel import gettext as _

from api.auth import PUBLIC, opens
from api.badge_image import draw
from api.limits import uncounted
from api.pages.frame import blueprint, language, page


@blueprint.get("/widget.js")
@opens(PUBLIC)
@uncounted
def widget_script() -> Response:
    """`<setia-member>` as a script, for pages of any origin."""
    response = send_from_directory(f"{blueprint.root_path}/static", "widget.js", max_age=300)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/widget")
@opens(PUBLIC)
def widget_page() -> Response:
    """How the widget looks, and what to write to embed it."""
    return page("widget.html", address=current_app.extensions["setia"].public_url, sample=_sample())


def _sample() -> dict[str, Any]:
    """What the script would have read of a member, in the shape that it keeps it in."""
    won = [("hands", 2, _("Helping hands")), ("lantern", 1, _("Night watch")), ("wau", 1, _("High flyer"))]
    names = [{"key": icon, "name": {language(): name}} for icon, _level, name in won]
    return {
        "member": {
            "shown_as": "Aminah",
            "tier": "guide",
            "points": [{"available": 1240}],
            "badges": [{"badge": icon, "level": level} for icon, level, _name in won],
        },
        "community": {"key": "", "name": "", "pages": "closed"},
        "badges": {"data": names},
        "tiers": {"levels": [{"key": "guide", "name": {language(): _("Guide")}}]},
        "board": {"key": "week", "name": {language(): _("This week")}},
        "places": {"total": 214, "data": [{"rank": 3}]},
        "pictures": [draw(icon, name, level, icon) for icon, level, name in won],
    }
