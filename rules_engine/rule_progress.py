"""How far a member is with a rule that counts: what they have, what they need, and what of it is still open.

Numbers and dates only, as of the standing's `through`; `ahead` puts them into words, and keeps what is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rules_engine.challenges import Challenge, Stage
from rules_engine.clocks import Clock
from rules_engine.counts import Count
from rules_engine.days import Zone, zone
from rules_engine.diversity import Diversity
from rules_engine.rules import CompiledRule, Rulebook
from rules_engine.standing import PERSON, Standing
from rules_engine.streaks import Streak, running


class Progress(NamedTuple):
    """`stages` of a challenge that are open, each with how many times it has. `freezes` left of a streak, None where it
    has none. `on`: the ISO date on which a clock strikes next; `have` and `need` then say nothing.
    """

    have: int
    need: int
    stages: Sequence[tuple[Stage, int]] = ()
    freezes: int | None = None
    on: str | None = None


def progress(rule: CompiledRule, rulebook: Rulebook, standing: Standing) -> Progress | None:
    """What comes next of the rule; None where nothing does, since it is over or gave all, or it is on single facts, or
    the member earns nothing.
    """
    terms, as_of = rule.terms, max(standing.through, 0)
    community = zone(rulebook.zone)
    if standing.role != PERSON or _is_over(rule, community, as_of):
        return None
    if isinstance(terms, Count):
        return _towards(standing.counts.get(rule.key, 0), terms.following(standing, rule.key))
    if isinstance(terms, Diversity):
        return _towards(*terms.progress(standing, rule.key, community.day(as_of)))
    if isinstance(terms, Streak):
        length, freezes = running(terms, standing, rule.key, rulebook.zone, as_of)
        need = (length // terms.most + 1) * terms.most
        return Progress(length, need, freezes=freezes if terms.freezes else None)
    if isinstance(terms, Challenge):
        stages = terms.progress(standing, rule.key, community.day(as_of))
        if stages is None:
            return None
        still = [(stage, have) for stage, have in stages if have < stage.times]
        return Progress(len(stages) - len(still), len(stages), still)
    if isinstance(terms, Clock) and standing.first_at is not None:
        strike = terms.next(standing.first_at, as_of + 1, community)
        if strike is not None and not _is_over(rule, community, strike.at):
            return Progress(0, 1, on=community.day(strike.at).label)
    return None


def _is_over(rule: CompiledRule, community: Zone, at: int) -> bool:
    return rule.active is not None and rule.active.is_over(at, community.day(at))


def _towards(have: int, need: int | None) -> Progress | None:
    return None if need is None else Progress(have, need)
