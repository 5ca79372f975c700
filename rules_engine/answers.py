"""What a fold cannot work out from one member's timeline, and is told: answers that were given once and are on record.

A budget is shared by everyone, so whether it had room depends on others; it is *asked* and the answer kept under the
decision key. A fact that is withheld waits for a person. An ask without an answer is taken to be granted, and told in
the outcome: whoever folds has it answered, and folds again where it was refused. An answer is to one amount: who wants
another amount asks again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Part(NamedTuple):
    """So much of one budget in one window: `slot` names the budget, `label` the window, of `most` in all."""

    slot: str
    label: str
    most: int
    amount: int


class Ask(NamedTuple):
    """What a rule wants of budgets before it gives on one occasion: all of it, or nothing. `answered`: as on record."""

    rule: str
    occasion: str
    at: int
    key: str
    parts: tuple[Part, ...]
    answered: bool | None


class Answer(NamedTuple):
    """What is on record: whether it was granted, and the amounts that were asked, by (slot, label)."""

    granted: bool
    amounts: Mapping[tuple[str, str], int]

    def is_to(self, parts: Iterable[Part]) -> bool:
        """Whether this answers the same question."""
        return self.amounts == {(part.slot, part.label): part.amount for part in parts}


@dataclass(slots=True)
class Answers:
    """What is on record of one member: budgets' answers by (rule, occasion), and the facts that are withheld."""

    budgets: dict[tuple[str, str], Answer] = field(default_factory=dict)
    withheld: Collection[str] = ()


def in_order(asks: Iterable[tuple[str, Ask]]) -> list[tuple[str, Ask]]:
    """(member, ask) in the order in which budgets are asked: that of the facts."""
    return sorted(asks, key=lambda one: (one[1].at, one[1].key, one[0], one[1].rule, one[1].occasion))


def answer(ask: Ask, used: dict[tuple[str, str], int]) -> Answer:
    """Whether there is room for all of it; then it is used. `used`: by (slot, label), changed in place."""
    amounts = {(part.slot, part.label): part.amount for part in ask.parts}
    granted = all(used.get((part.slot, part.label), 0) + part.amount <= part.most for part in ask.parts)
    if granted:
        for place, amount in amounts.items():
            used[place] = used.get(place, 0) + amount
    return Answer(granted, amounts)
