"""A tree of conditions in words. What is grouped inside another group stands in brackets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_engine.describe.speech import Speech
from rules_engine.names import called, field_label


def phrase(node: Mapping[str, Any], speech: Speech) -> str:
    """The tree as a part of a sentence."""
    for branch, word in (("all", "and"), ("any", "or")):
        if branch in node:
            parts = [phrase(inner, speech) for inner in node[branch]]
            grouped = [
                f"({part})" if len(inner.keys() & {"all", "any"}) else part
                for inner, part in zip(node[branch], parts, strict=True)
            ]
            return speech.join(word, grouped)
    if "not" in node:
        return speech.texts["not"].format(what=f"({phrase(node['not'], speech)})")
    return _leaf(node, speech)


def fields_in(node: Any) -> list[str]:
    """The fields that a tree of conditions reads, each once."""
    if isinstance(node, list):
        return list(dict.fromkeys(name for item in node for name in fields_in(item)))
    if not isinstance(node, dict):
        return []
    return [node["field"]] if "field" in node else fields_in([*node.values()])


def _leaf(node: Mapping[str, Any], speech: Speech) -> str:
    word = next(name for name in node if name != "field")
    value, field = node[word], field_label(node["field"], speech.language)
    if word == "exists" or value is True or value is False:
        there = bool(value) != (word == "is_not")
        return speech.texts["there" if there else "missing"].format(field=field)
    items = value if isinstance(value, list) else [value]
    values = [f"“{called(node['field'], item, speech.rulebook, speech.language)}”" for item in items]
    if word in ("one_of", "has", "has_any"):
        return speech.texts["one_of"].format(field=field, value=speech.join("or", values))
    value = called(node["field"], value, speech.rulebook, speech.language)
    return speech.texts[word].format(field=field, value=value)
