"""People named by reference: `author_of:…` is whoever the fact that declares it names as its actor.

There is no second store of messages: a reference and its answer are both columns of facts, and the answer is stamped
on the facts that asked. Question and answer may come in either order, or at once in two calls: they meet under a lock.
Of several answers the earliest in the order of timelines holds, whatever arrived first. A fact whose own actor is given
by reference answers nobody: chains and circles of references would depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from loyalty import facts, locks
from loyalty.db import Statement
from loyalty.facts import Change
from loyalty.sayings import Saying

_ANSWERS = Statement(
    """SELECT f.declares, f.at, f.key, f.actor FROM {rows} JOIN facts f ON f.declares = r.id
    WHERE f.stands AND f.actor IS NOT NULL AND f.actor_ref IS NULL""",
    id="text",
)
_ASKED = Statement(
    f"""SELECT {facts.COLUMNS}, f.actor_ref = r.id, r.answer FROM {{rows}} JOIN facts f ON f.actor_ref = r.id
    WHERE f.actor IS DISTINCT FROM r.answer
    UNION ALL
    SELECT {facts.COLUMNS}, false, r.answer FROM {{rows}} JOIN facts f ON f.beneficiary_ref = r.id
    WHERE f.beneficiary IS DISTINCT FROM r.answer""",
    id="text",
    answer="text",
)
_STAMP = Statement(
    """UPDATE facts SET actor = r.actor, beneficiary = r.beneficiary FROM {rows}
    WHERE facts.activity_id = r.activity_id AND facts.n = r.n""",
    activity_id="text",
    n="int",
    actor="text",
    beneficiary="text",
)


def answers(session: Session, references: Iterable[str]) -> dict[str, str]:
    """Reference id -> identity, for those that a fact answers."""
    found: dict[str, tuple[int, str, str]] = {}
    for reference, at, key, actor in _ANSWERS.run(session, [(one,) for one in sorted(set(references))]):
        found[reference] = min(found.get(reference, (at, key, actor)), (at, key, actor))
    return {reference: actor for reference, (_, _, actor) in found.items()}


def meet(session: Session, community_id: str, sayings: Sequence[Saying]) -> list[Saying]:
    """The sayings with the people filled in that are known by now, and the others' places held until the commit."""
    asked = {one for row in sayings for one in (row.actor_ref, row.beneficiary_ref) if one}
    declared = {row.declares for row in sayings if row.declares}
    if not asked and not declared:
        return list(sayings)
    locks.guard(session, community_id)
    known = answers(session, asked)
    locks.meet(session, community_id, {one: one in declared or one not in known for one in asked | declared})
    known = answers(session, asked)
    return [
        row._replace(
            actor=known.get(row.actor_ref) if row.actor_ref else row.actor,
            beneficiary=known.get(row.beneficiary_ref) if row.beneficiary_ref else row.beneficiary,
        )
        for row in sayings
    ]


def resolve(session: Session, community_id: str, changes: Mapping[str, Change]) -> dict[str, Change]:
    """Stamp the facts whose references the changed facts answer, or no longer answer; answers all changes together."""
    declared = {row.declares for change in changes.values() for row in change if row is not None and row.declares}
    if not declared:
        return dict(changes)
    # Only now is it known what no longer declares. Its place is taken late, against the order of the ladder: whoever
    # asked meanwhile has to end first, and a circle, which takes a batch about the same activities, is repeated.
    dropped = declared - {after.declares for _, after in changes.values() if after is not None}
    if dropped:
        locks.meet(session, community_id, dict.fromkeys(dropped, True))
    known = answers(session, declared)
    declarations = [(one, known.get(one)) for one in sorted(declared)]
    asked = _ASKED.run(session, declarations)
    if asked:
        # Who says more about one of them at this moment has not seen the answer: let them end, then look again.
        facts.lock_anchors(session, {activity for activity, *_ in asked})
        known = answers(session, declared)
        declarations = [(one, known.get(one)) for one in sorted(declared)]
        asked = _ASKED.run(session, declarations)
    stamped: dict[tuple[str, int], Saying] = {}
    was: dict[tuple[str, int], Saying] = {}
    for *columns, is_actor, answer in asked:
        row = facts.read(columns)
        place = row.activity_id, row.n
        was.setdefault(place, row)
        row = stamped.get(place, was[place])
        stamped[place] = row._replace(actor=answer) if is_actor else row._replace(beneficiary=answer)
    if not stamped:
        return dict(changes)
    _STAMP.run(session, [(*place, row.actor, row.beneficiary) for place, row in sorted(stamped.items())])
    resolved = dict(changes)
    for place, row in stamped.items():
        if row.stands:
            before = changes[row.activity_id].before if row.activity_id in changes else was[place]
            resolved[row.activity_id] = Change(before, row)
    return resolved
