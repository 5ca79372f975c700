"""Pages of a list: `{data, next_cursor}`.

A cursor is the place of the last row shown, not a count of rows, so it stays right while rows arrive. It is opaque:
only what made it reads it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import marshmallow as ma

from api.errors import Refused
from api.fields import RequestSchema, WholeParameter
from loyalty.errors import Problem
from rules_engine.errors import Sentence

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
Row = TypeVar("Row")
Value = TypeVar("Value", int, str)


class PageQuery(RequestSchema):
    """Which page."""

    limit = WholeParameter(
        load_default=DEFAULT_LIMIT,
        validate=ma.validate.Range(1, MAX_LIMIT),
        metadata={"description": "How many at most."},
    )
    cursor = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=1000),
        metadata={"description": "`next_cursor` of the page before."},
    )


def read_cursor(text: str | None, *types: type, most: int = 2**62) -> list[Any] | None:
    """The place in a cursor that `page` made: as many values as `types`, numbers below `most`. Refuses what it did not
    make.
    """
    if text is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        place = None
    if not isinstance(place, list) or [type(value) for value in place] != list(types) or not _storable(place, most):
        problem = Problem("/cursor", Sentence("not a cursor of this list; leave it out to begin at the start"))
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", Sentence("The cursor can't be read."), [problem], "query"
        )
    return place


def read_place(text: str | None, kind: type[Value]) -> Value | None:
    """The place in a cursor of a list that one value puts in order, an id, a key or a number of four bytes; None where
    the list begins.
    """
    place = read_cursor(text, kind, most=2**31)
    return None if place is None else place[0]


def _storable(place: list[Any], most: int) -> bool:
    return all(value.isprintable() if isinstance(value, str) else abs(value) < most for value in place)


def write_cursor(*place: Any) -> str:
    """An opaque cursor for a place."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def page(
    rows: Sequence[Row], limit: int, show: Callable[[Row], Any], place: Callable[[Row], Sequence[Any]]
) -> dict[str, Any]:
    """A page out of up to `limit` + 1 rows: the one too many says that there is a next page."""
    shown = rows[:limit]
    following = write_cursor(*place(shown[-1])) if len(rows) > limit else None
    return {"data": [show(row) for row in shown], "next_cursor": following}


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page of `item`."""
    return ma.Schema.from_dict(
        {
            "data": ma.fields.List(ma.fields.Nested(item), required=True),
            "next_cursor": ma.fields.String(required=True, allow_none=True),
        },
        name=f"{item.__name__.removesuffix('Schema')}PageSchema",
    )
