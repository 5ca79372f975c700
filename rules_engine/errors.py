"""What the engine refuses, and where.

A refused document names every problem found, not only the first, each with an RFC 6901 pointer into the document, so
that a person can repair it in one go. Codes are stable; details are for people and may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong with a document: where, which sort, in words, and the nearest right name if there is one."""

    pointer: str
    code: str
    detail: str
    nearest: str | None = None


class RulebookRefused(ValueError):
    """The document is no rulebook; `problems` lists everything that was found wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in self.problems))


class UnknownZone(ValueError):
    """No time zone of the IANA database has this name."""
