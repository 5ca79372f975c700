"""From a document to a rulebook: every problem found at once, each with its place and the nearest right name.

`parse` never raises anything but `RulebookRefused`, whatever the document is. `render` gives a document that parses to
the same rulebook. What the parts of a rule mean is with the parts: conditions, amounts, limits, active, badges, tiers.
"""

from __future__ import annotations

import copy
import graphlib
from collections.abc import Iterable, Mapping
from typing import Any

from rules_engine import active, amounts, badges, conditions, examples, limits, tiers
from rules_engine.badges import Badge
from rules_engine.conditions import Scope
from rules_engine.days import zone
from rules_engine.document import Names, Node, Problems, normalise, shown
from rules_engine.errors import RulebookRefused, UnknownZone
from rules_engine.examples import run_examples
from rules_engine.facts import UNDOERS
from rules_engine.fields import Kind
from rules_engine.rules import (
    ACTOR,
    BENEFICIARY,
    BOOST,
    COUNT,
    FIRST,
    HIGHEST,
    SINGLE,
    STREAK,
    SUM,
    Board,
    CompiledRule,
    Currency,
    Levels,
    Rulebook,
)
from rules_engine.tiers import Tiers

MAX_RULES = 3_000
MAX_BADGES = 1_000
MAX_BOARDS = 200
MAX_CURRENCIES = 10
MAX_GIVES = 10
MAX_KINDS = 50

DEFAULT_CURRENCY = "points"
DEFAULT_UNDONE_BY = ("author", "moderator", "platform")
BOARD_PERIODS = ("all", "month", "week", "day")
SEASON = "season"

__all__ = ["parse", "render", "run_examples"]

RULE_FIELDS = (
    "name",
    "description",
    "earns",
    "when",
    "limits",
    "gives",
    "active",
    "stacks",
    "undone_by",
    "tells",
    "examples",
    "count",
    "streak",
    "boost",
)

_TIERS = "tiers"


def parse(document: object, kinds: Mapping[str, Kind], zone: str = "UTC") -> Rulebook:
    """The rulebook that the document describes, for a community with these activity kinds and this zone.

    Raises `RulebookRefused` with all problems found. Examples are not run; `run_examples` does that.
    """
    problems = Problems()
    root = Node(normalise(document, problems), "", problems)
    if problems.found and not isinstance(root.value, dict):
        raise RulebookRefused(problems.found)
    rulebook = _Parser(root, kinds, zone).rulebook()
    if problems.found:
        raise RulebookRefused(problems.found)
    return rulebook


def render(rulebook: Rulebook) -> dict[str, Any]:
    """The document of a rulebook, as plain JSON values of the caller's own."""
    return copy.deepcopy(dict(rulebook.document))


