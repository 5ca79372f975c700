"""One step: a fact, the rules on its kind, and a standing before and after.

Conditions read the standing before the step; then limits in times, stacking, boosts, limits in points, counters; then
badges, tiers and compounds, each after what it depends on. Rules are taken in the order of their keys. Nothing here
passes time or changes the rulebook in force: `fold` does, and reads `due` to know when to.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from rules_engine import badges, limits, lots, streaks, tiers
from rules_engine.amounts import MAX_POINTS, Bucket
from rules_engine.days import Day, Zone, zone
from rules_engine.effects import GIVEN, ISSUANCE, MEMBER, REFUSED, Decision, Effect
from rules_engine.facts import Fact
from rules_engine.lots import NEVER
from rules_engine.rules import BOOST, COUNT, FIRST, SINGLE, SUM, CompiledRule, Considered, Rulebook
from rules_engine.standing import PERSON, Standing
from rules_engine.tiers import Tiers

_FREES_NO_LIMIT = ("author", "counterparty")


class Step:
    """The rules of one rulebook at work on one standing; effects and decisions gather as facts are considered."""

    def __init__(self, rulebook: Rulebook, standing: Standing, community_zone: Zone, *, keep: bool) -> None:
        self.rulebook = rulebook
        self.zone = community_zone
        self.standing = standing
        self.keep = keep
        self.effects: list[Effect] = []
        self.decisions: list[Decision] = []
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
        if standing.role != PERSON or fact.actor == fact.beneficiary:
            if self.keep:
                code = "staff" if standing.role != PERSON else "same_person"
                for rule in considered.rules:
                    self._refuse(rule, fact, code, None, None)
            return
        taken = []
        for rule in considered.rules:
            if rule.active is not None and not rule.active.holds(at, day):
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
            boosts = [rule for rule in taken if rule.form == BOOST] if considered.boosted else []
            self._give_all(fact, day, taken, boosts, counterparty)

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
        self, fact: Fact, day: Day, taken: list[CompiledRule], boosts: list[CompiledRule], counterparty: str | None
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
                for boost in boosts:
                    if rule.key in boost.boosts:
                        percent += boost.percent - 100
                points = self._give(rule, fact.id, fact.at, fact, percent, counterparty, gains, won)
                if points < 0:
                    continue
                for limit in rule.times:
                    limits.use(limit, windows, counterparty, 1)
                if points and percent != 100:
                    boosted.add(rule.key)
                continue
            for limit in rule.times:
                limits.use(limit, windows, counterparty, 1)
            ordinal = self._advance(rule, fact)
            if ordinal is not None:
                standing.levels[rule.key] = ordinal
                self._give(rule, f"{rule.key}@{ordinal}", fact.at, fact, 100, counterparty, gains, won)
        for boost in boosts:
            if boost.boosts.isdisjoint(boosted):
                if self.keep:
                    self._refuse(boost, fact, "nothing_to_boost", "/boost/of", None)
                continue
            for limit in boost.times:
                limits.use(limit, windows, counterparty, 1)
            if self.keep:
                self._decide(boost.key, fact.id, fact.id, fact.at, [{"boost": boost.percent}])
        self.take_in(gains, won, fact.at, day)

    def _advance(self, rule: CompiledRule, fact: Fact) -> str | None:
        """Counts a fact for a count or streak rule; the ordinal of what it reaches now, if it reaches something."""
        standing = self.standing
        if rule.form == COUNT:
            assert rule.levels is not None
            have = standing.counts[rule.key] = standing.counts.get(rule.key, 0) + 1
            ordinal = f"{have:010}"
            need, hit = rule.levels.after(have - 1), rule.levels.has(have)
        else:
            name = streaks.zone_name(standing, self.zone.name, fact.at)
            new = streaks.extend(standing, rule.key, zone(name).day(fact.at))
            have, ordinal = standing.streaks[rule.key][streaks.LENGTH], streaks.ordinal(standing, rule.key)
            need = -(-have // rule.streak_days) * rule.streak_days
            hit = new and have == need
        if hit and ordinal > standing.levels.get(rule.key, ""):
            return ordinal
        if self.keep:
            self._refuse(rule, fact, "not_yet", f"/{rule.form}", {"have": have, "need": need})
        return None

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
        given: list[dict[str, Any]] = []
        for item in rule.points:
            amount = item.base if item.per is None else item.amount(fact)
            if percent != 100:
                amount = min(amount * percent // 100, MAX_POINTS)
            for cap in rule.caps:
                left = limits.room(cap, self.standing.windows, counterparty) - total
                if left < amount:
                    amount, clipped = max(left, 0), cap.path
            if amount <= 0:
                continue
            total += amount
            self.effects.append(
                Effect(rule.key, occasion, item.effect, item.currency, ISSUANCE, MEMBER, amount, at, evidence)
            )
            bucket = item.plain or item.bucket(at, self.zone)
            gains[bucket] = gains.get(bucket, 0) + amount
            if self.keep:
                given.append({"points": amount, "currency": item.currency})
        new_badges = [award for award in rule.badges if not badges.holds(self.standing, *award)]
        if not total and not new_badges:
            if self.keep:
                code = "limit_reached" if clipped else "already_held" if rule.badges else "nothing_to_give"
                self._book_refusal(rule.key, occasion, code, clipped or "/gives", evidence, at, None)
            return -1
        won += new_badges
        for cap in rule.caps:
            limits.use(cap, self.standing.windows, counterparty, total)
        if self.keep:
            given += [badges.said(*award) for award in new_badges]
            self._decide(rule.key, occasion, evidence, at, given)
        return total

    def catch_up(self, rule: CompiledRule, at: int, gains: dict[Bucket, int], won: list[tuple[str, int]]) -> None:
        """Gives the levels of a count rule that were passed before the rulebook had them."""
        assert rule.levels is not None
        have = self.standing.counts.get(rule.key, 0)
        last = self.standing.levels.get(rule.key, "0")
        level = rule.levels.after(int(last)) if last.isdecimal() else None
        while level is not None and level <= have:
            ordinal = f"{level:010}"
            self.standing.levels[rule.key] = ordinal
            self._give(rule, f"{rule.key}@{ordinal}", at, None, 100, None, gains, won)
            level = rule.levels.after(level)

    def take_in(self, gains: dict[Bucket, int], won: list[tuple[str, int]], at: int, day: Day) -> None:
        """Adds what a step gave to the standing, then settles what depends on it."""
        standing, rulebook = self.standing, self.rulebook
        moved = False
        for (currency, expires_at, matures_at), amount in gains.items():
            lots.deposit(standing, currency, expires_at, matures_at, amount, at)
            if expires_at is not None and expires_at < self.due:
                self.due = expires_at
            before = standing.earned.get(currency, 0)
            _score(standing, currency, before, amount, at, day)
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

    def _decide(self, rule: str, occasion: str, fact: str | None, at: int, given: list[dict[str, Any]]) -> None:
        self.decisions.append(Decision(rule, occasion, GIVEN, None, None, given, fact, at))

    def note(self, word: str, fact: Fact, given: dict[str, Any]) -> None:
        """Records what a fact of Setia's own did, for people to read."""
        if self.keep:
            self._decide(word, fact.id, fact.id, fact.at, [given])


