"""Count: the tenth fact gives, or every fifth. The standing remembers how many there were, by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules_engine import levels
from rules_engine.days import Day
from rules_engine.document import Node
from rules_engine.errors import Sentence
from rules_engine.levels import Levels
from rules_engine.standing import Standing
from rules_engine.terms import Advance, Context, Turn, latest, number, ordinal, waiting


@dataclass(frozen=True, slots=True)
class Count:
    """Gives at these numbers of facts."""

    levels: Levels

    @property
    def shape(self) -> tuple[object, ...]:
        """Other levels go on with what was counted."""
        return ()

    @property
    def series(self) -> str:
        """How many there were."""
        return "count"

    def advance(self, standing: Standing, turn: Turn) -> Advance:
        """One more."""
        have = standing.counts[turn.rule] = standing.counts.get(turn.rule, 0) + 1
        if self.levels.has(have):
            return Advance(ordinal(have))
        return waiting("/count", have, self.following(standing, turn.rule))

    def following(self, standing: Standing, rule: str) -> int | None:
        """The next number at which it gives: one that was given at is passed over where the count began anew."""
        return self.levels.after(max(standing.counts.get(rule, 0), number(latest(standing, rule, self))))

    def passed(self, standing: Standing, rule: str, _day: Day) -> Iterator[str]:
        """The ordinals of levels that were passed before the rulebook had them."""
        yield from map(ordinal, self.levels.between(number(latest(standing, rule, self)), standing.counts.get(rule, 0)))


def parse(node: Node, _context: Context) -> Count | None:
    """`{every: 5}` or `{at: [1, 10, 100]}`."""
    parts = node.fields(optional=("every", "at"))
    if len(parts) != 1:
        node.refuse("missing" if not parts else "not_allowed_here", Sentence("either every or at is needed"))
        return None
    if "every" in parts:
        return Count(Levels(parts["every"].whole(1, 1_000_000), ()))
    return Count(levels.listed(parts["at"], 1_000_000_000))
