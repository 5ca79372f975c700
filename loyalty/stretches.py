"""Stretches: what is to be folded for each member, and the folding of it, with all that a fold has to be told.

A stretch goes from a dumped standing over facts. Budgets are asked for what it wants of them and it begins again where
they refuse; what a member keeps of publications that take nothing away is recorded before. Nothing is booked here.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import budgets, cases, clock, gains, rulebook, timelines
from loyalty.sayings import Position
from loyalty.standing_rows import Locked
from loyalty.timelines import Checkpoint
from rules_engine.answers import Answers, Ask
from rules_engine.effects import Decision, Effect
from rules_engine.facts import Fact
from rules_engine.fold import CHECKPOINT_EVERY, fold
from rules_engine.standing import Standing


class Was(NamedTuple):
    """What a standing said before, as far as the difference needs it."""

    badges: dict[str, list[int]]
    streaks: dict[str, list[int]]
    tier: str | None
    tier_since_at: int | None
    warned_at: int | None
    through: int
    debt: dict[str, int]

    @classmethod
    def of(cls, standing: Standing) -> Was:
        """What this standing says."""
        warned_at = standing.tier.get("warned_at")
        badges, streaks, debt = dict(standing.badges), dict(standing.streaks), dict(standing.debt)
        tier, since_at = standing.tier_key, standing.tier_since_at
        return cls(badges, streaks, tier, since_at, warned_at, standing.through, debt)


@dataclass(slots=True)
class Stretch:
    """What is to be folded for one member: from the dumped standing `start` over `facts`, `folded` of which are in
    `standing` by now. A re-fold says from which checkpoint on (`base`) and which facts of that very instant lie behind
    it; `effects`, `checkpoints` and `asks` tell what came of it so far. `answers` is what is on record of the member.
    """

    was: Was
    start: str
    standing: Standing
    facts: list[Fact]
    fresh: Collection[str] = ()
    base: Checkpoint | None = None
    answers: Answers = field(default_factory=Answers)
    folded: int = 0
    effects: list[Effect] = field(default_factory=list)
    checkpoints: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    at_base: frozenset[str] = frozenset()

    def begin_again(self) -> None:
        """As if nothing of it had been folded."""
        self.standing, self.folded = Standing.load(self.start), 0
        self.effects, self.checkpoints, self.asks = [], [], []


def refolds(session: Session, bases: Mapping[str, Checkpoint]) -> dict[str, Stretch]:
    """The stretches from members' checkpoints over all facts behind them, with what is on record of those."""
    behind = {member: base.position for member, base in bases.items()}
    facts, answers = timelines.after(session, behind), on_record(session, behind)
    return {member: _refold(base, facts[member], answers[member]) for member, base in bases.items()}


def on_record(session: Session, behind: Mapping[str, Position], known_at: int = clock.FAR) -> dict[str, Answers]:
    """What folds of members from a place on are told, of budgets as far as they had answered by an instant."""
    answered = budgets.recorded(session, behind, known_at)
    withheld = cases.withheld(session, behind)
    return {member: replace(answered.get(member, Answers()), withheld=withheld.get(member, ())) for member in behind}


def _refold(base: Checkpoint, facts: list[Fact], answers: Answers) -> Stretch:
    at_base = frozenset(fact.id for fact in facts if fact.at == base.position[0])
    standing = Standing.load(base.state)
    return Stretch(Was.of(standing), base.state, standing, facts, base=base, answers=answers, at_base=at_base)


def fold_on(
    stretch: Stretch, book: rulebook.Book, member: str, until: int, *, decisions: bool = False
) -> list[Decision]:
    """Fold the rest of the stretch's facts into its standing, at least to the instant `until`, and keep what that
    decides.
    """
    passed = stretch.standing.count // CHECKPOINT_EVERY
    until = max(stretch.was.through, until, _last(stretch))
    left = stretch.facts[stretch.folded :] if stretch.folded else stretch.facts
    outcome = fold(book.eras, member, stretch.standing, left, until, stretch.answers, keep_decisions=decisions)
    stretch.folded = len(stretch.facts)
    stretch.effects += outcome.effects
    stretch.asks += outcome.asks
    stretch.checkpoints += [
        (slot, (passed + number) * CHECKPOINT_EVERY, at, key, state)
        for number, (slot, at, key, state) in enumerate(outcome.checkpoints, 1)
    ]
    return outcome.decisions


