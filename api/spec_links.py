"""Links of the OpenAPI document: what one call made, the next ones may be about.

They follow from the paths: what is made at `/v1/keys` is what `/v1/keys/{key_id}/rotate` is about, and so is what was
put at `/v1/rewards/{key}` for every operation there. So a client, or a test, can walk from call to call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_METHODS = ("get", "put", "post", "delete")


def add(document: dict[str, Any]) -> None:
    """Put the links into the answers of the document's operations."""
    for path, methods in document["paths"].items():
        for method in set(methods) & {"post", "put"}:
            for status, answer in methods[method]["responses"].items():
                place = _name_of_what_was_made(document, path, answer) if status in ("200", "201") else None
                if place is not None:
                    links = dict(_about(document, path, method, place))
                    answer.update({"links": links} if links else {})


def _name_of_what_was_made(document: Mapping[str, Any], path: str, answer: Mapping[str, Any]) -> str | None:
    """Where in the answer it says how the thing is named; None where it names none."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    known = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    if "activity" in known and path.endswith("/activities"):
        return "/activity/id"
    parameter = path.rpartition("/{")[2].rstrip("}")
    return next((f"/{name}" for name in ("id", parameter) if name in known), None)


def _about(document: Mapping[str, Any], path: str, method: str, place: str) -> Iterator[tuple[str, Any]]:
    thing = path if path.endswith("}") else path + "/{"
    for there, methods in document["paths"].items():
        names = re.findall(r"\{(\w+)\}", there)
        if len(names) == 1 and there.startswith(thing):
            for other in (one for one in _METHODS if one in methods and (there, one) != (path, method)):
                operation = methods[other]["operationId"]
                parameters = {names[0]: f"$response.body#{place}"}
                yield operation, {"operationId": operation, "parameters": parameters}
