"""A rulebook, compiled: what a published document becomes once, and what every fold reads.

Rules are indexed by activity kind and by who earns, in the order of their keys, so the order in the document changes
nothing and rules on other kinds cost a fact nothing. Everything here is immutable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rules_engine.active import Active
from rules_engine.amounts import Points
from rules_engine.badges import Badge
from rules_engine.boosts import Boost
from rules_engine.challenges import Challenge
from rules_engine.conditions import Check, Read
from rules_engine.facts import Fact
from rules_engine.fields import Kind
from rules_engine.forms import BOOST, CLOCK, CONDUCT, COUNT, DIVERSITY, SINGLE, Terms
from rules_engine.limits import Limit
from rules_engine.standing import Standing
from rules_engine.tiers import Tiers

ACTOR, BENEFICIARY = "actor", "beneficiary"
SUM, HIGHEST, FIRST = "sum", "highest", "first"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule. `reads` finds, by pointer, the value that a condition compared."""

    key: str
    name: Mapping[str, str]
    document: Mapping[str, Any]
    kinds: tuple[str, ...]
    earns: str
    form: str
    terms: Terms | None
    check: Check | None
    reads: Mapping[str, Read]
    active: Active | None
    times: tuple[Limit, ...]
    caps: tuple[Limit, ...]
    budgets: tuple[Limit, ...]
    points: tuple[Points, ...]
    badges: tuple[tuple[str, int], ...]
    group: str | None
    by: str
    undone_by: frozenset[str]
    tells: str

    @property
    def shape(self) -> tuple[object, ...]:
        """While this stays, what the rule remembers is kept from one rulebook to the next."""
        return self.form, self.kinds, self.earns, self.terms.shape if self.terms is not None else ()

    @property
    def looks(self) -> int:
        """How much there is to look at when the rule is considered: conditions, limits, steps and what it gives."""
        limits = len(self.times) + len(self.caps) + len(self.budgets)
        steps = len(self.terms.steps) if isinstance(self.terms, Challenge) else 0
        return 1 + len(self.reads) + limits + steps + len(self.points) + len(self.badges)

    def found_at(self, path: str, fact: Fact, standing: Standing) -> object:
        """What the failing condition there compared, as a value that later steps cannot change."""
        read = self.reads.get(path)
        found = read(fact, standing) if read is not None else None
        return sorted(found) if isinstance(found, dict) else list(found) if isinstance(found, list) else found


class Currency(NamedTuple):
    """One sort of points of the community."""

    key: str
    name: Mapping[str, str]


class Board(NamedTuple):
    """One leaderboard: which points, over which window (all, month, week, day), for everyone or one group.

    The window of a `season` has a first and a last day, both included.
    """

    key: str
    name: Mapping[str, str]
    currency: str
    period: str
    group: str | None
    starts_on: str | None = None
    ends_on: str | None = None


class Considered(NamedTuple):
    """The rules that a fact of one kind brings up for one earner; whether any of them are rivals, or boosts, and
    whether they are of conduct, which goes on while earning is paused.
    """

    rules: tuple[CompiledRule, ...]
    contested: bool
    boosted: bool
    conduct: bool


class Rulebook:
    """Rules, badges, tiers, boards and currencies. `document` is the normalised document that it was compiled from."""

    def __init__(
        self,
        document: Mapping[str, Any],
        kinds: Mapping[str, Kind],
        zone: str,
        rules: Iterable[CompiledRule],
        badges: Mapping[str, Badge],
        tiers: Tiers | None,
        boards: Sequence[Board],
        currencies: Sequence[Currency],
        compounds: Sequence[Badge | Tiers],
    ) -> None:
        self.document = document
        self.kinds = kinds
        self.zone = zone
        self.rules = tuple(rules)
        self.badges = badges
        self.tiers = tiers
        self.boards = tuple(boards)
        self.currencies = tuple(currencies)
        self.compounds = tuple(compounds)
        """Badges with needs and the tiers, each after what it depends on."""
        in_order = sorted(self.rules, key=lambda rule: rule.key)
        self.by_kind: dict[str, list[CompiledRule]] = {}
        self._by_key = {rule.key: rule for rule in self.rules}
        for rule in in_order:
            for kind in rule.kinds:
                self.by_kind.setdefault(kind, []).append(rule)
        self.for_actor = self._considered(ACTOR)
        self.for_beneficiary = self._considered(BENEFICIARY)
        self.counting = [rule for rule in in_order if rule.form in (COUNT, DIVERSITY)]
        self.clocks = [rule for rule in in_order if rule.form == CLOCK]
        self.thresholds: dict[str, list[int]] = {}
        """By currency, the lifetime points at which a badge's needs may come to be met, ascending."""
        for badge in badges.values():
            for currency, points in (need for needs in badge.needs for need in needs.earned.items()):
                self.thresholds.setdefault(currency, []).append(points)
        for points_needed in self.thresholds.values():
            points_needed.sort()

    def rule(self, key: str) -> CompiledRule | None:
        """The rule of that key."""
        return self._by_key.get(key)

    @property
    def tier_keys(self) -> Sequence[str]:
        """The tiers' keys, lowest first."""
        return self.tiers.keys if self.tiers else ()

    def tried_with(self, rule: CompiledRule) -> list[str]:
        """The keys of the rules that it takes to see what this one does: itself, and for a boost what it boosts."""
        if not isinstance(rule.terms, Boost):
            return [rule.key]
        boosted = [one.key for one in self.rules if one.form == SINGLE and rule.terms.reaches(one.key)]
        return [rule.key, *boosted]

    @property
    def has_budgets(self) -> bool:
        """Whether any rule shares a budget with everyone."""
        return any(rule.budgets for rule in self.rules)

    def only(self, keys: Iterable[str]) -> Rulebook:
        """The same rulebook with these rules alone."""
        kept = set(keys)
        return Rulebook(
            self.document,
            self.kinds,
            self.zone,
            [rule for rule in self.rules if rule.key in kept],
            self.badges,
            self.tiers,
            self.boards,
            self.currencies,
            self.compounds,
        )

    def _considered(self, earns: str) -> dict[str, Considered]:
        considered = {}
        for kind, rules in self.by_kind.items():
            mine = tuple(rule for rule in rules if rule.earns == earns)
            if mine:
                contested = any(rule.group is not None and rule.by != SUM for rule in mine)
                boosted, conduct = (any(rule.form == form for rule in mine) for form in (BOOST, CONDUCT))
                considered[kind] = Considered(mine, contested, boosted, conduct)
        return considered


NO_RULEBOOK = Rulebook({}, {}, "UTC", (), {}, None, (), (), ())
"""What governs before the first publication."""
