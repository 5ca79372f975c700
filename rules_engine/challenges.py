"""Challenge: a set of steps, each so many facts, all within a span of days.

It is completed as soon as some stretch of `within` local days of the community holds every step. The window slides: a
fact counts from its own day on and is forgotten `within` days later, alone, so nobody has to start again because an
early fact lapsed, and what late facts come to does not depend on which fact was "the first". A fact counts for every
step that it satisfies. The standing remembers [day, how many] by rule and step, never more than the step asks for, and
nothing once the challenge is completed; where it `repeats`, it then begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rules_engine import conditions
from rules_engine.conditions import Check, Read
from rules_engine.days import DAY, Day
from rules_engine.document import Node
from rules_engine.errors import Sentence
from rules_engine.standing import Standing
from rules_engine.terms import Advance, Context, Turn, latest, number, ordinal, waiting

MAX_STEPS = 10
MAX_TIMES = 50
MAX_TIMES_TOGETHER = 100
MAX_KINDS = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """So many facts of these kinds for which the condition holds."""

    key: str
    name: Mapping[str, str]
    kinds: frozenset[str]
    times: int
    check: Check | None


@dataclass(frozen=True, slots=True)
class Challenge:
    """All steps within so many local days; 0: however long it takes."""

    steps: tuple[Stage, ...]
    within: int
    repeats: bool
    reads: Mapping[str, Read]

    @property
    def shape(self) -> tuple[object, ...]:
        """Steps are remembered by their keys: other steps go on with what the old ones of the same key had."""
        return ()

    @property
    def series(self) -> str:
        """How often it was completed."""
        return "challenge"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of all steps together."""
        return tuple(sorted({kind for step in self.steps for kind in step.kinds}))

    def advance(self, standing: Standing, turn: Turn) -> Advance:
        """Counts a fact for the steps that it satisfies."""
        completed = number(latest(standing, turn.rule, self))
        if completed and not self.repeats:
            return waiting("/challenge", len(self.steps), None)
        days = standing.challenges.get(turn.rule, {})
        failed, counted = None, set()
        for step in self.steps:
            if turn.fact.kind in step.kinds:
                path = step.check(turn.fact, standing) if step.check is not None else None
                failed = failed or path
                if path is None:
                    counted.add(step.key)
        if not counted:
            return Advance(None, "condition_failed", failed)
        kept = {step.key: [*self._inside(days, step, turn.day.number)] for step in self.steps}
        for step in self.steps:
            if step.key in counted:
                _count(kept[step.key], 0 if not self.within else turn.day.number, step.times)
        done = sum(_sum(kept[step.key]) >= step.times for step in self.steps)
        if done == len(self.steps):
            standing.challenges.pop(turn.rule, None)
            return Advance(ordinal(completed + 1))
        standing.challenges[turn.rule] = {key: one for key, one in kept.items() if one}
        return waiting("/challenge", done, len(self.steps))

    def progress(self, standing: Standing, rule: str, day: Day) -> list[tuple[Stage, int]] | None:
        """Each step with what counts of it on the day; None once it is completed for good."""
        if latest(standing, rule, self) and not self.repeats:
            return None
        days = standing.challenges.get(rule, {})
        return [(step, _sum([*self._inside(days, step, day.number)])) for step in self.steps]

    def _inside(self, days: Mapping[str, list[list[int]]], step: Stage, today: int) -> Iterator[list[int]]:
        """What is remembered of a step and still counts on the day, as lists of their own."""
        for day, times in days.get(step.key, ()):
            if not self.within or day > today - self.within:
                yield [day, times]


def _count(days: list[list[int]], today: int, most: int) -> None:
    """Adds one to the latest day, and drops the earliest where there are more than needed."""
    if days and days[-1][0] >= today:  # a change of the community's zone may set the day back by one
        days[-1][1] += 1
    else:
        days.append([today, 1])
    if _sum(days) > most:
        days[0][1] -= 1
        if not days[0][1]:
            days.pop(0)


def _sum(days: list[list[int]]) -> int:
    return sum(times for _, times in days)


def parse(node: Node, context: Context) -> Challenge | None:
    """`{steps: [{key: ask, on: question_asked, times: 1, when: {...}}, ...], within: 30d, repeats: false}`."""
    parts = node.fields(required=("steps",), optional=("within", "repeats"))
    within = parts["within"].days() // DAY if "within" in parts else 0
    repeats = parts["repeats"].truth() if "repeats" in parts else False
    steps: list[Stage] = []
    reads: dict[str, Read] = {}
    for index, item in enumerate(parts["steps"].items(MAX_STEPS, 1) if "steps" in parts else []):
        step = _step(item, context, f"/challenge/steps/{index}/when", reads)
        if step is not None and any(other.key == step.key for other in steps):
            item.child("key").refuse("duplicate", Sentence("the key {key} is used twice", key=step.key))
        elif step is not None:
            steps.append(step)
    if sum(step.times for step in steps) > MAX_TIMES_TOGETHER:
        node.refuse("too_large", Sentence("at most {most} times in all steps together", most=MAX_TIMES_TOGETHER))
    return Challenge(tuple(steps), within, repeats, reads) if steps else None


def _step(node: Node, context: Context, inside: str, reads: dict[str, Read]) -> Stage | None:
    found = node.fields(required=("key", "on"), optional=("name", "times", "when"))
    key = found["key"].key() if "key" in found else ""
    known = sorted(context.kinds)
    on = {item.choice(known, "unknown_kind") for item in found["on"].one_or_more(MAX_KINDS)} if "on" in found else set()
    kinds = frozenset(on - {""})
    name = found["name"].name() if "name" in found else {}
    times = found["times"].whole(1, MAX_TIMES) if "times" in found else 1
    check = None
    if "when" in found:
        scope = replace(context.scope, kinds=[context.kinds[kind] for kind in sorted(kinds)])
        check, read = conditions.parse(found["when"], scope, inside)
        reads.update(read)
    return Stage(key, name, kinds, times, check) if key and kinds else None