class _Parser:
    def __init__(self, root: Node, kinds: Mapping[str, Kind], zone_name: str) -> None:
        self.root = root
        self.problems = root.problems
        self.rule_places: dict[str, str] = {}
        self.badge_places: dict[str, str] = {}
        self.kinds = kinds
        self.zone = zone_name
        try:
            zone(zone_name)
        except UnknownZone:
            self.problems.book("", "unknown_zone", f"no time zone {shown(zone_name)}")
        self.top = root.fields(optional=("rules", "badges", "tiers", "boards", "currencies"))
        self.currencies = self._currencies()
        self.currency_keys = [currency.key for currency in self.currencies]
        tier_keys = self._keys("levels", self.top["tiers"]) if "tiers" in self.top else []
        self.names = Names(self.currency_keys, self._keys("badges"), tier_keys)
        self.rule_keys = self._keys("rules")

    def rulebook(self) -> Rulebook:
        ladder = tiers.parse(self.top["tiers"], self.names) if "tiers" in self.top else None
        known_badges: dict[str, Badge] = {}
        for node in self._list("badges", MAX_BADGES):
            badge = badges.parse(node, self.names)
            if badge is not None:
                known_badges[badge.key] = badge
                self.badge_places[badge.key] = node.pointer
        boards = [board for node in self._list("boards", MAX_BOARDS) for board in self._board(node)]
        rules = [rule for node in self._list("rules", MAX_RULES) for rule in self._rule(node)]
        self._check_boosts(rules)
        self._check_groups(rules)
        return Rulebook(
            self.root.value if isinstance(self.root.value, dict) else {},
            self.kinds,
            self.zone,
            rules,
            known_badges,
            ladder,
            boards,
            self.currencies,
            self._compounds(known_badges, ladder),
        )

    def _list(self, name: str, most: int) -> list[Node]:
        return self.top[name].items(most) if name in self.top else []

    def _keys(self, name: str, inside: Node | None = None) -> list[str]:
        """The keys that a list declares, so that they can be named anywhere; only keys used twice are booked."""
        holder = inside.value if inside is not None else self.root.value
        items = holder.get(name) if isinstance(holder, dict) else None
        keys = [item.get("key") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        known = [key for key in keys if isinstance(key, str)]
        if len(set(known)) != len(known):
            seen: set[str] = set()
            place = inside.pointer if inside is not None else ""
            for index, item in enumerate(items or []):
                key = item.get("key") if isinstance(item, dict) else None
                if isinstance(key, str) and key in seen:
                    pointer = f"{place}/{name}/{index}/key"
                    self.problems.book(pointer, "duplicate", f"the key {shown(key)} is used twice")
                elif isinstance(key, str):
                    seen.add(key)
        return known

    def _currencies(self) -> list[Currency]:
        if "currencies" not in self.top:
            return [Currency(DEFAULT_CURRENCY, {"en": "points", "ms": "mata"})]
        self._keys("currencies")
        currencies = []
        for node in self.top["currencies"].items(MAX_CURRENCIES, 1):
            found = node.fields(required=("key",), optional=("name",))
            if "key" in found and (key := found["key"].key()):
                currencies.append(Currency(key, found["name"].name() if "name" in found else {"en": key}))
        return currencies or [Currency(DEFAULT_CURRENCY, {})]

    def _board(self, node: Node) -> Iterable[Board]:
        found = node.fields(required=("key",), optional=("name", "currency", "period", "group", "starts_on", "ends_on"))
        key = found["key"].key() if "key" in found else ""
        name = found["name"].name() if "name" in found else {}
        currency = found["currency"].choice(self.currency_keys) if "currency" in found else self.currency_keys[0]
        period = found["period"].choice(BOARD_PERIODS) if "period" in found else "all"
        group = found["group"].text(200) if "group" in found else None
        board = Board(key, name, currency, period, group)
        if "starts_on" in found or "ends_on" in found:
            starts_on, ends_on = self._season(node, found)
            board = board._replace(period=SEASON, starts_on=starts_on, ends_on=ends_on)
        if key:
            yield board

    def _season(self, node: Node, found: dict[str, Node]) -> tuple[str, str]:
        for name in ("starts_on", "ends_on"):
            if name not in found:
                node.refuse("missing", f"the field {name} is needed: a season has a first and a last day")
        if "period" in found:
            found["period"].refuse("not_allowed_here", "a board with starts_on and ends_on has no period")
        starts, ends = (found[name].date() if name in found else "" for name in ("starts_on", "ends_on"))
        if starts and ends and ends < starts:
            found["ends_on"].refuse("out_of_range", "a season ends on its first day at the earliest")
        return starts, ends

    def _rule(self, node: Node) -> Iterable[CompiledRule]:
        found = node.fields(required=("key", "on"), optional=RULE_FIELDS)
        key = found["key"].key() if "key" in found else ""
        forms = [form for form in (COUNT, STREAK, BOOST) if form in found]
        if len(forms) > 1:
            node.refuse("not_allowed_here", f"a rule is one of count, streak, boost, not {' and '.join(forms)}")
        form = forms[0] if forms else SINGLE
        kinds = self._on(found["on"]) if "on" in found else ()
        earns = (found["earns"].choice((ACTOR, BENEFICIARY)) if "earns" in found else ACTOR) or ACTOR
        scope = Scope(
            [self.kinds[kind] for kind in kinds], earns, self.currency_keys[0], self.names.tiers, self.names.badges
        )
        check, reads = conditions.parse(found["when"], scope) if "when" in found else (None, {})
        bounds = limits.parse(found["limits"], key, form != STREAK, form != BOOST) if "limits" in found else []
        points, won = self._gives(node, found, scope, form)
        levels, streak_days, percent, boosts = self._form(found, form)
        group, by = self._stacks(found["stacks"], form) if "stacks" in found else (None, SUM)
        undone_by: Iterable[str] = DEFAULT_UNDONE_BY
        if "undone_by" in found:
            undone_by = [item.choice(UNDOERS) for item in found["undone_by"].items(len(UNDOERS))]
        tells = found["tells"].choice(("exact", "intent", "private")) if "tells" in found else "exact"
        window = active.parse(found["active"]) if "active" in found else None
        name = found["name"].name() if "name" in found else {}
        if "description" in found:
            found["description"].prose()
        if "examples" in found:
            examples.check(found["examples"], self.kinds, self.names)
        if not key or not kinds:
            return
        self.rule_places[key] = node.pointer
        yield CompiledRule(
            key=key,
            name=name,
            document=node.value,
            kinds=kinds,
            earns=earns,
            form=form,
            check=check,
            reads=reads,
            active=window,
            times=tuple(limit for limit in bounds if not limit.points),
            caps=tuple(limit for limit in bounds if limit.points),
            points=points,
            badges=won,
            levels=levels,
            streak_days=streak_days,
            percent=percent,
            boosts=boosts,
            group=group,
            by=by,
            undone_by=frozenset(undone_by),
            tells=tells,
        )

    def _on(self, node: Node) -> tuple[str, ...]:
        found = {item.choice(sorted(self.kinds), "unknown_kind") for item in node.one_or_more(MAX_KINDS)}
        return tuple(sorted(found - {""}))

    def _gives(
        self, rule: Node, found: dict[str, Node], scope: Scope, form: str
    ) -> tuple[tuple[amounts.Points, ...], tuple[tuple[str, int], ...]]:
        if form == BOOST:
            if "gives" in found:
                found["gives"].refuse("not_allowed_here", "a boost gives nothing by itself")
            return (), ()
        if "gives" not in found:
            rule.refuse("missing", "the field gives is needed")
            return (), ()
        points: list[amounts.Points] = []
        won: list[tuple[str, int]] = []
        for item in found["gives"].one_or_more(MAX_GIVES):
            if isinstance(item.value, dict) and "badge" in item.value:
                parts = item.fields(required=("badge",), optional=("level",))
                level = parts["level"].whole(1, 100) if "level" in parts else 1
                won.append((parts["badge"].choice(self.names.badges), level))
                continue
            parts = item.fields(required=("points",), optional=("currency", "matures_after", "expires_after"))
            if "points" in parts:
                given = amounts.parse(parts, scope, self.currency_keys, form == SINGLE)
                if any(other.currency == given.currency for other in points):
                    item.refuse("duplicate", "a rule gives points of one currency once")
                points.append(given)
        return tuple(points), tuple(won)

    def _form(self, found: dict[str, Node], form: str) -> tuple[Levels | None, int, int, frozenset[str]]:
        if form == COUNT:
            return self._levels(found[COUNT]), 0, 100, frozenset()
        if form == STREAK:
            parts = found[STREAK].fields(required=("days",))
            return None, parts["days"].whole(2, 366) if "days" in parts else 2, 100, frozenset()
        if form == BOOST:
            parts = found[BOOST].fields(required=("percent", "of"))
            percent = parts["percent"].whole(101, 1_000) if "percent" in parts else 101
            of = parts["of"].one_or_more(500) if "of" in parts else []
            return None, 0, percent, frozenset(item.choice(self.rule_keys, "unknown_rule") for item in of)
        return None, 0, 100, frozenset()

    def _levels(self, node: Node) -> Levels | None:
        parts = node.fields(optional=("every", "at"))
        if len(parts) != 1:
            node.refuse("missing" if not parts else "not_allowed_here", "either every or at is needed")
            return None
        if "every" in parts:
            return Levels(parts["every"].whole(1, 1_000_000), ())
        at = [item.whole(1, 1_000_000_000) for item in parts["at"].items(100, 1)]
        if at != sorted(set(at)):
            parts["at"].refuse("out_of_range", "levels come in ascending order, each once")
        return Levels(0, tuple(at))

    def _stacks(self, node: Node, form: str) -> tuple[str | None, str]:
        if form in (COUNT, STREAK):
            node.refuse("not_allowed_here", f"a {form} gives on occasions of its own and has no rivals")
        parts = node.fields(required=("group", "by"))
        group = parts["group"].key() if "group" in parts else None
        by = parts["by"].choice((SUM, HIGHEST, FIRST)) if "by" in parts else SUM
        return group, by

    def _check_boosts(self, rules: list[CompiledRule]) -> None:
        by_key = {rule.key: rule for rule in rules}
        for boost in rules:
            for other in [by_key[key] for key in sorted(boost.boosts) if key in by_key]:
                if other.form != SINGLE:
                    detail = f"{other.key} is a {other.form}; boosts are for rules on single facts"
                elif other.earns != boost.earns:
                    detail = f"{other.key} pays the {other.earns}, this boost the {boost.earns}"
                else:
                    continue
                self.problems.book(f"{self.rule_places[boost.key]}/boost/of", "not_allowed_here", detail)

    def _check_groups(self, rules: list[CompiledRule]) -> None:
        first: dict[str, CompiledRule] = {}
        for rule in rules:
            if rule.group is None:
                continue
            other = first.setdefault(rule.group, rule)
            if (other.by, other.form == BOOST) != (rule.by, rule.form == BOOST):
                detail = f"rules of the group {rule.group} stack alike, and boosts only with boosts; see {other.key}"
                self.problems.book(f"{self.rule_places[rule.key]}/stacks", "not_allowed_here", detail)

    def _compounds(self, known: Mapping[str, Badge], ladder: Tiers | None) -> list[Badge | Tiers]:
        """Badges with needs and the tiers, each after what it depends on; a cycle is booked."""
        needing = {key: badge.needs for key, badge in sorted(known.items()) if badge.needs is not None}
        graph: dict[str, list[str]] = {}
        for key, needs in needing.items():
            graph[f"badge {key}"] = [f"badge {other}" for other in needs.badges if other in needing]
            if needs.tier is not None and ladder is not None:
                graph[f"badge {key}"].append(_TIERS)
        if ladder is not None:
            graph[_TIERS] = [
                f"badge {badge}" for level in ladder.levels for badge in level.needs_badges if badge in needing
            ]
        try:
            order = list(graphlib.TopologicalSorter(graph).static_order())
        except graphlib.CycleError as error:
            nodes = list(error.args[1])
            badge = next(name for name in nodes if name != _TIERS).removeprefix("badge ")
            detail = f"these need each other: {' -> '.join(reversed(nodes))}"
            self.problems.book(f"{self.badge_places[badge]}/needs", "cycle", detail)
            return []
        return [ladder if name == _TIERS and ladder else known[name.removeprefix("badge ")] for name in order]
