"""How a member's token opens the member's own page: from the part of a link that browsers keep to themselves.

An app links to `/c/{community}/members/me#token=...`. What follows the `#` is never sent; a small script hands it over
once, and it is kept in a cookie that scripts cannot read and other sites cannot send, until the token ends. No token
is in a URL that we see, or in a log. On these pages alone the cookie says who reads; the API takes none.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, current_app, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api.auth import PUBLIC, Caller, by_token, opens
from api.bodies import read_json
from api.errors import Refused
from api.pages.frame import blueprint, page, reads
from loyalty import clock, communities
from loyalty.errors import Problem
from loyalty.models import Community
from rules_engine.errors import Sentence

COOKIE = "setia_member"
_LONGEST = 4096


def reader(session: Session, community: Community) -> Caller | None:
    """The member whose token opened this community's pages in this browser, while the token lasts."""
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    try:
        caller = by_token(session, token)
    except Refused:
        return None
    return caller if caller.community_id == community.id else None


def closed(community: Community) -> Response:
    """What is shown instead of a page that takes a token: the same for whoever is there and whoever is not."""
    return page("door.html", HTTPStatus.FORBIDDEN, community=community)


@blueprint.post("/c/<key>/session")
@opens(PUBLIC)
def open_door(key: str) -> Response:
    """Take `{"token": ...}`; 204 with the cookie, 401 for a token that is not of this community or has ended."""
    sent = read_json(_LONGEST)
    token = sent.get("token") if isinstance(sent, dict) else None
    if not isinstance(token, str):
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid",
            Sentence("Send a token."),
            [Problem("/token", Sentence("a text"))],
        )
    session = reads()
    community = communities.with_pages(session, key)
    caller = by_token(session, token)
    if caller.community_id != community.id or caller.ends_at is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "token_invalid", Sentence("This token is of another community."))
    response = Response(status=HTTPStatus.NO_CONTENT)
    response.set_cookie(
        COOKIE,
        token,
        max_age=max(0, caller.ends_at - clock.now()) // clock.SECOND,
        path=url_for("pages.community_page", key=key),
        secure=current_app.extensions["setia"].public_url.startswith("https:"),
        httponly=True,
        samesite="Strict",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/c/<key>/session/end")
@opens(PUBLIC)
def close_door(key: str) -> Answer:
    """Forget the token in this browser, and go to the community's page."""
    home = url_for("pages.community_page", key=key)
    response = redirect(home, HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, path=home, httponly=True, samesite="Strict")
    return response
