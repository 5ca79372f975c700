"""The fold: a member's timeline, in order, under the rulebooks in force, into a standing and the points it wants.

Pure and total: the same eras, standing and facts give the same outcome, and no fact can make it fail. Cutting a
timeline anywhere, storing the standing and going on later ends where one fold from the start ends. Before a fact,
whatever time alone does up to that instant is done: at one instant points expire, then tiers are judged, then a new
era begins, then the clock strikes. What a fact does is `consideration`'s; what is booked already, and what of it
differs, is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rules_engine import consideration, giving, limits, lots, reserved, strikes, tiers
from rules_engine.answers import Answers
from rules_engine.days import day_after, zone
from rules_engine.effects import EXPIRED, EXPIRY, MEMBER, Effect
from rules_engine.facts import GAINS_KEPT, HEARD, RESERVED, Fact
from rules_engine.forms import CHALLENGE, COUNT, DIVERSITY, STREAK
from rules_engine.lots import NEVER
from rules_engine.rules import NO_RULEBOOK, Rulebook
from rules_engine.standing import PERSON, Standing
from rules_engine.step import Step

CHECKPOINT_EVERY = 128
ENGINE_VERSION = 1
"""Raised whenever the same facts under the same rulebooks would fold to something else."""


class Era(NamedTuple):
    """A rulebook in force, with the community's zone, from an instant until the next era. `keeps` are the publications
    by which nobody is to lose: what they kept for members counts.
    """

    starts_at: int
    rulebook: Rulebook
    zone: str
    keeps: frozenset[str] = frozenset()


class Outcome:
    """What a stretch of the timeline came to.

    `effects`: every transfer of points it wants, in order. `decisions`: what each rule said on each fact, if kept.
    `asks`: every time that budgets of everyone together were asked, answered or not. `times`: how often each rule gave.
    `checkpoints`: (slot, at, key, dumped standing) after every 128th fact, slot = trailing zeros of count / 128.
    """

    __slots__ = ("asks", "checkpoints", "decisions", "effects", "standing", "times")

    def __init__(self, step: Step) -> None:
        self.standing = step.standing
        self.asks = step.asks
        self.effects = step.effects
        self.decisions = step.decisions
        self.times = step.times
        self.checkpoints: list[tuple[int, int, str, str]] = []


def fold(
    eras: Sequence[Era],
    member: str,
    standing: Standing,
    facts: Sequence[Fact],
    as_of: int,
    answers: Answers | None = None,
    *,
    keep_decisions: bool = True,
) -> Outcome:
    """Folds facts, sorted by (at, key) and all after the standing's position, into the standing, which it changes.

    `eras` are all eras of the community in order. Facts after `as_of` do not occur; what is due by `as_of` is done.
    `answers` is what is on record of the member; what they do not answer is asked in the outcome, as if it was granted.
    """
    return _Walk(eras, standing, answers or Answers(), keep=keep_decisions).walk(member, facts, as_of)


def reached(standing: Standing) -> dict[str, str]:
    """The greatest ordinal decided so far, by the word that the occasions begin with which are no facts.

    Whatever a fold decides after this standing has a greater one. Kept for rules that are no longer in the rulebook.
    """
    return dict(standing.levels)


class _Walk:
    """One fold on its way: the era that governs, and when time next does something by itself."""

    def __init__(self, eras: Sequence[Era], standing: Standing, answers: Answers, *, keep: bool) -> None:
        self.eras = eras
        self.keeps = eras[-1].keeps if eras else frozenset()
        self.standing = standing
        self.era = -1
        while self.era + 1 < len(eras) and eras[self.era + 1].starts_at <= standing.era:
            self.era += 1
        # Before the first rulebook days are cut in UTC, whatever is published for later instants.
        rulebook, zone_name = eras[self.era][1:3] if self.era >= 0 else (NO_RULEBOOK, "UTC")
        self.step = Step(rulebook, standing, zone(zone_name), answers, keep=keep)
        self.outcome = Outcome(self.step)

    def walk(self, member: str, facts: Sequence[Fact], as_of: int) -> Outcome:
        """Folds the facts up to `as_of`, then does what is due by then."""
        standing, step = self.standing, self.step
        next_era_at = self._next_era_at()
        folded = False
        for fact in facts:
            at = fact.at
            if at > as_of:
                break
            if at >= step.due or at >= next_era_at:
                self._pass_time(at)
                next_era_at = self._next_era_at()
            if fact.kind in RESERVED:
                if fact.kind == GAINS_KEPT and fact.data.get("publication") not in self.keeps:
                    continue  # as if it had never been: its publication was taken back
                if fact.actor == member and fact.undone_by is None:
                    reserved.apply(step, fact)
            else:
                if standing.first_at is None and fact.undone_by is None and fact.kind not in HEARD:
                    strikes.begin(step, at)
                if fact.actor == member:
                    considered = step.rulebook.for_actor.get(fact.kind)
                    if considered is not None:
                        consideration.consider(step, fact, considered, fact.beneficiary)
                if fact.beneficiary == member:
                    considered = step.rulebook.for_beneficiary.get(fact.kind)
                    if considered is not None:
                        consideration.consider(step, fact, considered, fact.actor)
            folded = True
            standing.at, standing.key = at, fact.key
            standing.count += 1
            if not standing.count % CHECKPOINT_EVERY:
                standing.through = at
                number = standing.count // CHECKPOINT_EVERY
                slot = (number & -number).bit_length() - 1
                self.outcome.checkpoints.append((slot, at, fact.key, standing.dump()))
        self._pass_time(as_of)
        standing.through = as_of if folded else max(standing.through, as_of)
        return self.outcome

    def _next_era_at(self) -> int:
        return self.eras[self.era + 1].starts_at if self.era + 1 < len(self.eras) else NEVER

    def _pass_time(self, until: int) -> None:
        """Does what time alone does up to and including the instant."""
        while (at := min(self.step.due, self._next_era_at())) <= until:
            for currency in sorted(self.standing.lots):
                self._expire(currency, at)
            if (tier_due_at := self.standing.tier_due_at) is not None and tier_due_at <= at:
                self._judge(at)
            self.step.plan()
            if self._next_era_at() <= at:
                self._enter_era(at)
            elif self.standing.clock_at is not None and self.standing.clock_at <= at:
                strikes.strike(self.step, at)

    def _expire(self, currency: str, at: int) -> None:
        standing = self.standing
        amount = lots.expire(standing, currency, at)
        if not amount:
            return
        word = f"{EXPIRY}:{currency}"
        ordinal, last = self.step.zone.day(at).label, standing.levels.get(word)
        if last is not None and ordinal <= last:  # after a change of zone, two midnights may share a date
            ordinal = day_after(last)
        standing.levels[word] = ordinal
        standing.stepped_at = at
        self.step.effects.append(
            Effect(EXPIRY, f"{word}@{ordinal}", f"points:{currency}", currency, MEMBER, EXPIRED, amount, at, None)
        )

    def _judge(self, at: int) -> None:
        step = self.step
        assert step.rulebook.tiers is not None, "only tiers in force leave something due"
        tiers.pass_time(step.rulebook.tiers, self.standing, step.zone, at)
        self.standing.stepped_at = at
        step.settle(at, step.zone.day(at))

    def _enter_era(self, at: int) -> None:
        """The next rulebook comes into force: its thresholds, badges and tiers are looked at once."""
        standing, step = self.standing, self.step
        past, former_zone = self.eras[: self.era + 1], step.zone
        self.era += 1
        while self._next_era_at() <= self.eras[self.era].starts_at:  # of two at one instant, the newer governs
            self.era += 1
        former, rulebook = step.rulebook, self.eras[self.era].rulebook
        step.rulebook, step.zone = rulebook, zone(self.eras[self.era].zone)
        standing.era = self.eras[self.era].starts_at
        standing.stepped_at = at
        self._forget_changed(past, rulebook)
        day = step.zone.day(at)
        tiers.leave(standing, rulebook.tiers, at)
        if standing.role == PERSON:
            giving.catch_up(step, at, day)
            step.settle(at, day, adopting=True)
        strikes.take_over(step, former, former_zone, at)

    def _forget_changed(self, past: Sequence[Era], rulebook: Rulebook) -> None:
        """Drops what is remembered for rules whose shape is another now than when they last had this form."""
        standing = self.standing
        remembered: dict[str, dict[str, Any]] = {
            COUNT: standing.counts,
            STREAK: standing.streaks,
            CHALLENGE: standing.challenges,
            DIVERSITY: standing.different,
        }
        for key in sorted(limits.rules_in(standing.windows).union(*remembered.values())):
            rule = rulebook.rule(key)
            if rule is None:
                continue
            before = (old for era in reversed(past) if (old := era.rulebook.rule(key)) and old.form == rule.form)
            earlier = next(before, None)
            if earlier is not None and earlier.shape != rule.shape:
                remembered.get(rule.form, {}).pop(key, None)
                limits.forget(standing.windows, key, rule.form)
