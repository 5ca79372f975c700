"""Levels: the numbers at which a rule gives, every so many or a list of them, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules_engine.document import Node
from rules_engine.errors import Sentence

MOST = 100


@dataclass(frozen=True, slots=True)
class Levels:
    """Every so many, or (where `every` is 0) a list in ascending order."""

    every: int
    at: Sequence[int]

    def has(self, number: int) -> bool:
        """Whether a number is one of them."""
        return number % self.every == 0 if self.every else number in self.at

    def after(self, number: int) -> int | None:
        """The next one above a number."""
        if self.every:
            return (number // self.every + 1) * self.every
        return next((level for level in self.at if level > number), None)

    def between(self, last: int, number: int) -> Iterator[int]:
        """Those above `last`, up to and including a number."""
        level = self.after(last)
        while level is not None and level <= number:
            yield level
            level = self.after(level)


def listed(node: Node, greatest: int) -> Levels:
    """Levels out of a list, none above `greatest`."""
    at = [item.whole(1, greatest) for item in node.items(MOST, 1)]
    if at != sorted(set(at)):
        node.refuse("out_of_range", Sentence("levels come in ascending order, each once"))
    return Levels(0, tuple(at))
