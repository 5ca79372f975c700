"""The API's own page: every operation as the OpenAPI document has it, and a form under each to try it.

It can be read without a script. The one script there is sends what a form says to this service and shows the answer;
the key that is typed in stays in the page's memory and is gone with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, current_app
from markupsafe import Markup, escape

from api import spec
from api.auth import PUBLIC, opens
from api.pages.frame import blueprint, page

_CODE = re.compile(r"`([^`]+)`")
_METHODS = ("get", "post", "put", "delete", "options")


@dataclass(frozen=True)
class Body:
    """What an operation takes: its media type, the name of its schema, if it has one, and an example as text."""

    media_type: str
    schema: str
    example: str
    required: bool


@dataclass(frozen=True)
class Operation:
    """One operation as the document has it, with what the page needs beside."""

    method: str
    path: str
    entry: Mapping[str, Any]
    body: Body | None
    signed: bool

    @property
    def plain_refusals(self) -> list[str]:
        """The statuses of refusals about which the document says no more than their names."""
        return [
            status
            for status, answer in sorted(self.entry["responses"].items())
            if _shape(answer)[1] == "Problem" and answer["description"] == HTTPStatus(int(status)).phrase
        ]

    @property
    def keyed(self) -> bool:
        """Whether it takes a bearer key or token."""
        return not self.signed and any(self.entry["security"])


@blueprint.get("/v1/docs")
@opens(PUBLIC)
def docs_page() -> Response:
    """Every operation with what it takes and answers."""
    document = spec.document(current_app)
    by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for operation in _operations(document):
        by_tag[operation.entry["tags"][0]].append(operation)
    return page("docs.html", document=document, operations=by_tag, shape=_shape)


@blueprint.app_template_filter("coded")
def coded(text: str) -> Markup:
    """Text of the document, in which `code` stands between backticks."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped before


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    signatures = {name for name, way in document["components"]["securitySchemes"].items() if way["type"] == "apiKey"}
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method in (one for one in _METHODS if one in methods):
            entry = {**methods[method], "parameters": [*shared, *methods[method].get("parameters", [])]}
            signed = any(name in signatures for way in entry["security"] for name in way)
            yield Operation(method.upper(), path, entry, _body(entry), signed)


def _body(entry: Mapping[str, Any]) -> Body | None:
    taken = entry.get("requestBody")
    if taken is None:
        return None
    media_type, content = next(iter(taken["content"].items()))
    example = content.get("example", "")
    text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    return Body(media_type, _named(content), text, taken.get("required", False))


def _shape(answer: Mapping[str, Any]) -> tuple[str, str]:
    """The media type of an answer, and the name of its schema; empty where there is none."""
    for media_type, content in answer.get("content", {}).items():
        return media_type, _named(content)
    return "", ""


def _named(content: Mapping[str, Any]) -> str:
    name: str = content.get("schema", {}).get("$ref", "")
    return name.rpartition("/")[2]