def _worth(rule: CompiledRule, fact: Fact) -> int:
    return rule.percent if rule.form == BOOST else sum(item.amount(fact) for item in rule.points)


def _found(rule: CompiledRule, path: str, fact: Fact, standing: Standing) -> object:
    """What the failing condition compared, as a value that later steps cannot change."""
    read = rule.reads.get(path)
    found = read(fact, standing) if read is not None else None
    return sorted(found) if isinstance(found, dict) else list(found) if isinstance(found, list) else found


def _score(standing: Standing, currency: str, before: int, amount: int, at: int, day: Day) -> None:
    """Adds earned points to the lifetime and to every window; a window that has closed starts again."""
    standing.earned[currency] = before + amount
    scores = standing.scores.get(currency)
    if scores is None:
        scores = standing.scores[currency] = {
            "all": ["all", 0, at],
            "month": [day.month, 0, at],
            "week": [day.week, 0, at],
            "day": [day.label, 0, at],
        }
        standing.tallies[currency] = {"quarter": [day.quarter, 0], "year": [day.year, 0]}
    tallies = standing.tallies[currency]
    if day.label > scores["day"][0]:
        scores["day"] = [day.label, 0, at]
        if day.week > scores["week"][0]:
            scores["week"] = [day.week, 0, at]
        if day.month > scores["month"][0]:
            scores["month"] = [day.month, 0, at]
            if day.quarter > tallies["quarter"][0]:
                tallies["quarter"] = [day.quarter, 0]
            if day.year > tallies["year"][0]:
                tallies["year"] = [day.year, 0]
    for window in scores.values():
        window[1] += amount
        window[2] = at
    tallies["quarter"][1] += amount
    tallies["year"][1] += amount
