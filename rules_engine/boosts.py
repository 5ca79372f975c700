"""Boost: a multiplier on other rules that pay the same member for the same fact. Boosts add up: two of 150 % are 200 %.

Which of several boosts counts is said by `stacks`, when one counts by `active` and for whom by `when`, as for every
rule. A boost gives nothing by itself, and only rules on single facts are boosted.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules_engine.document import Node
from rules_engine.terms import Context

ALL = "all"


@dataclass(frozen=True, slots=True)
class Boost:
    """`percent` of the usual points, for these rules; `of` is None for all rules on single facts."""

    percent: int
    of: frozenset[str] | None

    @property
    def shape(self) -> tuple[object, ...]:
        """Only its limits are remembered, and they are its own whatever it boosts."""
        return ()

    def reaches(self, rule: str) -> bool:
        """Whether the rule of that key is boosted."""
        return self.of is None or rule in self.of


def parse(node: Node, context: Context) -> Boost | None:
    """`{percent: 150, of: [rule, ...]}` or `of: all`."""
    parts = node.fields(required=("percent", "of"))
    percent = parts["percent"].whole(101, 1_000) if "percent" in parts else 101
    if "of" not in parts:
        return None
    if parts["of"].value == ALL and ALL not in context.rules:
        return Boost(percent, None)
    of = [item.choice(context.rules, "unknown_rule") for item in parts["of"].one_or_more(500)]
    return Boost(percent, frozenset(of))
