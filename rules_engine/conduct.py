"""Conduct: what a confirmed breach of the guidelines brings: points withdrawn, a pause in earning, badges taken.

It hears Setia's own kind alone (`facts.HEARD`), which no platform can say, so the case was decided by a person before.
What is withdrawn goes back to the issuance; what no lot covers becomes debt, and boards fall by it. It was earned all
the same: lifetime points, and what a tier's period has, stay as they are (what was earned dishonestly is undone by
voiding its facts). A badge that was taken is not won again until somebody gives it back. An appeal that reverses the
fact undoes everything, since the fold then never sees the breach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules_engine import badges, lots, scores
from rules_engine.amounts import MAX_POINTS
from rules_engine.days import DAY, Day
from rules_engine.document import Node, items_of
from rules_engine.effects import ISSUANCE, MEMBER, Effect
from rules_engine.errors import Sentence
from rules_engine.facts import Fact
from rules_engine.standing import Standing
from rules_engine.terms import Context

MAX_BADGES = 50
WITHDRAWN = "withdrawn:"
"""What effects of conduct begin with, before their currency: nothing else takes points by a rule."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """Points to withdraw by currency, microseconds for which nothing is earned, badges to take."""

    withdraws: Mapping[str, int]
    pauses: int
    takes: tuple[str, ...]

    @property
    def shape(self) -> tuple[object, ...]:
        """Nothing is remembered of the rule."""
        return ()

    def carry_out(
        self, standing: Standing, rule: str, fact: Fact, day: Day
    ) -> tuple[list[Effect], list[dict[str, Any]]]:
        """Does it to the standing; the transfers that this wants, and what it did as the effects of a decision."""
        effects: list[Effect] = []
        did: list[dict[str, Any]] = []
        for currency, points in sorted(self.withdraws.items()):
            lots.consume(standing, currency, points, fact.at)
            scores.lose(standing, currency, points, fact.at, day)
            effects.append(
                Effect(rule, fact.id, f"{WITHDRAWN}{currency}", currency, MEMBER, ISSUANCE, points, fact.at, fact.id)
            )
            did.append({"points": -points, "currency": currency})
        if self.pauses:
            standing.paused_until = max(standing.paused_until or 0, fact.at + self.pauses)
            did.append({"paused_days": self.pauses // DAY})
        for badge in self.takes:
            if badge in standing.badges:
                badges.take(standing, badge)
                did.append({"lost": badge})
        return effects, did


def parse(node: Node, context: Context) -> Conduct | None:
    """`{withdraws: {points: 50}, pauses: 7d, takes: [badge]}`, at least one of them."""
    found = node.fields(optional=("withdraws", "pauses", "takes"))
    if not found:
        node.refuse("missing", Sentence("one of {names} is needed", names="withdraws, pauses, takes"))
        return None
    withdraws: dict[str, int] = {}
    for item in found["withdraws"].one_or_more(len(context.currencies)) if "withdraws" in found else []:
        parts = item.fields(required=("points",), optional=("currency",))
        currency = parts["currency"].choice(context.currencies) if "currency" in parts else context.currencies[0]
        if currency in withdraws:
            item.refuse("duplicate", Sentence("a rule withdraws points of one currency once"))
        elif currency and "points" in parts:
            withdraws[currency] = parts["points"].whole(1, MAX_POINTS)
    pauses = found["pauses"].days() if "pauses" in found else 0
    takes = {badge.choice(context.badges) for badge in items_of(found, "takes", MAX_BADGES, 1)}
    return Conduct(withdraws, pauses, tuple(sorted(takes - {""})))
