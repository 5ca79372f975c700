"""Reading a document that anybody may have written, without stopping at the first mistake.

`Node` walks the plain JSON that `plain_json` makes of whatever was handed in: each method says what it wants, books a
`Problem` with the place where it finds something else, and returns a harmless value so that reading goes on. Nothing
here knows what a rule is.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rules_engine.days import DAY
from rules_engine.errors import Problem, Sentence

MAX_TEXT = 4_000
MAX_KEY = 64
MAX_PROBLEMS = 200

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z")
LANGUAGES = ("en", "ms")
_DURATION = re.compile(r"([1-9][0-9]{0,3})d\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_YEAR, _LAST_YEAR = 1970, 8000  # an example may have a clock strike for a thousand years


class Problems:
    """The problems found so far, up to `MAX_PROBLEMS`."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def book(self, pointer: str, code: str, detail: Sentence, nearest: str | None = None) -> None:
        """Adds one; beyond the limit further ones are not kept."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(pointer, code, detail, nearest))


def pointer_to(parent: str, step: str | int) -> str:
    """The RFC 6901 pointer to a field or item of what the parent points at."""
    return f"{parent}/{str(step).replace('~', '~0').replace('/', '~1')}"


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name that the word most likely means."""
    close = difflib.get_close_matches(str(word)[:MAX_KEY], sorted(known), n=1, cutoff=0.6)
    return close[0] if close else None


def shown(value: object) -> str:
    """A found value as short text for a sentence, as JSON has it."""
    text = json.dumps(value, ensure_ascii=False, default=repr, skipkeys=True)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair cannot be told to anybody
    return text if len(text) <= 60 else text[:57] + "..."


def listed(known: Iterable[str]) -> str:
    """The first of the known names for a sentence; a word of its own where there are none."""
    return ", ".join(list(known)[:30]) or Sentence("none")


