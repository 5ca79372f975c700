"""What the domain refuses, as exceptions with stable codes and sentences that can be told in every language.

The edges translate them, into HTTP and into the reader's language; nothing here knows of either.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rules_engine.document import nearest
from rules_engine.errors import Sentence


class Problem(NamedTuple):
    """One thing wrong with an input: where (RFC 6901 pointer) and what to do about it; in a rulebook also which sort,
    one of `rules_engine.errors.CODES`, and the nearest right name if there is one.
    """

    pointer: str
    detail: Sentence
    code: str | None = None
    nearest: str | None = None


class DomainError(Exception):
    """Something was refused. `code` is stable snake_case, `detail` is a sentence for a person."""

    def __init__(self, code: str, detail: Sentence, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.problems = list(problems)


class NotFound(DomainError):
    """No such thing in this community."""


class Forbidden(DomainError):
    """The caller may not say or do this."""


class Conflict(DomainError):
    """The thing stands in a state that does not allow this: `insufficient_points`, `out_of_stock`, ..."""


class Invalid(DomainError):
    """The input is well formed and still not acceptable; `problems` says where."""


class Unavailable(DomainError):
    """It cannot be answered now, and can be in a moment."""


class Stale(DomainError):
    """Somebody else changed it since it was read."""


def step(name: object) -> str:
    """One step of an RFC 6901 pointer."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def known_or_nearest(value: object, known: Collection[str]) -> Sentence:
    """The end of a sentence about a name that is not known: the one that was meant, or those that are known."""
    close = nearest(value, known)
    if close is not None:
        return Sentence("did you mean {name}?", name=close)
    return Sentence("known are {names}", names=", ".join(sorted(known)[:30])) if known else Sentence("none is known")


def unknown_field(name: object, known: Collection[str]) -> Sentence:
    """What is said of a field that is none of those that are known."""
    return Sentence("unknown field; {known}", known=known_or_nearest(name, known))


def kept(problems: Iterable[Problem]) -> str:
    """The problems as JSON to be stored, so that they can be told later in whichever language is asked for."""
    return json.dumps([(problem.pointer, _taken_apart(problem.detail)) for problem in problems])


def restored(stored: Iterable[tuple[str, Any]]) -> list[Problem]:
    """The problems that `kept` wrote, from their JSON as it is read again."""
    return [Problem(pointer, _put_together(*detail)) for pointer, detail in stored]


def _taken_apart(part: str | int) -> Any:
    if isinstance(part, Sentence):
        return part.template, {name: _taken_apart(inner) for name, inner in part.parts.items()}
    return part


def _put_together(template: str, parts: Mapping[str, Any]) -> Sentence:
    return Sentence(
        template,
        **{name: _put_together(*part) if isinstance(part, list) else part for name, part in parts.items()},
    )
