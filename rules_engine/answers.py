"""What a fold cannot work out from one member's timeline, and is told: answers that were given once and are on record.

A budget is shared by everyone, so whether it had room depends on others; it is *asked* and the answer kept under the
decision key. A fact that is withheld waits for a person. An ask without an answer is taken to be granted, and told in
the outcome: whoever folds has it answered, and folds again where it was refused. An answer is to one amount: who wants
another amount asks again. What another rulebook asked is remembered: where the same is asked again, it is answered so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
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

    def amounts(self) -> dict[tuple[str, str], int]:
        """What is asked, by (slot, label)."""
        return {(part.slot, part.label): part.amount for part in self.parts}


class Answer(NamedTuple):
    """What is on record: whether it was granted, and the amounts that were asked, by (slot, label). `at` and `key` are
    the place in the timeline from which it was asked.
    """

    granted: bool
    amounts: Mapping[tuple[str, str], int]
    at: int = -1
    key: str = ""

    def is_to(self, parts: Iterable[Part]) -> bool:
        """Whether this answers the same question."""
        return self.amounts == {(part.slot, part.label): part.amount for part in parts}


@dataclass(slots=True)
class Answers:
    """What is on record of one member: the answers of budgets that are in use, by (rule, occasion), the facts that are
    withheld, and the answers to what other rulebooks asked, which lie idle.
    """

    budgets: dict[tuple[str, str], Answer] = field(default_factory=dict)
    withheld: Collection[str] = ()
    idle: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)

    def to(self, rule: str, occasion: str, parts: Collection[Part]) -> bool | None:
        """Whether these parts were granted; None where nobody has asked."""
        known = self.budgets.get((rule, occasion))
        answers = [*([] if known is None else [known]), *self.idle.get((rule, occasion), ())]
        return next((one.granted for one in answers if one.is_to(parts)), None)

    def not_in_use(self, asks: Iterable[Ask]) -> list[Ask]:
        """Those of the asks that no answer in use is to: they are new, or their answers lie idle."""
        known = ((ask, self.budgets.get((ask.rule, ask.occasion))) for ask in asks)
        return [ask for ask, found in known if found is None or not found.is_to(ask.parts)]

    def unwanted(self, asks: Iterable[Ask]) -> dict[tuple[str, str], Answer]:
        """The answers in use that are to no decision which asks."""
        wanted = {(ask.rule, ask.occasion) for ask in asks}
        return {decision: one for decision, one in self.budgets.items() if decision not in wanted}

    def refusing(self, asks: Iterable[Ask]) -> Answers:
        """The same, and those of the asks that nobody has answered are refused."""
        new = {(ask.rule, ask.occasion): Answer(False, ask.amounts()) for ask in asks if ask.answered is None}
        return Answers(self.budgets | new, self.withheld, self.idle)

    def elsewhere(self, asks: Iterable[Ask]) -> list[Ask]:
        """Those of the asks that are answered, and on record at another place than they come from by now."""
        known = ((ask, self.budgets.get((ask.rule, ask.occasion))) for ask in asks)
        answered = ((ask, found) for ask, found in known if found is not None and found.is_to(ask.parts))
        return [ask for ask, found in answered if (found.at, found.key) != (ask.at, ask.key)]


def wishes(
    asks_when_told: Callable[[Answers], list[Ask]], known: Answers
) -> tuple[list[Ask], dict[tuple[str, str], Answer]]:
    """What a member asks under another rulebook that no answer in use is to, and what was granted that they give up
    for it: that is what they want no more, be everything they ask granted or refused.
    """
    asks = asks_when_told(known)
    given_up = {decision: one for decision, one in known.unwanted(asks).items() if one.granted}
    if given_up and any(ask.answered is None for ask in asks):
        still = known.unwanted(asks_when_told(known.refusing(asks)))
        given_up = {decision: one for decision, one in given_up.items() if decision in still}
    return known.not_in_use(asks), given_up


def in_order(asks: Iterable[tuple[str, Ask]]) -> list[tuple[str, Ask]]:
    """(member, ask) in the order in which budgets are asked: that of the facts."""
    return sorted(asks, key=lambda one: (one[1].at, one[1].key, one[0], one[1].rule, one[1].occasion))


def answer(ask: Ask, used: dict[tuple[str, str], int]) -> Answer:
    """Whether there is room for all of it; then it is used. `used`: by (slot, label), changed in place."""
    amounts = ask.amounts()
    granted = all(used.get((part.slot, part.label), 0) + part.amount <= part.most for part in ask.parts)
    if granted:
        for place, amount in amounts.items():
            used[place] = used.get(place, 0) + amount
    return Answer(granted, amounts, ask.at, ask.key)
