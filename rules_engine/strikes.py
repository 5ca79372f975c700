"""Strikes: what rules by the clock give when time alone brings their instant, from the member's first activity on.

`Standing.clock_at` is the next instant at which any of them strikes; `fold` passes time up to it. What a clock asks is
in `clocks`; here its conditions are looked at, and it gives. When a rulebook comes into force, what would have struck
before that instant is not made up for; a rule that goes on gives each strike once, whichever zone days are cut in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules_engine import giving
from rules_engine.amounts import Bucket
from rules_engine.clocks import Clock, Strike
from rules_engine.days import Day, Zone
from rules_engine.facts import Fact
from rules_engine.rules import CompiledRule, Rulebook
from rules_engine.standing import PERSON
from rules_engine.step import Step
from rules_engine.terms import latest, ordinal, word


def begin(step: Step, at: int) -> None:
    """The member's first activity: from here on clocks run."""
    step.standing.first_at = at
    wind(step, at)


def wind(step: Step, since: int) -> None:
    """Finds the first instant at or after `since` at which a rule by the clock strikes."""
    step.standing.clock_at = min((coming.at for _, _, coming in _next(step, since)), default=None)
    step.plan()


def strike(step: Step, at: int) -> None:
    """The clock strikes: every rule whose instant this is gives, if its conditions hold."""
    _give(step, at, [(rule, terms, coming) for rule, terms, coming in _next(step, at) if coming.at == at])
    wind(step, at + 1)


def take_over(step: Step, former: Rulebook, former_zone: Zone, at: int) -> None:
    """The step's rulebook and zone have come into force. What a rule had still to give in the zone before, and would
    have given by now in this one, it gives now.
    """
    overdue = []
    for rule, terms, first_at in _running(step):
        before = former.rule(rule.key)
        awaited = terms.next(first_at, at, former_zone) if before is not None and before.terms == terms else None
        if awaited is not None and (here := terms.strike(first_at, awaited.number, step.zone)).at < at:
            overdue.append((rule, terms, here))
    _give(step, at, overdue)
    wind(step, at)


def _running(step: Step) -> Iterator[tuple[CompiledRule, Clock, int]]:
    """The rules by the clock with the instant they count from; none before the member's first activity."""
    first_at = step.standing.first_at
    if first_at is None:
        return
    for rule in step.rulebook.clocks:
        assert isinstance(rule.terms, Clock)
        yield rule, rule.terms, first_at


def _next(step: Step, since: int) -> Iterator[tuple[CompiledRule, Clock, Strike]]:
    """Their first strikes at or after an instant."""
    for rule, terms, first_at in _running(step):
        coming = terms.next(first_at, since, step.zone)
        if coming is not None:
            yield rule, terms, coming


def _give(step: Step, at: int, due: Iterable[tuple[CompiledRule, Clock, Strike]]) -> None:
    standing, day, fact = step.standing, step.zone.day(at), _moment(at)
    standing.stepped_at = at
    gains: dict[Bucket, int] = {}
    won: list[tuple[str, int]] = []
    for rule, terms, strike in due:
        number = ordinal(strike.number)
        if number <= latest(standing, rule.key, terms):
            continue  # given already, in the zone that was the community's before
        refusal = _why_silent(step, rule, at, day, fact)
        if refusal is None:
            giving.reach(step, rule, terms, number, at, None, None, gains, won)
        elif step.keep:
            occasion = f"{word(rule.key, terms)}@{number}"
            step.book_refusal(rule.key, occasion, *refusal[:2], None, at, refusal[2])
    step.take_in(gains, won, at, day)


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
