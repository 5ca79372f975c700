"""The proof that what stands follows from what was said: everything is worked out from the log again, and compared.

Which sayings hold, whom references name, whose each identity is, every member folded from nothing, and what budgets
gave: five walks over the community, page by page, each page in a transaction of its own. What shows a difference may
just have moved, so that page is looked at once more, with nobody recording meanwhile. Only the books are mended: where
an index over the log is wrong somebody has been at the database, and a person has to look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from loyalty import (
    badges,
    booking,
    budgets,
    facts,
    identities,
    ledger,
    links,
    locks,
    references,
    rulebook,
    sayings,
    settlement,
    standing_rows,
    stretches,
    tiers,
    timelines,
)
from loyalty.db import Statement
from loyalty.models import Identity as IdentityRow
from loyalty.models import StandingRow
from loyalty.sayings import Saying
from loyalty.settlement import Run
from loyalty.standing_rows import Locked
from rules_engine.fold import fold
from rules_engine.standing import Standing

PAGE = 100

_SAYINGS = Statement(
    f"""SELECT {facts.COLUMNS} FROM facts f
    JOIN (SELECT activity_id FROM facts WHERE community_id = :community AND activity_id > :after AND n = 1
        ORDER BY activity_id LIMIT :page) AS p ON p.activity_id = f.activity_id
    ORDER BY f.activity_id, f.n"""
)


class Page(NamedTuple):
    """What a look at a page found: the last id on it (none: it was empty), and a line for each difference."""

    last: str | None
    wrong: list[str]


Look = Callable[[Session, str, str, bool], Page]
"""(session, community, id before the page, whether to mend what can be)."""


def rebuild(run: Run[Any], community_id: str, *, check: bool = True) -> list[str]:
    """Work everything out from the log again; answers a line for each difference to what stands. Unless it only checks,
    what members have is then booked as the log says.
    """
    found: list[str] = []
    for look in (_holding, _named, _owned, _folded, _granted):
        after: str | None = ""
        while after is not None:
            page = run(partial(_look, look, community_id=community_id, after=after))
            if page.wrong:
                page = run(partial(_look_alone, look, community_id=community_id, after=after, mend=not check))
            found += page.wrong
            after = page.last
    return found


def _look(look: Look, session: Session, community_id: str, after: str) -> Page:
    return look(session, community_id, after, False)


def _look_alone(look: Look, session: Session, community_id: str, after: str, mend: bool) -> Page:
    locks.guard(session, community_id, alone=True)
    return look(session, community_id, after, mend)


def _page(session: Session, community_id: str, after: str) -> dict[str, list[Saying]]:
    """All that was said about the next activities."""
    found: dict[str, list[Saying]] = {}
    for row in _SAYINGS.run(session, community=community_id, after=after, page=PAGE):
        one = facts.read(row)
        found.setdefault(one.activity_id, []).append(one)
    return found


def _holding(session: Session, community_id: str, after: str, mend: bool) -> Page:  # noqa: ARG001  # it is a `Look`
    """Which saying of each activity holds, and who undid it."""
    said = _page(session, community_id, after)
    wrong = [f"{one}: another saying holds, or somebody else undid it" for one, rows in said.items() if _marked(rows)]
    return Page(max(said, default=None), wrong)


def _marked(rows: list[Saying]) -> bool:
    return sayings.mark(rows) != rows


def _named(session: Session, community_id: str, after: str, mend: bool) -> Page:  # noqa: ARG001  # it is a `Look`
    """Whom references name."""
    said = _page(session, community_id, after)
    rows = [row for rows in said.values() for row in rows]
    known = references.answers(session, (one for row in rows for one in (row.actor_ref, row.beneficiary_ref) if one))
    wrong = [
        f"{row.activity_id}: {side} is another by now, as {reference} says"
        for row in rows
        for side, reference, stamped in (
            ("the actor", row.actor_ref, row.actor),
            ("the beneficiary", row.beneficiary_ref, row.beneficiary),
        )
        if reference is not None and stamped != known.get(reference)
    ]
    return Page(max(said, default=None), wrong)


def _owned(session: Session, community_id: str, after: str, mend: bool) -> Page:  # noqa: ARG001  # it is a `Look`
    """Whose each identity is."""
    of_community = IdentityRow.community_id == community_id
    rows = session.scalars(
        select(IdentityRow).where(of_community, IdentityRow.id > after).order_by(IdentityRow.id).limit(PAGE)
    ).all()
    linked = links.linked(session, community_id, [row.id for row in rows])
    own = [row.external_id for row in rows if row.platform == identities.OWN]
    about = select(IdentityRow).where(
        of_community, or_(IdentityRow.enrolled_id.in_(own), IdentityRow.member_id.in_(own))
    )
    around: dict[str | None, list[IdentityRow]] = {}
    for one in session.scalars(about):
        for member in {one.enrolled_id, one.member_id}:
            around.setdefault(member, []).append(one)
    wrong = []
    for row in rows:
        if row.platform == identities.OWN:
            owner: str | None = links.home(row.external_id, around.get(row.external_id, ()))
        else:
            owner = linked.get(row.id, row.enrolled_id)
        if owner != row.member_id:
            wrong.append(f"{identities.address(row)}: it is of {row.member_id}, and should be of {owner}")
    return Page(rows[-1].id if rows else None, wrong)


def _folded(session: Session, community_id: str, after: str, mend: bool) -> Page:
    """What every member has. Who waits to be folded again cannot be compared, and is named."""
    locks.guard(session, community_id)
    of_community = StandingRow.community_id == community_id
    members: Sequence[str] = session.scalars(
        select(StandingRow.member_id)
        .where(of_community, StandingRow.member_id > after)
        .order_by(StandingRow.member_id)
        .limit(PAGE)
    ).all()
    wrong = []
    for member, row in standing_rows.lock(session, community_id, members).items():
        lines = _differences(session, community_id, row)
        wrong += [f"{member}: {line}" for line in lines]
        if lines and mend:
            settlement.fold_anew(session, community_id, row)
    return Page(members[-1] if members else None, wrong)


def _granted(session: Session, community_id: str, after: str, mend: bool) -> Page:  # noqa: ARG001  # it is a `Look`
    """What budgets of everyone together have given."""
    return Page(None, budgets.differences(session, community_id))


def _differences(session: Session, community_id: str, row: Locked) -> list[str]:
    member = row.member_id
    stored = Standing.load(row.state)
    book = rulebook.book(session, community_id, row.current)
    published = book.changed_since(row.publications)
    waits = row.stale_at is not None or row.settling_at is not None
    if waits or (published is not None and published <= stored.through):
        return ["this member waits to be folded again"]
    timeline = timelines.after(session, {member: timelines.START})[member]
    answers = stretches.on_record(session, {member: timelines.START})[member]
    outcome = fold(book.eras, member, Standing.new(), timeline, stored.through, answers, keep_decisions=False)
    booked = ledger.booked_since(session, {member: -1}).get(member, {})
    postings = booking.differences(member, outcome.effects, booked)
    wrong = [
        f"{posting.debit} -> {posting.credit} {posting.amount} {posting.currency} for {posting.occasion}"
        for posting in postings
    ]
    asked = {(ask.rule, ask.occasion) for ask in outcome.asks}
    wrong += [f"a budget never answered {ask.occasion}" for ask in outcome.asks if ask.answered is None]
    wrong += [f"a budget answered {decision[1]}, which asks for nothing" for decision in answers.budgets.keys() - asked]
    idle = (ask for ask in answers.not_in_use(outcome.asks) if ask.answered is not None)
    wrong += [f"what a budget answered {ask.occasion} lies idle" for ask in idle]
    if outcome.standing.dump() != row.state:
        wrong.append("the standing is another")
    held = {award.badge: [award.level, award.at] for award in badges.held(session, member)}
    if held != outcome.standing.badges:
        wrong.append("the awards are others")
    moves = tiers.history(session, member, 1)
    tier, since_at = outcome.standing.tier_key, outcome.standing.tier_since_at
    if (moves[0].to_tier if moves else None) != tier or (tier is not None and moves[0].at != since_at):
        wrong.append("the tier is another")
    return wrong
