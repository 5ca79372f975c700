"""The fold: a member's timeline, in order, under the rulebooks in force, into a standing and the points it wants.

Pure and total: the same eras, standing and facts give the same outcome, and no fact can make it fail. Cutting a
timeline anywhere, storing the standing and going on later ends where one fold from the start ends. Within a step:
conditions (which read the standing before the step), limits in times, stacking, boosts, limits in points, counters,
then badges, tiers and compounds, each after what it depends on. Before a fact, whatever time alone does up to that
instant is done: at one instant points expire, then tiers are judged, then a new era begins.
It knows nothing of what was booked before; that comparison is the caller's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from rules_engine import badges, limits, lots, reserved, streaks, tiers
from rules_engine.amounts import MAX_POINTS, Bucket
from rules_engine.days import Day, Zone, day_after, zone
from rules_engine.effects import EXPIRED, EXPIRY, GIVEN, ISSUANCE, MEMBER, REFUSED, Decision, Effect
from rules_engine.facts import RESERVED, Fact
from rules_engine.lots import NEVER
from rules_engine.rules import BOOST, COUNT, FIRST, SINGLE, SUM, CompiledRule, Considered, Rulebook
from rules_engine.standing import PERSON, Standing
from rules_engine.tiers import Tiers

CHECKPOINT_EVERY = 128
ENGINE_VERSION = 1
"""Raised whenever the same facts under the same rulebook would fold to something else."""

_FREES_NO_LIMIT = ("author", "counterparty")


class Era(NamedTuple):
    """A rulebook in force, with the community's zone, from an instant until the next era."""

    starts_at: int
    rulebook: Rulebook
    zone: str


class Outcome:
    """What a stretch of the timeline came to.

    `effects`: every transfer of points it wants, in order. `decisions`: what each rule said on each fact, if kept.
    `checkpoints`: (slot, at, key, dumped standing) after every 128th fact, slot = trailing zeros of count / 128.
    """

    __slots__ = ("checkpoints", "decisions", "effects", "standing")

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.effects: list[Effect] = []
        self.decisions: list[Decision] = []
        self.checkpoints: list[tuple[int, int, str, str]] = []


def fold(
    eras: Sequence[Era],
    member: str,
    standing: Standing,
    facts: Sequence[Fact],
    as_of: int,
    *,
    keep_decisions: bool = True,
) -> Outcome:
    """Folds facts, sorted by (at, key) and all after the standing's position, into the standing, which it changes.

    `eras` are all eras of the community in order. Facts after `as_of` do not occur; what is due by `as_of` is done.
    """
    return Walk(eras, member, standing, keep_decisions).walk(facts, as_of)


def reached(standing: Standing) -> dict[str, str]:
    """The greatest ordinal decided so far, for every rule or word that decides on other occasions than facts.

    Whatever a fold decides after this standing has a greater one. Kept for rules that are no longer in the rulebook.
    """
    return dict(standing.levels)


