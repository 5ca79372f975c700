"""What members keep of publications by which nobody is to lose.

When a member meets such a publication, what it would have cost them is recorded as a fact of Setia's own, in the same
transaction and never again: a later fold is told it, and works nothing out. The fact counts as long as its publication
does; taken back, it is as if it had never been said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from loyalty import facts, identities, rulebook, sayings
from loyalty.activities import SETIA, Activity, MemberId
from loyalty.rulebook import Published
from rules_engine import gains
from rules_engine.answers import Answers
from rules_engine.facts import GAINS_KEPT, Fact
from rules_engine.fold import fold
from rules_engine.standing import Standing


def keep(
    session: Session,
    community_id: str,
    member_id: str,
    met: Collection[Published],
    start: str,
    timeline: Sequence[Fact],
    answers: tuple[Answers, Answers],
    at: int,
) -> list[Fact]:
    """Record at the instant `at`, which lies behind everything, what a locked member loses by those of the publications
    that they now meet which take nothing away. `start` is the dumped standing before the facts of the timeline, from
    before the publications count; `answers` is what folds are told without them and with them. Answers the facts, which
    are to be folded as well.
    """
    kept: list[Fact] = []
    for one in met:
        if one.gains_only:
            told = _lost(session, community_id, member_id, one, start, [*timeline, *kept], answers, at)
            if told:
                kept.append(_say(session, community_id, member_id, one, told, at))
    return kept


def _lost(
    session: Session,
    community_id: str,
    member_id: str,
    publication: Published,
    start: str,
    timeline: Sequence[Fact],
    answers: tuple[Answers, Answers],
    at: int,
) -> dict[str, object]:
    without, having = (
        rulebook.book_after(session, community_id, count) for count in (publication.number - 1, publication.number)
    )
    before, after = (
        fold(one.eras, member_id, Standing.load(start), timeline, at, told, keep_decisions=False).standing
        for one, told in zip((without, having), answers, strict=True)
    )
    in_force = having.in_force(at)
    return gains.lost(before, after, None if in_force is None else in_force[1].tiers)


def _say(
    session: Session, community_id: str, member_id: str, publication: Published, told: dict[str, object], at: int
) -> Fact:
    data = {"publication": publication.id, **told}
    key = f"setia:{GAINS_KEPT}:{publication.id}:{member_id}"
    activity = Activity(kind=GAINS_KEPT, key=key, at=at, platform=identities.OWN, actor=MemberId(member_id), data=data)
    saying = sayings.of(identities.salt(session, community_id), activity, SETIA)
    facts.say(session, community_id, [saying], SETIA)
    return Fact(saying.activity_id, key, at, GAINS_KEPT, member_id, None, identities.OWN, {}, data, None)
