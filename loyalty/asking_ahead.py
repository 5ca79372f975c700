"""Before a walk: the budgets of everyone together are asked once for all members, in the order of the facts.

A walk meets members in the order of their ids, and who comes first there must not get what belongs to who was first in
time. So all that members will ask of budgets under the new rulebook is found by folding, answered in one pass, and put
on record, which is what the walk's folds are told. Members who were refused something may ask for other things then:
they are folded again, until nobody asks anew. Killed anywhere, it is begun again: what is answered stays answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from loyalty import budgets, rulebook, settlement, stretches, timelines
from loyalty.settlement import Run
from rules_engine.answers import Ask

PAGE = 100


def ask_ahead(read: Run[Any], write: Run[Any], community_id: str, since: int) -> None:
    """Answer everything that members will ask of budgets when they are folded again from the instant `since`."""
    if not read(partial(_has_budgets, community_id=community_id, since=since)):
        return
    asks: list[tuple[str, Ask]] = []
    after = ""
    while members := read(partial(settlement.behind, community_id=community_id, after=after, limit=PAGE)):
        asks += read(partial(_asks, community_id=community_id, members=members, since=since))
        after = members[-1]
    while asks:
        given = write(
            partial(budgets.ask, community_id=community_id, asks=asks, published={member for member, _ in asks})
        )
        refused = [
            member for member, answers in given.items() if not all(answer.granted for answer in answers.values())
        ]
        asks = []
        for first in range(0, len(refused), PAGE):
            page = refused[first : first + PAGE]
            asks += read(partial(_asks, community_id=community_id, members=page, since=since))


def _has_budgets(session: Session, community_id: str, since: int) -> bool:
    eras = rulebook.book(session, community_id).eras
    ends = [*(era.starts_at for era in eras), None][1:]
    return any(era.rulebook.has_budgets for era, end in zip(eras, ends, strict=True) if end is None or end > since)


def _asks(session: Session, community_id: str, members: Sequence[str], since: int) -> list[tuple[str, Ask]]:
    """What these members ask and nobody has answered yet, or was answered once and lies idle."""
    book = rulebook.book(session, community_id)
    found = stretches.refolds(session, timelines.checkpoints(session, dict.fromkeys(members, since)))
    for member, stretch in found.items():
        stretches.fold_on(stretch, book, member, -1)
    return [(member, ask) for member, one in found.items() for ask in one.answers.not_in_use(one.asks)]
