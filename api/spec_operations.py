"""What the document says of every operation alike: how it may be refused, who comes in, which headers it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import idempotency
from api.auth import OPERATOR


def refusals(method: str, rule: str, scope: str | None, body: bool, edited: bool) -> list[int]:
    """The statuses with which such an operation may be refused."""
    codes = {422, 429, 500, 503}
    if scope is not None:
        codes |= {401, 403}
    if "<" in rule:
        codes.add(404)
    if body:
        codes |= {400, 413, 415}
    if method != "GET":
        codes.add(409)
    if edited:
        codes.add(412)
    return sorted(codes)


def security(scope: str | None, members: bool) -> list[dict[str, list[str]]]:
    """The ways to authenticate that open this door; none where anybody may come in."""
    if scope is None:
        return []
    if scope == OPERATOR:
        return [{OPERATOR: []}]
    return [{"key": [scope]}, {"member_token": []}] if members else [{"key": [scope]}]


def headers(method: str, keyed: bool, edited: bool) -> list[dict[str, Any]]:
    """The headers that such an operation reads, as parameters of the document."""
    found = []
    if method == "GET":
        found.append(_header("If-None-Match", "The ETag that you have: answers 304 while it holds."))
    if keyed:
        found.append(_header(idempotency.HEADER, "Names this request, so that repeating it does nothing twice."))
    if edited and method != "GET":
        found.append(_header("If-Match", "The ETag of what you read: answers 412 when somebody changed it since."))
    return found


def put_headers(doc: dict[str, Any], doc_info: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Put the headers beside the parameters of the query, which what `doc` is told would replace."""
    doc.setdefault("parameters", []).extend(doc_info["headers"])
    return doc


def _header(name: str, description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "description": description, "schema": {"type": "string"}}
