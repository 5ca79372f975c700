"""One step: a fact, the rules on its kind, and a standing before and after.

Conditions read the standing before the step; then limits in times, stacking, boosts, limits in points, counters; then
badges, tiers and compounds, each after what it depends on. Rules are taken in the order of their keys. Nothing here
passes time or changes the rulebook in force: `fold` does, and reads `due` to know when to.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from rules_engine import badges, limits, lots, scores, tiers
from rules_engine.amounts import MAX_POINTS, Bucket, Points
from rules_engine.answers import Answers, Ask
from rules_engine.boosts import Boost
from rules_engine.clocks import Clock, moment
from rules_engine.conduct import Conduct
from rules_engine.counts import Count
from rules_engine.days import Day, Zone
from rules_engine.diversity import Diversity
from rules_engine.effects import GIVEN, ISSUANCE, MEMBER, REFUSED, Decision, Effect
from rules_engine.facts import Fact
from rules_engine.forms import BOOST, SINGLE
from rules_engine.lots import NEVER
from rules_engine.rules import FIRST, SUM, CompiledRule, Considered, Rulebook
from rules_engine.standing import PERSON, Standing
from rules_engine.terms import Advance, Turn
from rules_engine.tiers import Tiers

_FREES_NO_LIMIT = ("author", "counterparty")


class Step:
    """The rules of one rulebook at work on one standing; effects and decisions gather as facts are considered."""

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

    def consider(self, fact: Fact, considered: Considered, counterparty: str | None) -> None:
        """One step: every rule on this kind of fact that the member could earn by."""
        standing, at = self.standing, fact.at
        day = self.zone.day(at)
        windows = standing.windows
        if day.label > windows["day"][0]:
            limits.roll(windows, day)
        if standing.paused_until is not None and self._is_paused(fact, considered):
            return
        if standing.role != PERSON or fact.actor == fact.beneficiary or fact.id in self.answers.withheld:
            if self.keep:
                code = "staff" if standing.role != PERSON else "withheld"
                for rule in considered.rules:
                    self._refuse(rule, fact, "same_person" if fact.actor == fact.beneficiary else code, None, None)
            return
        taken = []
        for rule in considered.rules:
            if rule.active is not None and not rule.active.holds(at, day, self.zone):
                if self.keep:
                    self._refuse(rule, fact, "outside_window", "/active", day.label)
                continue
            if rule.check is not None:
                path = rule.check(fact, standing)
                if path is not None:
                    if self.keep:
                        self._refuse(rule, fact, "condition_failed", path, _found(rule, path, fact, standing))
                    continue
            for limit in rule.times:
                if limits.room(limit, windows, counterparty) <= 0:
                    if self.keep:
                        self._refuse(rule, fact, "limit_reached", limit.path, limit.most)
                    break
            else:
                if fact.undone_by is not None and fact.undone_by in rule.undone_by:
                    if fact.undone_by in _FREES_NO_LIMIT and rule.form != BOOST:
                        for limit in rule.times:
                            limits.use(limit, windows, counterparty, 1)
                    if self.keep:
                        self._refuse(rule, fact, "undone", "/undone_by", fact.undone_by)
                else:
                    taken.append(rule)
        if taken:
            if considered.contested:
                taken = self._stack(fact, taken)
            boosts: list[tuple[CompiledRule, Boost]] = []
            if considered.boosted:
                boosts = [(rule, rule.terms) for rule in taken if isinstance(rule.terms, Boost)]
            self._give_all(fact, day, taken, boosts, counterparty)

    def _is_paused(self, fact: Fact, considered: Considered) -> bool:
        """Whether earning is paused at the fact, which every rule then refuses; rules of conduct go on."""
        until = self.standing.paused_until
        if until is not None and fact.at >= until:
            self.standing.paused_until = None
            return False
        if considered.conduct:
            return False
        if self.keep:
            for rule in considered.rules:
                self._refuse(rule, fact, "paused", None, until)
        return True

    def _stack(self, fact: Fact, taken: list[CompiledRule]) -> list[CompiledRule]:
        """Of rivals in one group, the one that gives most (or comes first by key); the others are out."""
        winners: dict[str, CompiledRule] = {}
        for rule in taken:  # in the order of keys, so the first of equals stays
            if rule.group is None or rule.by == SUM:
                continue
            best = winners.get(rule.group)
            if best is None or (rule.by != FIRST and _worth(rule, fact) > _worth(best, fact)):
                winners[rule.group] = rule
        kept = []
        for rule in taken:
            if rule.group is not None and rule.by != SUM and winners[rule.group] is not rule:
                if self.keep:
                    self._refuse(rule, fact, "outstacked", "/stacks", winners[rule.group].key)
            else:
                kept.append(rule)
        return kept

    def _give_all(
        self,
        fact: Fact,
        day: Day,
        taken: list[CompiledRule],
        boosts: list[tuple[CompiledRule, Boost]],
        counterparty: str | None,
    ) -> None:
        standing, windows = self.standing, self.standing.windows
        gains: dict[Bucket, int] = {}
        won: list[tuple[str, int]] = []
        boosted: set[str] = set()
        for rule in taken:
            if rule.form == BOOST:
                continue
            if rule.form == SINGLE:
                percent = 100
                for _, boost in boosts:
                    if boost.of is None or rule.key in boost.of:
                        percent += boost.percent - 100
                points = self._give(rule, fact.id, fact.at, fact, percent, counterparty, gains, won)
                if points < 0:
                    continue
                for limit in rule.times:
                    limits.use(limit, windows, counterparty, 1)
                if points and percent != 100:
                    boosted.add(rule.key)
                continue
            if isinstance(rule.terms, Conduct):
                self._sanction(rule, rule.terms, fact, day)
                continue
            for limit in rule.times:
                limits.use(limit, windows, counterparty, 1)
            ordinal = self._advance(rule, fact, day, counterparty)
            if ordinal is not None:
                standing.levels[rule.key] = ordinal
                self._give(rule, f"{rule.key}@{ordinal}", fact.at, fact, 100, counterparty, gains, won)
        for rule, boost in boosts:
            if not (boosted if boost.of is None else boosted & boost.of):
                if self.keep:
                    self._refuse(rule, fact, "nothing_to_boost", "/boost/of", None)
                continue
            for limit in rule.times:
                limits.use(limit, windows, counterparty, 1)
            self._gave(rule)
            if self.keep:
                self._decide(rule.key, fact.id, fact.id, fact.at, [{"boost": boost.percent}])
        self.take_in(gains, won, fact.at, day)

    def _advance(self, rule: CompiledRule, fact: Fact, day: Day, counterparty: str | None) -> str | None:
        """Counts a fact for a rule that counts them; the ordinal of what it reaches now, if it reaches something."""
        assert rule.terms is not None
        assert not isinstance(rule.terms, (Boost, Clock, Conduct)), "these count no facts"
        came = rule.terms.advance(self.standing, Turn(rule.key, fact, day, self.zone, counterparty))
        if came.ordinal is None:
            if self.keep:
                self._refuse(rule, fact, came.code or "not_yet", came.path, _looked_at(rule, came, fact, self.standing))
            return None
        if came.ordinal <= self.standing.levels.get(rule.key, ""):
            if self.keep:
                self._refuse(rule, fact, "given_before", f"/{rule.form}", None)
            return None
        return came.ordinal

    def _sanction(self, rule: CompiledRule, conduct: Conduct, fact: Fact, day: Day) -> None:
        """Has a confirmed breach its consequences."""
        effects, did = conduct.carry_out(self.standing, rule.key, fact, day)
        self.effects += effects
        self._gave(rule)
        if self.keep:
            self._decide(rule.key, fact.id, fact.id, fact.at, did)
        self.settle(fact.at, day)

    def begin(self, at: int) -> None:
        """The member's first activity: from here on clocks run."""
        self.standing.first_at = at
        self.wind(at)

    def wind(self, since: int) -> None:
        """Finds the first instant at or after `since` at which a rule by the clock strikes."""
        standing, first_at = self.standing, self.standing.first_at
        standing.clock_at = None
        if first_at is not None and self.rulebook.clocks:
            strikes = [
                at
                for rule in self.rulebook.clocks
                if isinstance(rule.terms, Clock) and (at := rule.terms.next(first_at, since, self.zone)) is not None
            ]
            standing.clock_at = min(strikes, default=None)
        self.plan()

    def strike(self, at: int) -> None:
        """The clock strikes: every rule whose instant this is gives, if its conditions hold."""
        standing, day, fact = self.standing, self.zone.day(at), moment(at)
        assert standing.first_at is not None, "no clock runs before the first activity"
        limits.roll(standing.windows, day)
        standing.stepped_at = at
        gains: dict[Bucket, int] = {}
        won: list[tuple[str, int]] = []
        for rule in self.rulebook.clocks:
            assert isinstance(rule.terms, Clock)
            last = standing.levels.get(rule.key)
            if rule.terms.next(standing.first_at, at, self.zone) != at or (last is not None and day.label <= last):
                continue  # not now, or given on this date already, in the zone that was the community's before
            occasion = f"{rule.key}@{day.label}"
            refusal = self._why_silent(rule, at, day, fact)
            if refusal is None:
                standing.levels[rule.key] = day.label
                self._give(rule, occasion, at, None, 100, None, gains, won)
            elif self.keep:
                self._book_refusal(rule.key, occasion, *refusal[:2], None, at, refusal[2])
        self.take_in(gains, won, at, day)
        self.wind(at + 1)

    def _why_silent(self, rule: CompiledRule, at: int, day: Day, fact: Fact) -> tuple[str, str | None, object] | None:
        """Why a clock that strikes gives nothing: a code, the place within the rule and what was found there."""
        standing = self.standing
        if standing.role != PERSON:
            return "staff", None, None
        if standing.paused_until is not None and at < standing.paused_until:
            return "paused", None, standing.paused_until
        if rule.active is not None and not rule.active.holds(at, day, self.zone):
            return "outside_window", "/active", day.label
        path = rule.check(fact, standing) if rule.check is not None else None
        return None if path is None else ("condition_failed", path, _found(rule, path, fact, standing))

    def _give(
        self,
        rule: CompiledRule,
        occasion: str,
        at: int,
        fact: Fact | None,
        percent: int,
        counterparty: str | None,
        gains: dict[Bucket, int],
        won: list[tuple[str, int]],
    ) -> int:
        """Wants what the rule gives, clipped by its limits in points. The points given; -1 if there was nothing."""
        total = 0
        clipped: str | None = None
        evidence = fact.id if fact is not None else None
        amounts: list[tuple[Points, int]] = []
        for item in rule.points:
            amount = item.base if item.per is None else item.amount(fact)
            if percent != 100:
                amount = min(amount * percent // 100, MAX_POINTS)
            for cap in rule.caps:
                left = limits.room(cap, self.standing.windows, counterparty) - total
                if left < amount:
                    amount, clipped = max(left, 0), cap.path
            if amount > 0:
                total += amount
                amounts.append((item, amount))
        new_badges = [award for award in rule.badges if badges.can_win(self.standing, *award)]
        if not total and not new_badges:
            if self.keep:
                code = "limit_reached" if clipped else badges.why_not(self.standing, rule.badges)
                self._book_refusal(rule.key, occasion, code, clipped or "/gives", evidence, at, None)
            return -1
        if rule.budgets and not self._granted(rule, occasion, at, fact, total):
            return -1
        for item, amount in amounts:
            self.effects.append(
                Effect(rule.key, occasion, item.effect, item.currency, ISSUANCE, MEMBER, amount, at, evidence)
            )
            bucket = item.plain or item.bucket(at, self.zone)
            gains[bucket] = gains.get(bucket, 0) + amount
        won += new_badges
        self._gave(rule)
        for cap in rule.caps:
            limits.use(cap, self.standing.windows, counterparty, total)
        if self.keep:
            given: list[dict[str, Any]] = [{"points": amount, "currency": item.currency} for item, amount in amounts]
            given += [badges.said(*award) for award in new_badges]
            self._decide(rule.key, occasion, evidence, at, given)
        return total

    def _granted(self, rule: CompiledRule, occasion: str, at: int, fact: Fact | None, points: int) -> bool:
        """Whether the budgets of everyone together have room, as far as is known: what is not answered yet is asked."""
        day = self.zone.day(at)
        parts = tuple(limits.part(budget, day, points) for budget in rule.budgets)
        answered = self.answers.to(rule.key, occasion, parts)
        self.asks.append(Ask(rule.key, occasion, at, fact.key if fact is not None else "", parts, answered))
        if answered is False and self.keep:
            evidence = fact.id if fact is not None else None
            self._book_refusal(rule.key, occasion, "budget_spent", rule.budgets[0].path, evidence, at, None)
        return answered is not False

    def catch_up(
        self, rule: CompiledRule, at: int, day: Day, gains: dict[Bucket, int], won: list[tuple[str, int]]
    ) -> None:
        """Gives the levels that were passed before the rulebook had them."""
        assert isinstance(rule.terms, (Count, Diversity))
        for ordinal in [*rule.terms.passed(self.standing, rule.key, day)]:
            self.standing.levels[rule.key] = ordinal
            self._give(rule, f"{rule.key}@{ordinal}", at, None, 100, None, gains, won)

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

    def _refuse(self, rule: CompiledRule, fact: Fact, code: str, path: str | None, found: object) -> None:
        self._book_refusal(rule.key, fact.id, code, path, fact.id, fact.at, found)

    def _book_refusal(
        self, rule: str, occasion: str, code: str, path: str | None, fact: str | None, at: int, found: object
    ) -> None:
        self.decisions.append(Decision(rule, occasion, REFUSED, code, path, [], fact, at, found))

    def _gave(self, rule: CompiledRule) -> None:
        self.times[rule.key] = self.times.get(rule.key, 0) + 1

    def _decide(self, rule: str, occasion: str, fact: str | None, at: int, given: list[dict[str, Any]]) -> None:
        self.decisions.append(Decision(rule, occasion, GIVEN, None, None, given, fact, at))

    def note(self, word: str, fact: Fact, given: dict[str, Any], reason: str | None = None) -> None:
        """Records what a fact of Setia's own did, for people to read, with the reason that somebody wrote."""
        if self.keep:
            self.decisions.append(Decision(word, fact.id, GIVEN, None, None, [given], fact.id, fact.at, reason))


def _worth(rule: CompiledRule, fact: Fact) -> int:
    return rule.terms.percent if isinstance(rule.terms, Boost) else sum(item.amount(fact) for item in rule.points)


def _looked_at(rule: CompiledRule, came: Advance, fact: Fact, standing: Standing) -> object:
    """What an advance found, or the condition of a step compared."""
    if came.path is None or came.path not in rule.reads:
        return came.found
    return _found(rule, came.path, fact, standing)


def _found(rule: CompiledRule, path: str, fact: Fact, standing: Standing) -> object:
    """What the failing condition compared, as a value that later steps cannot change."""
    read = rule.reads.get(path)
    found = read(fact, standing) if read is not None else None
    return sorted(found) if isinstance(found, dict) else list(found) if isinstance(found, list) else found
