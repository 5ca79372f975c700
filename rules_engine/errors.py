"""What the engine refuses, and where, in sentences that can be told in every language.

A refused document names every problem found, not only the first, each with an RFC 6901 pointer into the document, so
that a person can repair it in one go. Codes are stable; details are for people and may change. They are written here
in English; the edge that knows who reads them tells them in another language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

CODES: Mapping[str, str] = {
    "bad_colour": "not a colour such as `#0b7a75`",
    "bad_date": "not a date such as `2026-12-01`, or an instant without its offset",
    "bad_duration": "not a number of days such as `30d`",
    "bad_key": "not a key: small letters, digits and dashes",
    "bad_text": "characters that cannot be stored",
    "bad_time": "not a time of day such as `20:00`",
    "contradiction": "conditions that nothing can ever meet together",
    "cycle": "badges and tiers that need each other",
    "duplicate": "there already",
    "example_failed": "the rule does not give what its example says",
    "missing": "something that is needed is not there",
    "not_allowed_here": "known, but not in this place or not together with the rest",
    "out_of_range": "too small, too large, or in the wrong order",
    "too_costly": "more than an activity may be asked to pay for",
    "too_deep": "nested too deep",
    "too_large": "too many of them",
    "too_long": "a text that is too long",
    "too_small": "too few of them",
    "unknown_field": "no field of this name",
    "unknown_kind": "no activity of this kind",
    "unknown_rule": "no rule of this key",
    "unknown_value": "none of the words that may stand here",
    "unknown_zone": "no time zone of this name",
    "wrong_type": "a text where a number is needed, and the like",
}
"""What each code of a `Problem` means."""


class Sentence(str):
    """A text for a person, in English, which remembers what it was made of, so that it can be told in other languages.

    `template` has a `{name}` for each of the `parts`, which are numbers, texts that stay as they are (keys, names, what
    was found), or sentences themselves. As a text it is the English and nothing else.
    """

    __slots__ = ("parts", "template")
    template: str
    parts: Mapping[str, str | int]

    def __new__(cls, template: str, /, **parts: str | int) -> Self:
        """Raises `KeyError` where the template names a part that is not given."""
        self = super().__new__(cls, template.format(**parts))
        self.template = template
        self.parts = parts
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """A copy is made of the template: what was filled in may itself hold braces."""
        return (self.template,), dict(self.parts)


class Problem(NamedTuple):
    """One thing wrong with a document: where, which sort, in words, and the nearest right name if there is one."""

    pointer: str
    code: str
    detail: Sentence
    nearest: str | None = None


class RulebookRefused(ValueError):
    """The document is no rulebook; `problems` lists everything that was found wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in self.problems))


class UnknownZone(ValueError):
    """No time zone of the IANA database has this name."""
