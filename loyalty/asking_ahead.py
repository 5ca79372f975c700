"""Before a walk: the budgets of everyone together are asked once for all members, in the order of the facts.

A walk meets members in the order of their ids, and who comes first there must not get what belongs to who was first in
time. So all that members will ask of budgets under the new rulebook is found by folding, answered in one pass, and put
on record, which is what the walk's folds are told. What they will give up makes room before. Members who were refused
something may ask for other things then: they are folded again, until nobody asks anew. Killed anywhere, it is begun
again: what is answered stays answered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import budgets, rulebook, settlement, stretches, timelines
from loyalty.budgets import Decision
from loyalty.models import StandingRow
from loyalty.rulebook import Book
from loyalty.settlement import Run
from loyalty.stretches import Stretch
from rules_engine.answers import Answer, Answers, Ask, wishes

PAGE = 100
Work = Callable[[Sequence[str]], None]
"""Something that is done for some members together."""


def ask_ahead(read: Run[Any], write: Run[Any], community_id: str, each: Callable[[Sequence[str], Work], None]) -> None:
    """Answer everything that members will ask of budgets when they meet the publications that there are by now. `each`
    does the work on a page of them; what it leaves out is not asked.
    """
    if not read(partial(_has_budgets, community_id=community_id)):
        return
    asks: list[tuple[str, Ask]] = []
    given_up: list[tuple[str, Decision, Answer]] = []

    def gather(members: Sequence[str]) -> None:
        for member, (wanted, unwanted) in read(partial(_wishes, community_id=community_id, members=members)).items():
            asks.extend((member, ask) for ask in wanted)
            given_up.extend((member, decision, one) for decision, one in unwanted.items())

    after = ""
    while members := read(partial(settlement.behind, community_id=community_id, after=after, limit=PAGE)):
        each(members, gather)
        after = members[-1]
    while asks:
        refused = write(partial(_answer, community_id=community_id, asks=[*asks], given_up=[*given_up]))
        asks.clear()
        for first in range(0, len(refused), PAGE):
            each(refused[first : first + PAGE], gather)
        given_up.clear()  # room is made once, before anybody is answered


def _has_budgets(session: Session, community_id: str) -> bool:
    return any(era.rulebook.has_budgets for era in rulebook.book(session, community_id).eras)


def _wishes(
    session: Session, community_id: str, members: Sequence[str]
) -> dict[str, tuple[list[Ask], dict[Decision, Answer]]]:
    """What each of these members asks that nobody has answered yet, or was answered once and lies idle; and what they
    give up.
    """
    book = rulebook.book(session, community_id)
    met = select(StandingRow.member_id, StandingRow.publications).where(StandingRow.member_id.in_(members))
    changed = {member: book.changed_since(count) for member, count in session.execute(met)}
    since = {member: at for member, at in changed.items() if at is not None}  # who is touched meanwhile has asked
    found = stretches.refolds(session, timelines.checkpoints(session, since))
    return {member: wishes(partial(_told, stretch, book, member), stretch.answers) for member, stretch in found.items()}


def _told(stretch: Stretch, book: Book, member: str, answers: Answers) -> list[Ask]:
    """What a member asks where budgets answer so."""
    stretch.answers = answers
    stretch.begin_again()
    stretches.fold_on(stretch, book, member, -1)
    return stretch.asks


def _answer(
    session: Session,
    community_id: str,
    asks: Collection[tuple[str, Ask]],
    given_up: Collection[tuple[str, Decision, Answer]],
) -> list[str]:
    """Have budgets answer, once there is room where something is given up; answers who was refused something."""
    budgets.release(session, community_id, given_up, published={member for member, *_ in given_up})
    given = budgets.ask(session, community_id, asks, published={member for member, _ in asks})
    return [member for member, answers in given.items() if not all(one.granted for one in answers.values())]
