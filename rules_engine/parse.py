"""From a document to a rulebook: every problem found at once, each with its place and the nearest right name.

`parse` never raises anything but `RulebookRefused`, whatever the document is. `render` gives a document that parses to
the same rulebook. What the parts of a rule mean is with the parts: conditions, amounts, limits, active, badges, tiers.
"""

from __future__ import annotations

import copy
import graphlib
from collections.abc import Iterable, Mapping
from typing import Any

from rules_engine import badges, diversity, examples, fields, parse_rule, tiers
from rules_engine.badges import Badge
from rules_engine.boosts import Boost
from rules_engine.days import zone
from rules_engine.diversity import Diversity
from rules_engine.document import Names, Node, Problems, shown
from rules_engine.errors import RulebookRefused, Sentence, UnknownZone
from rules_engine.examples import run_examples
from rules_engine.fields import Kind
from rules_engine.forms import BOOST, SINGLE
from rules_engine.parse_rule import Surroundings
from rules_engine.plain_json import normalise
from rules_engine.rules import Board, CompiledRule, Currency, Rulebook
from rules_engine.tiers import Tiers

MAX_RULES = 3_000
MAX_BADGES = 1_000
MAX_BOARDS = 200
MAX_CURRENCIES = 10
MAX_LOOKS = 50_000
"""How much one activity may make the rules look at: conditions, limits, gifts, and each boost for each rule."""
MAX_EXAMPLE_FACTS = 100_000

DEFAULT_CURRENCY = "points"
BOARD_PERIODS = ("all", "month", "week", "day")
SEASON = "season"

__all__ = ["parse", "render", "run_examples"]

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
        self.known_badges: dict[str, Badge] = {}
        self.kinds = fields.heard(kinds)
        self.zone = zone_name
        try:
            zone(zone_name)
        except UnknownZone:
            self.problems.book("", "unknown_zone", Sentence("no time zone {zone}", zone=shown(zone_name)))
        self.top = root.fields(optional=("rules", "badges", "tiers", "boards", "currencies"))
        self.currencies = self._currencies()
        self.currency_keys = [currency.key for currency in self.currencies]
        tier_keys = self._keys("levels", self.top["tiers"]) if "tiers" in self.top else []
        self.names = Names(self.currency_keys, self._keys("badges"), tier_keys)
        self.rule_keys = self._keys("rules")

    def rulebook(self) -> Rulebook:
        ladder = tiers.parse(self.top["tiers"], self.names) if "tiers" in self.top else None
        known_badges = self.known_badges
        for node in self._list("badges", MAX_BADGES):
            badge = badges.parse(node, self.names)
            if badge is not None:
                known_badges[badge.key] = badge
                self.badge_places[badge.key] = f"{node.pointer}/{'levels' if 'levels' in node.value else 'needs'}"
        boards = [board for node in self._list("boards", MAX_BOARDS) for board in self._board(node)]
        around = Surroundings(self.kinds, self.names, self.rule_keys, known_badges)
        rules = []
        for node in self._list("rules", MAX_RULES):
            rule = parse_rule.parse(node, around)
            if rule is not None:
                rules.append(rule)
                self.rule_places[rule.key] = node.pointer
        self._check_boosts(rules)
        self._check_groups(rules)
        if not self.problems.found:  # only what is right can be counted
            self._check_cost(rules)
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
                    self.problems.book(pointer, "duplicate", Sentence("the key {key} is used twice", key=shown(key)))
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
                node.refuse(
                    "missing", Sentence("the field {name} is needed: a season has a first and a last day", name=name)
                )
        if "period" in found:
            found["period"].refuse("not_allowed_here", Sentence("a board with starts_on and ends_on has no period"))
        starts, ends = (found[name].date() if name in found else "" for name in ("starts_on", "ends_on"))
        if starts and ends and ends < starts:
            found["ends_on"].refuse("out_of_range", Sentence("a season ends on its first day at the earliest"))
        return starts, ends

    def _check_boosts(self, rules: list[CompiledRule]) -> None:
        by_key = {rule.key: rule for rule in rules}
        for boost in rules:
            named = boost.terms.of if isinstance(boost.terms, Boost) else None
            for other in [by_key[key] for key in sorted(named or ()) if key in by_key]:
                if other.form != SINGLE:
                    detail = Sentence(
                        "{rule} is a {form}; boosts are for rules on single facts", rule=other.key, form=other.form
                    )
                elif other.earns != boost.earns:
                    detail = Sentence(
                        "{rule} pays the {one}, this boost the {other}",
                        rule=other.key,
                        one=other.earns,
                        other=boost.earns,
                    )
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
                detail = Sentence(
                    "rules of the group {group} stack alike, and boosts only with boosts; see {rule}",
                    group=rule.group,
                    rule=other.key,
                )
                self.problems.book(f"{self.rule_places[rule.key]}/stacks", "not_allowed_here", detail)

    def _check_cost(self, rules: list[CompiledRule]) -> None:
        """Refuses what an activity or the examples would take too long for, and what would make standings too large."""
        looks: dict[str, list[int]] = {}
        for rule in rules:
            for kind in rule.kinds or ("",):  # a clock strikes for all rules by the clock at once
                counted = looks.setdefault(kind, [0, 0, 0])
                counted[0] += rule.looks
                counted[1] += rule.form == SINGLE
                counted[2] += rule.form == BOOST
        for kind, (plain, singles, boosts) in sorted(looks.items()):
            if plain + singles * boosts > MAX_LOOKS:
                detail = Sentence(
                    "the rules on {kind} together look at {found} things each time; at most {most}",
                    kind=kind or "clock",
                    found=plain + singles * boosts,
                    most=MAX_LOOKS,
                )
                self.problems.book("/rules", "too_costly", detail)
        remembered = sum(rule.terms.levels.at[-1] for rule in rules if isinstance(rule.terms, Diversity))
        if remembered > diversity.MOST_TOGETHER:
            detail = Sentence(
                "the rules on different people or things remember {found} of them together; at most {most}",
                found=remembered,
                most=diversity.MOST_TOGETHER,
            )
            self.problems.book("/rules", "too_costly", detail)
        tried = sum(examples.facts_of(rule.document) for rule in rules)
        if tried > MAX_EXAMPLE_FACTS:
            detail = Sentence(
                "the examples together try {found} activities; at most {most}", found=tried, most=MAX_EXAMPLE_FACTS
            )
            self.problems.book("/rules", "too_costly", detail)

    def _compounds(self, known: Mapping[str, Badge], ladder: Tiers | None) -> list[Badge | Tiers]:
        """Badges with needs and the tiers, each after what it depends on; a cycle is booked."""
        needing = {key: badge.needs for key, badge in sorted(known.items()) if badge.needs}
        graph: dict[str, list[str]] = {}
        for key, needs in needing.items():
            graph[f"badge {key}"] = [f"badge {other}" for one in needs for other in one.badges if other in needing]
            if ladder is not None and any(one.tier is not None for one in needs):
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
            detail = Sentence("these need each other: {chain}", chain=" -> ".join(reversed(nodes)))
            self.problems.book(self.badge_places[badge], "cycle", detail)
            return []
        return [ladder if name == _TIERS and ladder else known[name.removeprefix("badge ")] for name in order]
