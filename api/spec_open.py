"""The operations that take no key, as the document has them: the platforms' hooks, and what watches the service.

They are no `Resource`, since nothing of them is a transaction of a caller's; so what they take and answer is written
here. A test holds the list to the routes that there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import marshmallow as ma
from apispec import APISpec
from werkzeug.routing import Map

from api.errors import MEDIA_TYPE, ProblemSchema
from api.fields import AnswerSchema
from loyalty.platforms import PLATFORMS

METRICS = "metrics"
_TAGS = {
    "hooks": "Where platforms send what happened: signed by the source's secret, stored as it is, read afterwards.",
    "watching": "Whether the service lives, can do its work, and how it does.",
}
_FAILS = (500, 503)


class AliveSchema(AnswerSchema):
    """The process answers."""

    status = ma.fields.String(required=True, validate=ma.validate.Equal("ok"))


class CheckSchema(AnswerSchema):
    """How one thing is."""

    status = ma.fields.String(required=True, validate=ma.validate.OneOf(["ok", "degraded", "unavailable"]))
    detail = ma.fields.String(required=True, metadata={"description": "A sentence in the reader's language."})


class ReadySchema(AnswerSchema):
    """Whether facts can be taken, and what is wrong besides."""

    status = ma.fields.String(required=True, validate=ma.validate.OneOf(["ok", "degraded", "unavailable"]))
    degraded = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "The checks that are not ok."}
    )
    checks = ma.fields.Dict(ma.fields.String(), ma.fields.Nested(CheckSchema), required=True)


def add(spec: APISpec, routes: Map) -> None:
    """Put them, and the ways in which hooks are signed, into the document."""
    for platform, module in PLATFORMS.items():
        header, how = module.SIGNATURE
        scheme = {"type": "apiKey", "in": "header", "name": header, "description": how}
        spec.components.security_scheme(platform, scheme)
    about = "The token that SETIA_METRICS_TOKEN sets; without one, this machine alone reads the measures."
    spec.components.security_scheme(METRICS, {"type": "http", "scheme": "bearer", "description": about})
    for name, description in _TAGS.items():
        spec.tag({"name": name, "description": description})
    for endpoint, (method, entry) in _OPERATIONS.items():
        (rule,) = routes.iter_rules(endpoint)
        spec.path(rule=rule, operations={method: entry()})


def _receive() -> dict[str, Any]:
    return {
        "operationId": "hooks.receive",
        "tags": ["hooks"],
        "summary": "Take one delivery of a platform: verified, stored once, and answered before it is read.",
        "description": "The whole address is `hook_url` in the answer of `POST /v1/sources`. The raw body is what is"
        " signed, in the way of the source's platform. Repeating is safe; what becomes of it is at `/v1/deliveries`.",
        "security": [{platform: []} for platform in PLATFORMS],
        "requestBody": {
            "description": "What the platform sends, at most 1 MiB.",
            "content": {"application/json": {"schema": {}}},
        },
        "responses": {
            "200": _answer("It is stored, or was before.", {"type": "object", "maxProperties": 0}),
            **_refusals(401, 404, 413, 422, *_FAILS),
        },
    }


def _shake_hands() -> dict[str, Any]:
    names = ("WebHook-Allowed-Origin", "WebHook-Allowed-Rate")
    headers = {name: {"schema": {"type": "string"}, "description": "For who asked with an origin."} for name in names}
    origin = {
        "in": "header",
        "name": "WebHook-Request-Origin",
        "schema": {"type": "string"},
        "description": "Who wants to send.",
    }
    return {
        "operationId": "hooks.shake_hands",
        "tags": ["hooks"],
        "summary": "CloudEvents' way of asking whether a sender may send here.",
        "security": [],
        "parameters": [origin],
        "responses": {
            "200": {"description": "It may, as long as it signs.", "headers": headers},
            **_refusals(404, 422, *_FAILS),
        },
    }


def _alive() -> dict[str, Any]:
    return {
        "operationId": "watching.alive",
        "tags": ["watching"],
        "summary": "The process answers.",
        "security": [],
        "responses": {"200": _answer("It lives.", AliveSchema), "304": _SEEN, **_refusals(422, 500)},
    }


def _ready() -> dict[str, Any]:
    return {
        "operationId": "watching.ready",
        "tags": ["watching"],
        "summary": "Whether facts can be taken, and what is wrong besides, in a sentence each.",
        "security": [],
        "responses": {
            "200": _answer("Facts are taken; `degraded` names what comes later.", ReadySchema),
            "304": _SEEN,
            "503": _answer("Facts cannot be taken: the database is gone, or not migrated.", ReadySchema),
            **_refusals(422, 500),
        },
    }


def _measures() -> dict[str, Any]:
    text = {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {
        "operationId": "watching.measures",
        "tags": ["watching"],
        "summary": "What the processes counted, and how things stand now, for Prometheus.",
        "security": [{}, {METRICS: []}],
        "responses": {"200": text, **_refusals(401, 403, 422, 500)},
    }


_OPERATIONS = {
    "hooks.receive": ("post", _receive),
    "hooks.shake_hands": ("options", _shake_hands),
    "health.alive": ("get", _alive),
    "health.ready": ("get", _ready),
    "metrics.read": ("get", _measures),
}
"""By the view's name."""
_SEEN = {"description": "Not changed since the ETag that you have."}


def _answer(description: str, schema: type[ma.Schema] | Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusals(*codes: int) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": ProblemSchema}}
    return {str(code): {"description": HTTPStatus(code).phrase, "content": problem} for code in codes}
