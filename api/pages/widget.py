"""The widget that any site can embed with one script tag, and the page that shows how.

The script is one file without a framework; it asks the API with the member's own token, so it can show nothing that
the token could not read anyway. The page takes a token that is pasted into it and sends it nowhere else.
"""

from __future__ import annotations

from flask import Response, current_app, send_from_directory

from api.auth import PUBLIC, opens
from api.pages.frame import blueprint, page


@blueprint.get("/widget.js")
@opens(PUBLIC)
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
    return page("widget.html", address=current_app.extensions["setia"].public_url)
