"""What every platform's reader shares: where a body came from, what was read in it, and JSON that cannot hurt.

What is looked for in a body may be missing or of another type: `mapping`, `number_in`, `text_in` answer all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from loyalty.activities import Activity
from loyalty.errors import Problem
from loyalty.json_faults import StandsTwice, each_once, fault, refuse_constant
from loyalty.said import storable
from rules_engine.errors import Sentence
from rules_engine.fields import Kind

_LARGEST_ID = 1 << 53
_LONGEST_KEY = 200


class Unreadable(ValueError):
    """What came is not what is read here; `reason` says why."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


class Option(NamedTuple):
    """Something of a platform that an admin may set. `read` answers the value as it is kept, or raises `Unreadable`
    with what is wanted instead.
    """

    meaning: str
    read: Callable[[object], Any]


class Signature(NamedTuple):
    """How a platform shows that a request is its own: the header, and `how` it is made, for who reads the API."""

    header: str
    how: str


@dataclass(frozen=True)
class Context:
    """What a reader may know besides the body: the community's activity kinds by key, and the source's `options`."""

    source_id: str
    received_at: int
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What a body says. `problems` name the parts of it that were refused; the others count all the same. `reason` is
    why it says nothing, when it does.

    `whole_of` is the reference of a thing of which this is all there is to say at present, so that what an earlier
    state of it said and this one does not is undone.
    """

    activities: list[Activity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole_of: str | None = None
    reason: str | None = None


def json_document(raw: bytes) -> Any:
    """The JSON value in UTF-8 bytes. Raises `Unreadable` for anything else, `NaN`, bottomless nesting, and objects in
    which a field stands twice included.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=refuse_constant, object_pairs_hook=each_once)
    except StandsTwice as error:
        raise Unreadable(fault(error)) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(Sentence("not JSON: {fault}", fault=fault(error))) from None


def not_read(names: Iterable[str], read: Iterable[str]) -> str:
    """Why nothing is read of what came in under these names, and what is read instead."""
    others = sorted(storable(name)[:64] for name in names)
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    verb = "is" if len(others) == 1 else "are"
    return f"{', '.join(others[:3])}{more} {verb} not read; Setia reads {', '.join(read)}"


def activity_key(platform: str, *parts: str) -> str:
    """The parts with the platform in front; a key that would be too long is named by its digest."""
    key = ":".join((platform, *parts))
    if len(key.encode()) <= _LONGEST_KEY:
        return key
    return f"{platform}:{parts[0]}:sha256:{sha256(key.encode()).hexdigest()}"


def mapping(value: object) -> dict[str, Any]:
    """The object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def number_in(values: Mapping[str, Any], name: str) -> int | None:
    """The whole number under `name`, of a size that ids have."""
    value = values.get(name)
    return value if type(value) is int and abs(value) < _LARGEST_ID else None


def text_in(values: Mapping[str, Any], name: str) -> str | None:
    """The text under `name` unless it is empty, cut to 128 characters that a database can hold."""
    value = values.get(name)
    return storable(value)[:128] if isinstance(value, str) and value else None
