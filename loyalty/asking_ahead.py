"""Before a walk: the budgets of everyone together are asked once for all members, in the order of the facts.

A walk meets members in the order of their ids, and who comes first there must not get what belongs to who was first in
time. So all that members will ask of budgets under the new rulebook is found by folding, answered in one pass, and put
on record, which is what the walk's folds are told. What they will give up makes room before. Members who were refused
something may ask for other things then: they are folded again, until nobody asks anew. Killed anywhere, it is begun
again: what is answered stays answered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from loyalty import budgets, rulebook, settlement, stretches, timelines
from loyalty.budgets import Decision
from loyalty.rulebook import Book
from loyalty.settlement import Run
from loyalty.stretches import Stretch
from rules_engine.answers import Answer, Answers, Ask, wishes

PAGE = 100


def ask_ahead(read: Run[Any], write: Run[Any], community_id: str, since: int) -> None:
    """Answer everything that members will ask of budgets when they are folded again from the instant `since`."""
    if not read(partial(_has_budgets, community_id=community_id, since=since)):
        return
    asks: list[tuple[str, Ask]] = []
    given_up: list[tuple[str, Decision, Answer]] = []
    after = ""
    while members := read(partial(settlement.behind, community_id=community_id, after=after, limit=PAGE)):
        for member, (wanted, unwanted) in read(
            partial(_wishes, community_id=community_id, members=members, since=since)
        ).items():
            asks += [(member, ask) for ask in wanted]
            given_up += [(member, decision, one) for decision, one in unwanted.items()]
        after = members[-1]
    while asks:
        refused = write(partial(_answer, community_id=community_id, asks=asks, given_up=given_up))
        asks, given_up = [], []
        for first in range(0, len(refused), PAGE):
            page = refused[first : first + PAGE]
            found = read(partial(_wishes, community_id=community_id, members=page, since=since))
            asks += [(member, ask) for member, (wanted, _) in found.items() for ask in wanted]


def _has_budgets(session: Session, community_id: str, since: int) -> bool:
    eras = rulebook.book(session, community_id).eras
    ends = [*(era.starts_at for era in eras), None][1:]
    return any(era.rulebook.has_budgets for era, end in zip(eras, ends, strict=True) if end is None or end > since)


def _wishes(
    session: Session, community_id: str, members: Sequence[str], since: int
) -> dict[str, tuple[list[Ask], dict[Decision, Answer]]]:
    """What each of these members asks that nobody has answered yet, or was answered once and lies idle; and what they
    give up.
    """
    book = rulebook.book(session, community_id)
    found = stretches.refolds(session, timelines.checkpoints(session, dict.fromkeys(members, since)))
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
