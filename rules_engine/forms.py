"""The forms that a rule can have, in one table: how the terms of each are read, and which other parts it can have.

A form is a module of its own, named in the table; `parse_rule` reads it, `consideration` and `fold` let it act. A rule
without any of these words is on single facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rules_engine import boosts, challenges, clocks, conduct, counts, diversity, streaks
from rules_engine.boosts import Boost
from rules_engine.challenges import Challenge
from rules_engine.clocks import Clock
from rules_engine.conduct import Conduct
from rules_engine.counts import Count
from rules_engine.diversity import Diversity
from rules_engine.document import Node
from rules_engine.streaks import Streak
from rules_engine.terms import Context

SINGLE, COUNT, STREAK, BOOST = "single", "count", "streak", "boost"
CHALLENGE, DIVERSITY, CLOCK, CONDUCT = "challenge", "diversity", "clock", "conduct"

Terms = Boost | Challenge | Clock | Conduct | Count | Diversity | Streak


class Form(NamedTuple):
    """`on`: it hears the kinds that it names there. `gives`: it has a `gives`. `times`, `points`: limits in them mean
    something. `stacks`: it has rivals on the same fact. `label` and `example` are for who edits rules.
    """

    parse: Callable[[Node, Context], Terms | None] | None
    label: Mapping[str, str]
    example: Any
    on: bool = True
    gives: bool = True
    times: bool = False
    points: bool = True
    stacks: bool = False


FORMS: dict[str, Form] = {
    SINGLE: Form(None, {"en": "each time", "ms": "setiap kali"}, None, times=True, stacks=True),
    COUNT: Form(counts.parse, {"en": "count", "ms": "bilangan"}, {"every": 10}, times=True),
    STREAK: Form(
        streaks.parse,
        {"en": "days or weeks in a row", "ms": "hari atau minggu berturut-turut"},
        {"days": 7, "freezes": {"most": 2, "per": "month"}},
    ),
    CHALLENGE: Form(
        challenges.parse,
        {"en": "challenge", "ms": "cabaran"},
        {
            "steps": [
                {"key": "ask", "on": "question_asked"},
                {"key": "help", "on": "comment_created", "times": 3},
            ],
            "within": "30d",
            "repeats": False,
        },
        on=False,
    ),
    DIVERSITY: Form(
        diversity.parse,
        {"en": "different people or things", "ms": "orang atau perkara yang berlainan"},
        {"of": "counterparty", "at": [5, 10, 50], "per": "ever"},
    ),
    CLOCK: Form(clocks.parse, {"en": "clock", "ms": "masa"}, {"anniversary": "year"}, on=False),
    CONDUCT: Form(
        conduct.parse,
        {"en": "conduct", "ms": "tingkah laku"},
        {"withdraws": {"points": 50}, "pauses": "7d"},
        gives=False,
        points=False,
    ),
    BOOST: Form(
        boosts.parse,
        {"en": "boost", "ms": "gandaan"},
        {"percent": 150, "of": "all"},
        gives=False,
        times=True,
        points=False,
        stacks=True,
    ),
}
"""The first one is for rules without any of the words."""