class Walk:
    """One fold on its way: the outcome so far, the era that governs, and when time next does something by itself."""

    def __init__(self, eras: Sequence[Era], member: str, standing: Standing, keep: bool) -> None:
        self.eras = eras
        self.member = member
        self.standing = standing
        self.keep = keep
        self.outcome = Outcome(standing)
        self.effects = self.outcome.effects
        self.rulebook: Rulebook | None = None
        self.zone: Zone = zone(eras[0].zone if eras else "UTC")
        self.era = -1
        while self.era + 1 < len(eras) and eras[self.era + 1].starts_at <= standing.era:
            self.era += 1
        if self.era >= 0:
            self._govern(self.era)
        self.due = NEVER
        self.plan()

    def walk(self, facts: Sequence[Fact], as_of: int) -> Outcome:
        """Folds the facts up to `as_of`, then does what is due by then."""
        standing, member = self.standing, self.member
        folded = False
        for fact in facts:
            at = fact.at
            if at > as_of:
                break
            if at >= self.due:
                self.pass_time(at)
            if fact.kind in RESERVED:
                if fact.actor == member and fact.undone_by is None:
                    reserved.apply(self, fact)
            elif self.rulebook is not None:
                if fact.actor == member:
                    considered = self.rulebook.for_actor.get(fact.kind)
                    if considered is not None:
                        self.consider(fact, considered, fact.beneficiary)
                if fact.beneficiary == member:
                    considered = self.rulebook.for_beneficiary.get(fact.kind)
                    if considered is not None:
                        self.consider(fact, considered, fact.actor)
            folded = True
            standing.at, standing.key = at, fact.key
            standing.count += 1
            if not standing.count % CHECKPOINT_EVERY:
                number = standing.count // CHECKPOINT_EVERY
                standing.through = at
                slot = (number & -number).bit_length() - 1
                self.outcome.checkpoints.append((slot, at, fact.key, standing.dump()))
        if as_of >= self.due:
            self.pass_time(as_of)
        standing.through = as_of if folded else max(standing.through, as_of)
        return self.outcome

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
        self._take_in(gains, won, fact.at, day)

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
            given.append({"points": amount, "currency": item.currency})
        for badge, level in rule.badges:
            held = self.standing.badges.get(badge)
            if held is None or held[0] < level:
                won.append((badge, level))
                given.append({"badge": badge} if level == 1 else {"badge": badge, "level": level})
        if not given:
            if self.keep:
                code = "limit_reached" if clipped else "already_held" if rule.badges else "nothing_to_give"
                self._book_refusal(rule.key, occasion, code, clipped or "/gives", evidence, at, None)
            return -1
        for cap in rule.caps:
            limits.use(cap, self.standing.windows, counterparty, total)
        if self.keep:
            self._decide(rule.key, occasion, evidence, at, given)
        return total

    def _take_in(self, gains: dict[Bucket, int], won: list[tuple[str, int]], at: int, day: Day) -> None:
        """Adds what a step gave to the standing, then settles what depends on it."""
        standing, rulebook = self.standing, self.rulebook
        assert rulebook is not None
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
        if rulebook is None or self.standing.role != PERSON:
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
        """Finds the next instant at which time alone does something."""
        due = self.standing.next_due_at()
        following = self.eras[self.era + 1].starts_at if self.era + 1 < len(self.eras) else NEVER
        self.due = following if due is None else min(due, following)

    def pass_time(self, until: int) -> None:
        """Does what time alone does up to and including the instant."""
        standing = self.standing
        while self.due <= until:
            at = self.due
            for currency in sorted(standing.lots):
                self._expire(currency, at)
            due = [instant for instant in standing.tier[tiers.JUDGED : tiers.FALLS_TO] if instant is not None]
            if due and min(due) <= at:
                self._judge(at)
            if self.era + 1 < len(self.eras) and self.eras[self.era + 1].starts_at <= at:
                self._enter_era(at)
            self.plan()

    def _judge(self, at: int) -> None:
        assert self.rulebook is not None
        assert self.rulebook.tiers is not None, "only tiers in force leave something due"
        tiers.pass_time(self.rulebook.tiers, self.standing, self.zone, at)
        self.standing.stepped_at = at
        self.settle(at, self.zone.day(at))

    def _expire(self, currency: str, at: int) -> None:
        amount = lots.expire(self.standing, currency, at)
        if not amount:
            return
        word = f"{EXPIRY}:{currency}"
        ordinal, last = self.zone.day(at).label, self.standing.levels.get(word)
        if last is not None and ordinal <= last:  # after a change of zone, two midnights may share a date
            ordinal = day_after(last)
        self.standing.levels[word] = ordinal
        self.standing.stepped_at = at
        self.effects.append(
            Effect(EXPIRY, f"{word}@{ordinal}", f"points:{currency}", currency, MEMBER, EXPIRED, amount, at, None)
        )

    def _govern(self, index: int) -> None:
        self.era = index
        self.rulebook = self.eras[index].rulebook
        self.zone = zone(self.eras[index].zone)

    def _enter_era(self, at: int) -> None:
        """The next rulebook comes into force: its thresholds, badges and tiers are looked at once."""
        standing = self.standing
        index = self.era + 1
        while index + 1 < len(self.eras) and self.eras[index + 1].starts_at <= self.eras[index].starts_at:
            index += 1
        self._forget_changed(self.eras[: self.era + 1], self.eras[index].rulebook)
        self._govern(index)
        standing.era = self.eras[index].starts_at
        standing.stepped_at = at
        rulebook = self.eras[index].rulebook
        day = self.zone.day(at)
        limits.roll(standing.windows, day)
        if rulebook.tiers is None or standing.role != PERSON:
            standing.tier = [None, None, None, None, None]
        if standing.role != PERSON:
            return
        gains: dict[Bucket, int] = {}
        won: list[tuple[str, int]] = []
        for rule in rulebook.counting:
            self._catch_up(rule, at, gains, won)
        self._take_in(gains, won, at, day)
        self.settle(at, day, adopting=True)

    def _catch_up(self, rule: CompiledRule, at: int, gains: dict[Bucket, int], won: list[tuple[str, int]]) -> None:
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

    def _forget_changed(self, past: Sequence[Era], rulebook: Rulebook) -> None:
        """Drops what is remembered for rules whose shape is another now than when it was last in force."""
        standing = self.standing
        remembered = {*standing.counts, *standing.streaks, *limits.rules_in(standing.windows)}
        for key in sorted(remembered):
            rule = rulebook.rule(key)
            if rule is None:
                continue
            earlier = next((old for era in reversed(past) if (old := era.rulebook.rule(key)) is not None), None)
            if earlier is None or earlier.shape != rule.shape:
                standing.counts.pop(key, None)
                standing.streaks.pop(key, None)
                limits.forget(standing.windows, key)

    def _refuse(self, rule: CompiledRule, fact: Fact, code: str, path: str | None, found: object) -> None:
        self._book_refusal(rule.key, fact.id, code, path, fact.id, fact.at, found)

    def _book_refusal(
        self, rule: str, occasion: str, code: str, path: str | None, fact: str | None, at: int, found: object
    ) -> None:
        self.outcome.decisions.append(Decision(rule, occasion, REFUSED, code, path, [], fact, at, found))

    def _decide(self, rule: str, occasion: str, fact: str | None, at: int, given: list[dict[str, Any]]) -> None:
        self.outcome.decisions.append(Decision(rule, occasion, GIVEN, None, None, given, fact, at))

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
