"""What every platform's reader shares: where a body came from, what was read in it, and JSON that cannot hurt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from loyalty.activities import Activity
from loyalty.errors import Problem
from rules_engine.fields import Kind


class Unreadable(ValueError):
    """The bytes are not what the platform sends; the message says why."""


@dataclass(frozen=True)
class Context:
    """What a reader may know besides the body: the community's activity kinds by key, and the source's `options`."""

    source_id: str
    received_at: int
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What a body says. `problems` name the parts of it that were refused; the others count all the same.

    `whole_of` is the reference of a thing of which this is all there is to say at present, so that what an earlier
    state of it said and this one does not is undone.
    """

    activities: list[Activity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole_of: str | None = None


def json_document(raw: bytes) -> Any:
    """The JSON value in UTF-8 bytes. Raises `Unreadable` for anything else, `NaN` and bottomless nesting included."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}"[:200]) from None


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is no JSON number"
    raise ValueError(message)
