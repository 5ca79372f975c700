"""What the domain refuses, as exceptions with stable codes. The edges translate them; nothing here knows of HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong with an input: where (RFC 6901 pointer) and what to do about it."""

    pointer: str
    detail: str


class DomainError(Exception):
    """Something was refused. `code` is stable snake_case, `detail` is a sentence for a person."""

    def __init__(self, code: str, detail: str, problems: Sequence[Problem] = ()) -> None:
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
