"""Diversity: gives at the fifth, tenth ... different person, platform, object or text of a field.

The standing remembers [window, digests of what was met in it, end to end] by rule, and no more of them than the
greatest level, so it stays small; what comes after that is neither counted nor remembered. A window, if there is one,
is a month or a week of the community.
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
from rules_engine.terms import Advance, Context, Turn, latest, ordinal, waiting

COUNTERPARTY = "counterparty"
EVER = "ever"
PERIODS = (EVER, "month", "week")
MOST = 500
MOST_TOGETHER = 5_000
"""Of all rules of a rulebook, so that what is remembered of one member stays within 40,000 characters."""
_LENGTH = 8
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

    @property
    def series(self) -> str:
        """How many there were, ever or within the window."""
        return f"diversity-{self.per}"

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
        met.append(digest)
        standing.different[turn.rule] = [window, "".join(met)]
        if self.levels.has(len(met)):
            return Advance(_ordinal(window, len(met)))
        return waiting("/diversity", len(met), self._following(standing, turn.rule, window, len(met)))

    def progress(self, standing: Standing, rule: str, day: Day) -> tuple[int, int | None]:
        """How many different ones there are in the window of the day, and the next number at which it gives."""
        window, met = self._met(standing, rule, day)
        return len(met), self._following(standing, rule, window, len(met))

    def passed(self, standing: Standing, rule: str, day: Day) -> Iterator[str]:
        """The ordinals of levels that were passed before the rulebook had them."""
        window, met = self._met(standing, rule, day)
        given = latest(standing, rule, self)
        yield from (one for level in self.levels.between(0, len(met)) if (one := _ordinal(window, level)) > given)

    def _following(self, standing: Standing, rule: str, window: str, have: int) -> int | None:
        """The next level of the window: one that was given is passed over where the rule began anew."""
        given = latest(standing, rule, self)
        return next((level for level in self.levels.at if level > have and _ordinal(window, level) > given), None)

    def _met(self, standing: Standing, rule: str, day: Day) -> tuple[str, list[str]]:
        """The window of the day, or the one already reached if that is later, and what was met in it."""
        label = EVER if self.per == EVER else day.month if self.per == "month" else day.week
        window, met = standing.different.get(rule, (label, ""))
        if label > window:
            return label, []
        return window, [met[start : start + _LENGTH] for start in range(0, len(met), _LENGTH)]


def _ordinal(window: str, level: int) -> str:
    return ordinal(level) if window == EVER else f"{window}/{ordinal(level)}"


def _digest(value: Any) -> str:
    """48 bits in `_LENGTH` characters: among 500, two that are different look alike once in 2,000 million members."""
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
