"""How many points a rule gives: whole, bounded, never a float.

An amount is a base and, for rules on single facts, something per unit of a whole-number field, up to a stated most.
When points mature and expire is rounded up to the community's next midnight, so that points fall into day buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rules_engine import fields
from rules_engine.conditions import Scope
from rules_engine.days import Zone
from rules_engine.document import Node, listed, nearest, shown
from rules_engine.errors import Sentence
from rules_engine.facts import Fact

MAX_POINTS = 1_000_000_000

Bucket = tuple[str, "int | None", int]
"""Currency, instant of expiry (None: never), instant of maturity (0: at once)."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one currency that a rule gives. Durations are in microseconds; 0 means at once, or never to expire."""

    currency: str
    effect: str
    base: int
    per: str | None
    each: int
    at_most: int
    matures_after: int
    expires_after: int
    plain: Bucket | None

    def amount(self, fact: Fact | None) -> int:
        """The points that the fact is worth, before boosts and limits."""
        if self.per is None or fact is None:
            return self.base
        units = fact.data.get(self.per)
        if units.__class__ is not int or units <= 0:
            return self.base
        return min(self.base + min(units * self.each, self.at_most), MAX_POINTS)

    def bucket(self, at: int, zone: Zone) -> Bucket:
        """The bucket into which points go that are earned at the instant."""
        if self.plain is not None:
            return self.plain
        expires_at = zone.midnight_from(at + self.expires_after) if self.expires_after else None
        matures_at = zone.midnight_from(at + self.matures_after) if self.matures_after else 0
        return self.currency, expires_at, matures_at


def parse(found: dict[str, Node], scope: Scope, currencies: list[str], single: bool) -> Points:
    """The points of one item of `gives`, whose fields these are. Only a rule on `single` facts may read the fact."""
    base, per, each, at_most = 0, None, 0, 0
    node = found["points"]
    if isinstance(node.value, dict):
        parts = node.fields(required=("base",), optional=("plus",))
        base = parts["base"].whole(0, MAX_POINTS) if "base" in parts else 0
        if "plus" in parts:
            if not single:
                parts["plus"].refuse(
                    "not_allowed_here", Sentence("what a level or streak gives cannot depend on one fact")
                )
            per, each, at_most = _plus(parts["plus"], scope)
    else:
        base = node.whole(1, MAX_POINTS)
    currency = found["currency"].choice(currencies) if "currency" in found else currencies[0]
    matures_after = found["matures_after"].days() if "matures_after" in found else 0
    expires_after = found["expires_after"].days() if "expires_after" in found else 0
    if expires_after and matures_after >= expires_after:
        found["matures_after"].refuse("out_of_range", Sentence("points have to mature before they expire"))
    plain = None if matures_after or expires_after else (currency, None, 0)
    return Points(currency, f"points:{currency}", base, per, each, at_most, matures_after, expires_after, plain)


def _plus(node: Node, scope: Scope) -> tuple[str | None, int, int]:
    parts = node.fields(required=("per", "each", "at_most"))
    each = parts["each"].whole(1, MAX_POINTS) if "each" in parts else 0
    at_most = parts["at_most"].whole(1, MAX_POINTS) if "at_most" in parts else 0
    if "per" not in parts:
        return None, each, at_most
    name = parts["per"].text(128)
    countable = [
        known
        for known in fields.names(scope.kinds)
        if known.startswith(fields.DATA) and _type(known, scope) == fields.WHOLE
    ]
    if name and name not in countable:
        detail = Sentence(
            "no whole-number field {found} on these activities; known: {known}",
            found=shown(name),
            known=listed(countable),
        )
        parts["per"].refuse("unknown_field", detail, nearest(name, countable))
        return None, each, at_most
    return name.removeprefix(fields.DATA) or None, each, at_most


def _type(name: str, scope: Scope) -> Any:
    field = fields.find(name, scope.kinds)
    return field.type if field else None
