"""The API's documentation as one page, rendered here from the OpenAPI document: no script, no CDN."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, make_response, render_template, send_from_directory
from flask.wrappers import Response

from api.auth import PUBLIC, opens

blueprint = Blueprint("docs", __name__, url_prefix="/v1/docs", template_folder="pages/templates")
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@blueprint.get("")
@opens(PUBLIC)
def page() -> Response:
    """Every operation with what it takes and answers."""
    document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    html = render_template("docs.html", document=document, operations=_by_tag(document), shape=_shape)
    response = make_response(html)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/docs.css")
@opens(PUBLIC)
def style() -> Response:
    """The page's style sheet."""
    return send_from_directory(blueprint.root_path + "/pages/static", "docs.css")


def _shape(holder: dict[str, Any]) -> str:
    """The schema of a body or an answer in a word; the schemas stand in full at the end of the page."""
    for media_type, content in holder.get("content", {}).items():
        schema = content.get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        return f"{name} ({media_type})" if name else media_type
    return "nothing"


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method in methods:
                found[methods[method]["tags"][0]].append((method.upper(), path, methods[method]))
    return found
