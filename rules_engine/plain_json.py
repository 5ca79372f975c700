"""A document that anybody may have written, made plain JSON: a copy of our own, and no more than its bounds allow.

Depth, values, lengths and sizes are bounded, so that whatever reads the copy needs no bounds of its own. What JSON has
not is booked as a `Problem` with its place, or turned into what it means, as YAML's dates are.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from rules_engine.document import MAX_TEXT, Problems, pointer_to, shown
from rules_engine.errors import Sentence

MAX_DEPTH = 24
MAX_NODES = 400_000
MAX_ITEMS = 5_000
MAX_FIELDS = 200
MAX_NAME = 200
MAX_CHARACTERS = 8_000_000
MAX_NUMBER = 2**53


def normalise(document: object, problems: Problems) -> Any:
    """A copy made of dicts, lists, texts, whole numbers, truths and None; dates become ISO texts.

    Returns None as soon as a bound is passed, since what lies beyond is not read.
    """
    reading = _Reading(problems)
    try:
        return reading.copy(document, "", 0)
    except _TooLarge:
        return None


class _TooLarge(Exception):
    """A bound of the whole document is passed."""


class _Reading:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.nodes = 0
        self.characters = 0

    def copy(self, value: object, pointer: str, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH:
            self.stop(pointer, "too_deep", Sentence("nested more than {most} levels deep", most=MAX_DEPTH))
        if self.nodes > MAX_NODES:
            self.stop(pointer, "too_large", Sentence("more than {most} values in all", most=MAX_NODES))
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value, pointer, MAX_TEXT)
        if isinstance(value, int):
            if abs(value) > MAX_NUMBER:
                self.problems.book(pointer, "out_of_range", Sentence("numbers go up to 2^53"))
                return 0
            return int(value)
        if isinstance(value, dt.datetime):
            moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            return moment.isoformat()
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, dict):
            if len(value) > MAX_FIELDS:
                self.stop(pointer, "too_large", Sentence("more than {most} fields in one mapping", most=MAX_FIELDS))
            return self.mapping(value, pointer, depth)
        if isinstance(value, list):
            if len(value) > MAX_ITEMS:
                self.stop(pointer, "too_large", Sentence("more than {most} items in one list", most=MAX_ITEMS))
            return [self.copy(item, pointer_to(pointer, index), depth + 1) for index, item in enumerate(value)]
        if isinstance(value, float):
            self.problems.book(
                pointer, "wrong_type", Sentence("a whole number is needed, found {found}", found=str(value))
            )
            return 1  # goes on to be read as a number, so that this is the only problem booked for it
        self.problems.book(pointer, "wrong_type", Sentence("a {type} cannot stand here", type=type(value).__name__))
        return None

    def mapping(self, value: dict[Any, Any], pointer: str, depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, item in value.items():
            # YAML 1.1 reads a bare `on:` as the truth value True.
            name = "on" if key is True and "on" not in value else key
            if not isinstance(name, str):
                self.problems.book(
                    pointer, "wrong_type", Sentence("the name of a field is text, not {found}", found=shown(name))
                )
                continue
            kept = self.text(name, pointer, MAX_NAME)
            if kept == name:  # else it is booked where it stands, since no pointer to it could be followed
                copied[kept] = self.copy(item, pointer_to(pointer, kept), depth + 1)
        return copied

    def text(self, value: str, pointer: str, most: int) -> str:
        self.characters += len(value)
        if self.characters > MAX_CHARACTERS:
            self.stop(pointer, "too_large", Sentence("more than {most} characters in all", most=MAX_CHARACTERS))
        if len(value) > most:
            self.problems.book(pointer, "too_long", Sentence("longer than {most} characters", most=most))
            return value[:most].encode("utf-8", "replace").decode("utf-8").replace("\0", "")
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            self.problems.book(pointer, "bad_text", Sentence("U+0000 and lone surrogates cannot be stored"))
            return ""
        return str(value)

    def stop(self, pointer: str, code: str, detail: Sentence) -> None:
        self.problems.book(pointer, code, detail)
        raise _TooLarge
