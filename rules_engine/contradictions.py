"""Conditions that nothing can ever meet: found where they stand together, so that nobody waits for a rule in vain.

Only what every part of one `all` says about one field is compared, which is what people get wrong: a lowest value above
the highest, two different values at once, a field that must not be there and must be something.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules_engine.document import Node
from rules_engine.errors import Sentence


def check(node: Node) -> None:
    """Book a problem for each field of which an `all` (a list of conditions) asks what cannot be."""
    asked: dict[str, list[tuple[str, Any]]] = {}
    for field, word, value in _leaves(node.value):
        asked.setdefault(field, []).append((word, value))
    for field, tests in asked.items():
        if len(tests) > 1 and not _possible(tests):
            node.refuse("contradiction", Sentence("nothing can meet all that is asked of {field}", field=field))


def _leaves(items: Any) -> Iterator[tuple[str, str, Any]]:
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        if "all" in item:
            yield from _leaves(item["all"])
        elif isinstance(item.get("field"), str):
            yield from ((item["field"], word, value) for word, value in item.items() if word != "field")


def _possible(tests: list[tuple[str, Any]]) -> bool:
    """Whether some value, or none being there, meets all the tests. What is no operator, or malformed, meets itself."""
    if ("exists", False) in tests:
        return all(word == "is_not" or (word, value) == ("exists", False) for word, value in tests)
    low = max((value for word, value in tests if word == "at_least" and _whole(value)), default=None)
    high = min((value for word, value in tests if word == "at_most" and _whole(value)), default=None)
    if low is not None and high is not None and low > high:
        return False
    named = [[value] for word, value in tests if word == "is"]
    named += [value for word, value in tests if word == "one_of" and isinstance(value, list)]
    if not named:
        return True
    excluded = [value for word, value in tests if word == "is_not"]
    return any(
        all(_among(value, others) for others in named)
        and not _among(value, excluded)
        and (low is None or (_whole(value) and value >= low))
        and (high is None or (_whole(value) and value <= high))
        for value in named[0]
    )


def _whole(value: Any) -> bool:
    return value.__class__ is int


def _among(value: Any, values: list[Any]) -> bool:
    return any(value == one and value.__class__ is one.__class__ for one in values)
