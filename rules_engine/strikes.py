"""Strikes: what rules by the clock give when time alone brings their instant, from the member's first activity on.

`Standing.clock_at` is the next instant at which any of them strikes; `fold` passes time up to it. What a clock asks is
in `clocks`; here its conditions are looked at, and it gives.
"""

from __future__ import annotations

from rules_engine import giving, limits
from rules_engine.amounts import Bucket
from rules_engine.clocks import Clock
from rules_engine.days import Day
from rules_engine.facts import Fact
from rules_engine.rules import CompiledRule
from rules_engine.standing import PERSON
from rules_engine.step import Step


def begin(step: Step, at: int) -> None:
    """The member's first activity: from here on clocks run."""
    step.standing.first_at = at
    wind(step, at)


def wind(step: Step, since: int) -> None:
    """Finds the first instant at or after `since` at which a rule by the clock strikes."""
    standing, first_at = step.standing, step.standing.first_at
    standing.clock_at = None
    if first_at is not None and step.rulebook.clocks:
        strikes = [
            at
            for rule in step.rulebook.clocks
            if isinstance(rule.terms, Clock) and (at := rule.terms.next(first_at, since, step.zone)) is not None
        ]
        standing.clock_at = min(strikes, default=None)
    step.plan()


def strike(step: Step, at: int) -> None:
    """The clock strikes: every rule whose instant this is gives, if its conditions hold."""
    standing, day, fact = step.standing, step.zone.day(at), _moment(at)
    assert standing.first_at is not None, "no clock runs before the first activity"
    limits.roll(standing.windows, day)
    standing.stepped_at = at
    gains: dict[Bucket, int] = {}
    won: list[tuple[str, int]] = []
    for rule in step.rulebook.clocks:
        assert isinstance(rule.terms, Clock)
        last = standing.levels.get(rule.key)
        if rule.terms.next(standing.first_at, at, step.zone) != at or (last is not None and day.label <= last):
            continue  # not now, or given on this date already, in the zone that was the community's before
        occasion = f"{rule.key}@{day.label}"
        refusal = _why_silent(step, rule, at, day, fact)
        if refusal is None:
            standing.levels[rule.key] = day.label
            giving.give(step, rule, occasion, at, None, 100, None, gains, won)
        elif step.keep:
            step.book_refusal(rule.key, occasion, *refusal[:2], None, at, refusal[2])
    step.take_in(gains, won, at, day)
    wind(step, at + 1)


def _why_silent(step: Step, rule: CompiledRule, at: int, day: Day, fact: Fact) -> tuple[str, str | None, object] | None:
    """Why a clock that strikes gives nothing: a code, the place within the rule and what was found there."""
    standing = step.standing
    if standing.role != PERSON:
        return "staff", None, None
    if standing.paused_until is not None and at < standing.paused_until:
        return "paused", None, standing.paused_until
    if rule.active is not None and not rule.active.holds(at, day, step.zone):
        return "outside_window", "/active", day.label
    path = rule.check(fact, standing) if rule.check is not None else None
    return None if path is None else ("condition_failed", path, rule.found_at(path, fact, standing))


def _moment(at: int) -> Fact:
    """What conditions read when a clock strikes: a fact of nobody, of which only the instant says something."""
    return Fact("", "", at, "", None, None, "", {}, {}, None)
