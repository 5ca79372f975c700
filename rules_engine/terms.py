"""The terms of a rule: what its form asks beyond a single fact, behind one small interface.

Each form is a module of its own with how it is read, what a standing remembers of it and what a fact does to that. A
form that counts facts has an `advance`, which never gives anything: it says which ordinal is reached, or why none is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from rules_engine.conditions import Scope
from rules_engine.days import Day, Zone
from rules_engine.facts import Fact
from rules_engine.fields import Kind
from rules_engine.standing import Standing


class Turn(NamedTuple):
    """A fact whose turn it is with a rule. `day` is the local day in the community's `zone`; `other` is the member on
    the other side of the fact, if it is known who.
    """

    rule: str
    fact: Fact
    day: Day
    zone: Zone
    other: str | None


class Advance(NamedTuple):
    """What counting a fact came to: the `ordinal` of what is reached now, or the code, the place within the rule and
    what was found, for which nothing is.
    """

    ordinal: str | None
    code: str | None = None
    path: str | None = None
    found: object = None


class Ordered(Protocol):
    """The terms of a form that gives on occasions of its own, each under an ordinal."""

    @property
    def series(self) -> str:
        """Which ordinals these are. Those of one series sort as text in the order in which they are reached; a rule
        that gave under another series before begins anew, since dates and counts cannot be compared.
        """


class Counting(Ordered, Protocol):
    """The terms of a form that counts facts."""

    @property
    def shape(self) -> tuple[object, ...]:
        """While this stays, what is remembered is kept from one rulebook to the next."""

    def advance(self, standing: Standing, turn: Turn) -> Advance:
        """Counts a fact that the rule takes, and changes what the standing remembers of the rule."""


class Context(NamedTuple):
    """What the terms of one rule may name when they are read."""

    scope: Scope
    kinds: Mapping[str, Kind]
    currencies: Sequence[str]
    rules: Sequence[str]
    badges: Sequence[str]


def waiting(path: str, have: int, need: int | None) -> Advance:
    """Nothing yet: so far `have`, of which `need` would be enough; where nothing would, all was given."""
    return Advance(None, "all_given" if need is None else "not_yet", path, {"have": have, "need": need})


def word(rule: str, terms: Ordered) -> str:
    """What the ordinals of a rule are remembered under, and what its occasions begin with."""
    return f"{rule}:{terms.series}"


def latest(standing: Standing, rule: str, terms: Ordered) -> str:
    """The greatest ordinal decided so far; empty where there is none."""
    return standing.levels.get(word(rule, terms), "")


def ordinal(number: int) -> str:
    """The ordinal that a number is."""
    return f"{number:010}"


def number(of: str) -> int:
    """The number that such an ordinal is, 0 for none."""
    return int(of or 0)
