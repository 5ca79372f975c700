"""One step: a standing before and after, with the effects and decisions that gather on the way.

What was given is taken in here; then badges, tiers and compounds, each after what it depends on. What gives is beside:
`consideration` for a fact, `strikes` for a clock, `reserved` for Setia's own facts. Nothing here passes time or changes
the rulebook in force: `fold` does, and reads `due` to know when to.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from rules_engine import badges, lots, scores, tiers
from rules_engine.amounts import Bucket
from rules_engine.answers import Answers, Ask
from rules_engine.days import Day, Zone
from rules_engine.effects import GIVEN, REFUSED, Decision, Effect
from rules_engine.facts import Fact
from rules_engine.lots import NEVER
from rules_engine.rules import CompiledRule, Rulebook
from rules_engine.standing import PERSON, Standing
from rules_engine.tiers import Tiers


class Step:
    """One rulebook at work on one standing; effects and decisions gather as facts are considered and time passes."""

    def __init__(
        self, rulebook: Rulebook, standing: Standing, community_zone: Zone, answers: Answers, *, keep: bool
    ) -> None:
        self.rulebook = rulebook
        self.zone = community_zone
        self.standing = standing
        self.answers = answers
        self.keep = keep
        self.asks: list[Ask] = []
        self.effects: list[Effect] = []
        self.decisions: list[Decision] = []
        self.times: dict[str, int] = {}
        self.due = NEVER
        """The next instant at which time alone changes the standing."""
        self.plan()

    def take_in(self, gains: dict[Bucket, int], won: list[tuple[str, int]], at: int, day: Day) -> None:
        """Adds what a step gave to the standing, then settles what depends on it."""
        standing, rulebook = self.standing, self.rulebook
        moved = False
        for (currency, expires_at, matures_at), amount in gains.items():
            lots.deposit(standing, currency, expires_at, matures_at, amount, at)
            if expires_at is not None and expires_at < self.due:
                self.due = expires_at
            before = standing.earned.get(currency, 0)
            scores.earn(standing, currency, amount, at, day)
            thresholds = rulebook.thresholds.get(currency)
            if thresholds and bisect_right(thresholds, before) != bisect_right(thresholds, before + amount):
                moved = True
            if rulebook.tiers is not None and rulebook.tiers.currency == currency:
                moved = tiers.rise(rulebook.tiers, standing, self.zone, day, at) or moved
        for badge, level in won:
            moved = badges.award(standing, badge, level, at) or moved
        if moved:
            self.settle(at, day)

    def settle(self, at: int, day: Day, adopting: bool = False) -> None:
        """Brings badges with needs and the tier up to date, each after what it depends on."""
        rulebook = self.rulebook
        if self.standing.role != PERSON:
            return
        for compound in rulebook.compounds:
            if not isinstance(compound, Tiers):
                badges.settle(self.standing, compound, rulebook.tier_keys, at)
            elif adopting:
                tiers.adopt(compound, self.standing, self.zone, day, at)
            else:
                tiers.rise(compound, self.standing, self.zone, day, at)
        self.plan()

    def plan(self) -> None:
        """Finds `due` anew, after something other than a gain of points has moved it."""
        due = self.standing.next_due_at()
        self.due = NEVER if due is None else due

    def refuse(self, rule: CompiledRule, fact: Fact, code: str, path: str | None, found: object) -> None:
        """Records that the rule gives nothing for the fact."""
        self.book_refusal(rule.key, fact.id, code, path, fact.id, fact.at, found)

    def book_refusal(
        self, rule: str, occasion: str, code: str, path: str | None, fact: str | None, at: int, found: object
    ) -> None:
        """Records that a rule gives nothing on an occasion: the code, the place within the rule, what was found."""
        self.decisions.append(Decision(rule, occasion, REFUSED, code, path, [], fact, at, found))

    def gave(self, rule: str) -> None:
        """Counts that the rule gave, or what Setia itself gives under a word of its own."""
        self.times[rule] = self.times.get(rule, 0) + 1

    def decide(self, rule: str, occasion: str, fact: str | None, at: int, given: list[dict[str, Any]]) -> None:
        """Records what a rule gives on an occasion."""
        self.decisions.append(Decision(rule, occasion, GIVEN, None, None, given, fact, at))

    def note(self, word: str, fact: Fact, given: dict[str, Any], reason: str | None = None) -> None:
        """Records what a fact of Setia's own did, for people to read, with the reason that somebody wrote."""
        if self.keep:
            self.decisions.append(Decision(word, fact.id, GIVEN, None, None, [given], fact.id, fact.at, reason))