def fold_all(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: Mapping[str, Stretch],
    book: rulebook.Book,
    until: int,
    *,
    decisions: bool = False,
) -> dict[str, list[Decision]]:
    """Fold the stretches of locked members to their ends, at least to the instant `until`, and settle with the budgets;
    answers what each rule said, where it is kept.
    """
    published = {
        member
        for member, stretch in stretches.items()
        if book.met_since(locked[member].publications, max(until, stretch.was.through, _last(stretch)))
    }
    said: dict[str, list[Decision]] = {member: [] for member in stretches}
    had = {
        member: replace(stretch.answers, budgets=dict(stretch.answers.budgets))
        for member, stretch in stretches.items()
        if any(one.gains_only for one in book.published[locked[member].publications :])
    }

    def settle(pending: Mapping[str, Stretch]) -> None:
        while pending:
            for member, stretch in pending.items():
                said[member] += fold_on(stretch, book, member, until, decisions=decisions)
            # What goes is given back before anybody asks: an award that moves to another member takes its part along.
            _give_back(session, community_id, pending, published, granted=True)
            pending = _refused(session, community_id, pending, published)
            for member in pending:
                said[member] = []

    settle(stretches)
    for member, before in had.items():
        _keep_gains(session, community_id, locked[member], stretches[member], book, until, before)
    settle({member: stretches[member] for member in had})
    _put_in_use(session, community_id, stretches, published)
    return said


def _keep_gains(
    session: Session,
    community_id: str,
    row: Locked,
    stretch: Stretch,
    book: rulebook.Book,
    until: int,
    before: Answers,
) -> None:
    """Put into the folded stretch what the member keeps of the publications that are met in it. `before` is what was on
    record until budgets were asked under them.
    """
    at = max(clock.now(), stretch.was.through, until, _last(stretch) + 1)
    met = book.met_since(row.publications, at)
    had = [fact for fact in stretch.facts if fact.id not in stretch.fresh]
    answers = before, stretch.answers
    stretch.facts += gains.keep(session, community_id, row.member_id, met, stretch.start, had, answers, at)


def _last(stretch: Stretch) -> int:
    return stretch.facts[-1].at if stretch.facts else -1


def _refused(
    session: Session, community_id: str, folded: Mapping[str, Stretch], published: Container[str]
) -> dict[str, Stretch]:
    """Have the budgets answer what the stretches asked of them; those who were refused something begin again."""
    asks = [(member, ask) for member, stretch in folded.items() for ask in stretch.asks if ask.answered is None]
    if not asks:
        return {}
    again: dict[str, Stretch] = {}
    for member, answers in budgets.ask(session, community_id, asks, published).items():
        stretch = folded[member]
        stretch.answers.budgets |= answers
        if not all(one.granted for one in answers.values()):
            stretch.begin_again()
            again[member] = stretch
    return again


def _give_back(
    session: Session,
    community_id: str,
    stretches: Mapping[str, Stretch],
    published: Container[str],
    *,
    granted: bool = False,
) -> None:
    """Release what was answered to decisions that are wanted no more; of these only what was `granted`."""
    unwanted = []
    for member, stretch in stretches.items():
        gone = [(key, one) for key, one in stretch.answers.unwanted(stretch.asks).items() if one.granted or not granted]
        unwanted += [(member, decision, stretch.answers.budgets.pop(decision)) for decision, _ in gone]
    budgets.release(session, community_id, unwanted, published)


def _put_in_use(
    session: Session, community_id: str, stretches: Mapping[str, Stretch], published: Container[str]
) -> None:
    """Release what is wanted no more, use again what lay idle and is wanted, and note what is asked from elsewhere."""
    _give_back(session, community_id, stretches, published)
    again = [
        (member, ask)
        for member, stretch in stretches.items()
        for ask in (*stretch.answers.not_in_use(stretch.asks), *stretch.answers.elsewhere(stretch.asks))
    ]
    budgets.ask(session, community_id, again, published)
