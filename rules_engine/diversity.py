"""Diversity: gives at the fifth, tenth ... different person, platform, object or text of a field.

The standing remembers [window, digests of what was met in it] by rule, and no more of them than the greatest level, so
it stays small; what comes after that is neither counted nor remembered. A window, if there is one, is a month or a week
of the community.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rules_engine import fields, levels
from rules_engine.conditions import Read, reader
from rules_engine.days import Day
from rules_engine.document import Node, nearest, shown
from rules_engine.errors import Sentence
from rules_engine.levels import Levels
from rules_engine.standing import Standing
from rules_engine.terms import Advance, Context, Turn, waiting

COUNTERPARTY = "counterparty"
EVER = "ever"
PERIODS = (EVER, "month", "week")
MOST = 500
_BUILT_IN = ("platform", "object.id")


@dataclass(frozen=True, slots=True)
class Diversity:
    """Gives at these numbers of different values of `of`; `read` is None for the counterparty."""

    of: str
    read: Read | None
    levels: Levels
    per: str

    @property
    def shape(self) -> tuple[object, ...]:
        """Other levels go on with what was met."""
        return self.of, self.per

    def advance(self, standing: Standing, turn: Turn) -> Advance:
        """Meets one value, which may be new."""
        value = turn.other if self.read is None else self.read(turn.fact, standing)
        if value is None:
            return Advance(None, "nothing_to_tell_apart", "/diversity/of")
        window, met = self._met(standing, turn.rule, turn.day)
        digest = _digest(value)
        if digest in met:
            return Advance(None, "met_before", "/diversity/of")
        greatest = self.levels.at[-1]
        if len(met) >= greatest:
            return waiting("/diversity", greatest, None)
        met = [*met, digest]
        standing.different[turn.rule] = [window, met]
        if self.levels.has(len(met)):
            return Advance(_ordinal(window, len(met)))
        return waiting("/diversity", len(met), self.levels.after(len(met)))

    def have(self, standing: Standing, rule: str, day: Day) -> int:
        """How many different ones there are in the window of the day."""
        return len(self._met(standing, rule, day)[1])

    def passed(self, standing: Standing, rule: str, day: Day) -> Iterator[str]:
        """The ordinals of levels that were passed before the rulebook had them."""
        window, met = self._met(standing, rule, day)
        for level in self.levels.between(0, len(met)):
            ordinal = _ordinal(window, level)
            if ordinal > standing.levels.get(rule, ""):
                yield ordinal

    def _met(self, standing: Standing, rule: str, day: Day) -> tuple[str, list[str]]:
        """The window of the day, or the one already reached if that is later, and what was met in it."""
        label = EVER if self.per == EVER else day.month if self.per == "month" else day.week
        window, met = standing.different.get(rule, (label, []))
        return (label, []) if label > window else (window, met)


def _ordinal(window: str, level: int) -> str:
    return f"{level:010}" if window == EVER else f"{window}/{level:010}"


def _digest(value: Any) -> str:
    """48 bits: among 500, two that are different look alike once in 2,000 million members."""
    return base64.urlsafe_b64encode(hashlib.blake2b(str(value).encode(), digest_size=6).digest()).decode()


def parse(node: Node, context: Context) -> Diversity | None:
    """`{of: counterparty, at: [5, 10, 50], per: month}`; `of` may be a field that holds one text."""
    parts = node.fields(required=("of", "at"), optional=("per",))
    found = levels.listed(parts["at"], MOST) if "at" in parts else None
    per = (parts["per"].choice(PERIODS) if "per" in parts else EVER) or EVER
    of = parts["of"].text(128) if "of" in parts else ""
    if not of or found is None or not found.at:
        return None
    if of == COUNTERPARTY:
        return Diversity(of, None, found, per)
    field = fields.find(of, context.scope.kinds)
    known = [COUNTERPARTY, *_BUILT_IN, *fields.texts_of(context.scope.kinds)]
    if of not in known or field is None:
        detail = Sentence("unknown {found}; known: {known}", found=shown(of), known=", ".join(known))
        parts["of"].refuse("unknown_value", detail, nearest(of, known))
        return None
    return Diversity(of, reader(field, context.scope), found, per)
