"""Webhooks: what a platform sends is verified as raw bytes, stored once, and answered.

Nothing else happens before the answer: the least patient platform waits three seconds, and repeats what it was not
thanked for. What the bytes mean is found out by the worker, so that a body nobody can read costs no platform a retry.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, current_app, request

from api import logs
from api.auth import PUBLIC, opens
from api.bodies import BODY_LIMIT, read_body
from api.errors import Refused
from api.operations import after_commit
from loyalty import deliveries, sources, trail
from loyalty.db import db, reading, transact
from rules_engine.errors import Sentence
from telemetry import commits

blueprint = Blueprint("hooks", __name__, url_prefix="/v1/hooks")


@blueprint.post("/<source_id>", provide_automatic_options=False)
@opens(PUBLIC)
def receive(source_id: str) -> Response:
    """One delivery of a source. 404 for an unknown one, 401 for a signature that is not its, else 2xx.

    The answer is an empty object: Telegram would carry out an answer that names a method.
    """
    raw = read_body(BODY_LIMIT)
    headers = {name.lower(): value for name, value in request.headers.items()}
    session = db.session()
    source = sources.find(reading(session), source_id)
    session.expunge(source)
    session.rollback()
    if not sources.verifies(source, current_app.extensions["setia"].derive("sources"), headers, raw):
        raise Refused(
            HTTPStatus.UNAUTHORIZED,
            "signature_invalid",
            Sentence(
                "This was not signed with the source's secret, or the time that was signed is more than 5 minutes off."
            ),
        )
    logs.note(community=source.community_id, source=source.id)
    if transact(session, trail.left_by(lambda session: deliveries.receive(session, source, headers, raw))):
        logs.note(**commits.report(trail.of(session)))
        after_commit(current_app)
    return Response("{}", content_type="application/json")


@blueprint.route("/<source_id>", methods=["OPTIONS"], provide_automatic_options=False)
@opens(PUBLIC)
def shake_hands(source_id: str) -> Response:
    """CloudEvents' way of asking whether a sender may send here: it may, as long as it signs."""
    session = db.session()
    sources.find(reading(session), source_id)
    session.rollback()
    response = Response(status=HTTPStatus.OK)
    response.headers["Allow"] = "POST, OPTIONS"
    origin = request.headers.get("WebHook-Request-Origin")
    if origin:
        response.headers["WebHook-Allowed-Origin"] = origin
        response.headers["WebHook-Allowed-Rate"] = "*"
    return response