class Node:
    """A value of the normalised document with its place."""

    __slots__ = ("pointer", "problems", "value")

    def __init__(self, value: Any, pointer: str, problems: Problems) -> None:
        self.value = value
        self.pointer = pointer
        self.problems = problems

    def refuse(self, code: str, detail: Sentence, nearest: str | None = None) -> None:
        """Books a problem with this value."""
        self.problems.book(self.pointer, code, detail, nearest)

    def wrong_type(self, wanted: Sentence) -> None:
        """Books that something else was wanted here."""
        self.refuse("wrong_type", Sentence("{wanted} is needed, found {found}", wanted=wanted, found=shown(self.value)))

    def child(self, step: str | int) -> Node:
        """A field or item that exists."""
        return Node(self.value[step], pointer_to(self.pointer, step), self.problems)

    def fields(self, required: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, Node]:
        """The fields of a mapping; unknown and missing ones are booked, and unknown ones left out."""
        if not isinstance(self.value, dict):
            self.wrong_type(Sentence("a mapping"))
            return {}
        known = [*required, *optional]
        for name in self.value:
            if name not in known:
                detail = Sentence("unknown field {found}; known: {known}", found=shown(name), known=", ".join(known))
                self.child(name).refuse("unknown_field", detail, nearest(name, known))
        for name in required:
            if name not in self.value:
                self.refuse("missing", Sentence("the field {name} is needed", name=name))
        return {name: self.child(name) for name in self.value if name in known}

    def open_fields(self) -> dict[str, Node]:
        """The fields of a mapping that may have any names."""
        if not isinstance(self.value, dict):
            self.wrong_type(Sentence("a mapping"))
            return {}
        return {name: self.child(name) for name in self.value}

    def items(self, most: int, least: int = 0) -> list[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            self.wrong_type(Sentence("a list"))
            return []
        if len(self.value) > most:
            self.refuse("too_large", Sentence("at most {most} items", most=most))
            return []
        if len(self.value) < least:
            self.refuse("too_small", Sentence("items needed: {least} or more", least=least))
        return [self.child(index) for index in range(len(self.value))]

    def one_or_more(self, most: int) -> list[Node]:
        """The items of a list, or the value itself where it is no list."""
        return self.items(most, 1) if isinstance(self.value, list) else [self]

    def text(self, most: int = MAX_TEXT) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value:
            self.wrong_type(Sentence("a text"))
            return ""
        if len(self.value) > most:
            self.refuse("too_long", Sentence("longer than {most} characters", most=most))
            return ""
        return self.value

    def key(self) -> str:
        """A human key."""
        text = self.text(MAX_KEY)
        if text and not KEY.match(text):
            self.refuse("bad_key", Sentence("a key is up to 64 of a-z, 0-9 and -, and starts with a letter or digit"))
            return ""
        return text

    def whole(self, least: int, most: int) -> int:
        """A whole number within bounds; the lower bound where it is none."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.wrong_type(Sentence("a whole number"))
            return least
        if not least <= self.value <= most:
            self.refuse(
                "out_of_range",
                Sentence("from {least} to {most}, found {found}", least=least, most=most, found=self.value),
            )
            return least
        return self.value

    def truth(self) -> bool:
        """A truth value."""
        if not isinstance(self.value, bool):
            self.wrong_type(Sentence("true or false"))
            return False
        return self.value

    def choice(self, known: Collection[str], code: str = "unknown_value") -> str:
        """One of the known words; empty where it is none."""
        if not isinstance(self.value, str):
            self.wrong_type(Sentence("a text"))
            return ""
        if self.value not in known:
            detail = Sentence("unknown {found}; known: {known}", found=shown(self.value), known=listed(known))
            self.refuse(code, detail, nearest(self.value, known))
            return ""
        return self.value

    def name(self) -> dict[str, str]:
        """A name by language, for people."""
        return {language: node.text(200) for language, node in self.fields(optional=LANGUAGES).items()}

    def prose(self) -> dict[str, str]:
        """A description by language."""
        return {language: node.text(2_000) for language, node in self.fields(optional=LANGUAGES).items()}

    def days(self) -> int:
        """A duration in days, such as "30d", in microseconds."""
        match = _DURATION.match(self.value) if isinstance(self.value, str) else None
        if match is None or int(match[1]) > 3_650:
            self.refuse(
                "bad_duration",
                Sentence('a number of days from "1d" to "3650d" is needed, found {found}', found=shown(self.value)),
            )
            return DAY
        return int(match[1]) * DAY

    def date(self) -> str:
        """An ISO date; empty where it is none."""
        if isinstance(self.value, str) and _DATE.match(self.value):
            try:
                if _FIRST_YEAR <= dt.date.fromisoformat(self.value).year <= _LAST_YEAR:
                    return self.value
            except ValueError:
                pass
        self.refuse("bad_date", Sentence("a date such as 2026-12-01 is needed, found {found}", found=shown(self.value)))
        return ""

    def date_or_moment(self) -> str | int:
        """An ISO date as text, or an RFC 3339 instant with its offset in microseconds."""
        if isinstance(self.value, str) and len(self.value) > 10:
            try:
                moment = dt.datetime.fromisoformat(self.value)
                if moment.tzinfo is not None and _FIRST_YEAR <= moment.year <= _LAST_YEAR:
                    return (moment - _EPOCH) // dt.timedelta(microseconds=1)
            except ValueError:
                pass
            self.refuse(
                "bad_date",
                Sentence("a date, or an instant with its offset, is needed, found {found}", found=shown(self.value)),
            )
            return ""
        return self.date()


class Names(NamedTuple):
    """The keys that a document declares, so that any part of it can name them."""

    currencies: Sequence[str]
    badges: Sequence[str]
    tiers: Sequence[str]


def items_of(found: Mapping[str, Node], name: str, most: int, least: int = 0) -> list[Node]:
    """The items of a field that may be missing."""
    return found[name].items(most, least) if name in found else []
