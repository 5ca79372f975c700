"""What differs between two rulebook documents: item by item, and field by field within an item.

Documents are compared as the engine keeps them (`parse.render`). The order of rules, badges and boards means nothing to
the rules, so it is no difference; that of tiers and currencies does, and is. Nothing here knows what a field means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rules_engine.document import pointer_to

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
ABSENT: Final = object()
"""Stands for a value that is not there, on one of the two sides."""

KEYED = {"rules": "rule", "badges": "badge", "boards": "board", "currencies": "currency"}
"""The lists of a document, each with what one of its items is called."""
LADDER = "tiers"


class FieldChange(NamedTuple):
    """One value within an item that is another one now; either side may be `ABSENT`."""

    pointer: str
    old: Any
    new: Any


class Change(NamedTuple):
    """One item that was added, changed or removed. `part` is rule, badge, board, currency, tier, or tiers for what
    belongs to the ladder as a whole.
    """

    what: str
    part: str
    key: str
    fields: Sequence[FieldChange] = ()


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The changes that make the new document of the old one; none where both say the same."""
    changes: list[Change] = []
    for name, part in KEYED.items():
        changes += _of_items(part, _by_key(old.get(name, ())), _by_key(new.get(name, ())))
    before, after = old.get(LADDER) or {}, new.get(LADDER) or {}
    below, above = _by_key(before.get("levels", ())), _by_key(after.get("levels", ()))
    changes += _of_items("tier", below, above)
    whole = [*_fields(_settings(before), _settings(after), ""), *_order(below, above, "/levels")]
    if whole:
        changes.append(Change(CHANGED, LADDER, LADDER, whole))
    currencies = list(_order(_by_key(old.get("currencies", ())), _by_key(new.get("currencies", ())), ""))
    if currencies:
        changes.append(Change(CHANGED, "currencies", "currencies", currencies))
    return changes


def in_order_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The new document with its rules, badges and boards where the old one has them, and what is new after them."""
    ordered = dict(new)
    for name in ("rules", "badges", "boards"):
        if name in new:
            before, after = _by_key(old.get(name, ())), _by_key(new[name])
            ordered[name] = [after[key] for key in before if key in after]
            ordered[name] += [item for key, item in after.items() if key not in before]
    return ordered


def _by_key(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {item["key"]: item for item in items}


def _settings(ladder: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ladder.items() if name != "levels"}


def _of_items(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*old, *new}):
        if key not in old:
            yield Change(ADDED, part, key)
        elif key not in new:
            yield Change(REMOVED, part, key)
        elif fields := list(_fields(old[key], new[key], "")):
            yield Change(CHANGED, part, key, fields)


def _order(old: Mapping[str, Any], new: Mapping[str, Any], pointer: str) -> Iterator[FieldChange]:
    before, after = [key for key in old if key in new], [key for key in new if key in old]
    if before != after:
        yield FieldChange(pointer, before, after)


def _fields(old: Any, new: Any, pointer: str) -> Iterator[FieldChange]:
    """Where the values differ, as deep as both are of one shape."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from _fields(old.get(name, ABSENT), new.get(name, ABSENT), pointer_to(pointer, name))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before, after = (side[index] if index < len(side) else ABSENT for side in (old, new))
            yield from _fields(before, after, pointer_to(pointer, index))
    elif old.__class__ is not new.__class__ or old != new:
        yield FieldChange(pointer, old, new)
