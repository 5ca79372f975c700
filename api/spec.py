"""The OpenAPI document: generated from the schemas, served, and the same media types in it as on the wire."""

from __future__ import annotations

import json
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, current_app

from api import fields, spec_examples, spec_links, spec_open
from api.auth import PUBLIC, opens

VERSION = "1.0.0"
DESCRIPTION = """Setia turns what members do into points, badges, tiers and places on leaderboards.

Authenticate with `Authorization: Bearer <key>`. Errors are RFC 9457 problems; branch on their `code`.
What is said for people is told in English or Malay, as `Accept-Language` asks."""

_WRITTEN = "setia.document"
CONFIG = {
    "API_TITLE": "Setia",
    "API_VERSION": VERSION,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class Api(flask_smorest.Api):
    """flask-smorest, except that errors are ours and that every operation lists its answers itself."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Errors are handled in `api.errors`, for paths outside this API as well."""

    @opens(PUBLIC)
    def _openapi_json(self) -> Response:
        return Response(json.dumps(document(current_app), indent=2), mimetype="application/json")


def make(app: Flask) -> Api:
    """An `Api` for the app, with our fields and ways to authenticate known to the document."""
    app.config.update(CONFIG)
    api = Api(
        app,
        spec_kwargs={
            "info": {"description": DESCRIPTION},
            "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name),
            "servers": [{"url": app.extensions["setia"].public_url}],
        },
    )
    for name, description in (
        ("key", "An API key of the community."),
        ("operator", "The key of whoever runs the service, `SETIA_OPERATOR_KEY`; it belongs to no community."),
        ("member_token", "A token for one member, from `POST /v1/members/{address}/tokens`."),
    ):
        api.spec.components.security_scheme(name, {"type": "http", "scheme": "bearer", "description": description})
    api.register_field(fields.Moment, "string", "date-time")
    api.register_field(fields.WholeNumber, "integer", None)
    api.register_field(fields.WholeParameter, "integer", None)
    return api


def write(app: Flask, api: Api) -> None:
    """Write the document, once all operations are there."""
    spec_open.add(api.spec, app.url_map)
    whole = api.spec.to_dict()
    spec_links.add(whole)
    spec_examples.add(whole)
    app.extensions[_WRITTEN] = whole


def document(app: Flask) -> dict[str, Any]:
    """The whole document, not to be changed."""
    found: dict[str, Any] = app.extensions[_WRITTEN]
    return found


def _name(schema: Any) -> str:
    """Schemas are called in the document what they are called in the source, without the ending."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")
