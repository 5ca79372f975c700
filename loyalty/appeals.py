"""Appeals: a member asks for another look at what was decided about them; once for each thing.

An appeal is a case like any other, about a decided case, an activity that a moderator voided, or a confirmed breach. It
says who decided first, since somebody else should look where there is somebody else. What it ends in is carried out by
`verdicts`.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import breaches, cases, facts, identities, keys, sayings
from loyalty.errors import Conflict, Forbidden, NotFound
from loyalty.models import Case
from loyalty.models import Identity as IdentityRow
from rules_engine.errors import Sentence

CASE, ACTIVITY, BREACH = THINGS = ("case", "activity", "breach")


class Appealed(NamedTuple):
    """What an appeal is against, which of `THINGS` it is, and who decided it first."""

    id: str
    thing: str
    decided_by: str


def open_one(session: Session, community_id: str, member_id: str, thing: str, subject: str, text: str) -> Case:
    """A member appeals against what was decided about them. Raises `NotFound`, and `Conflict`: `nothing_to_appeal`
    where nothing stands against them, `already_appealed`.
    """
    first = {CASE: _case, ACTIVITY: _activity, BREACH: _breach}[thing](session, community_id, member_id, subject)
    opened = cases.open_new(
        session,
        community_id,
        [
            cases.Opened(
                cases.APPEAL,
                first.id,
                identities.own_identity(identities.salt(session, community_id), member_id),
                [{"signal": cases.APPEAL, "of": first.thing, "decided_by": first.decided_by}],
                text=text,
            )
        ],
    )
    if not opened:
        raise Conflict("already_appealed", Sentence("You appealed against this before; one appeal is looked at."))
    return cases.get(session, community_id, opened[0])


def against(row: Case) -> Appealed:
    """What the appeal is against."""
    return Appealed(row.subject, row.signals[0]["of"], row.signals[0]["decided_by"])


def check_another(session: Session, row: Case, by: str) -> bool:
    """Whether somebody else than at first decides an appeal. Raises `Forbidden` (`same_person`) where it is the same
    person though there is another one.
    """
    owner = keys.owner(session, row.community_id, by)
    if owner != keys.owner(session, row.community_id, against(row).decided_by):
        return True
    if len(keys.moderators(session, row.community_id)) > 1:
        raise Forbidden("same_person", Sentence("You decided this first. Somebody else has to look at the appeal."))
    return False


def _case(session: Session, community_id: str, member_id: str, subject: str) -> Appealed:
    row = cases.get(session, community_id, subject)
    if cases.members_of(session, [row]).get(row.identity) != member_id:
        raise NotFound("case_not_found", Sentence("There is no case {case}.", case=subject))
    if row.outcome != cases.REFUSED:
        raise _nothing()
    return Appealed(row.id, CASE, row.decided_by or "")


def _activity(session: Session, community_id: str, member_id: str, subject: str) -> Appealed:
    rows = facts.history(session, community_id, subject)
    held = sayings.held(rows)
    people = {held.actor, held.beneficiary} - {None} if held is not None else set()
    query = select(IdentityRow.id).where(IdentityRow.id.in_(people), IdentityRow.member_id == member_id)
    if session.scalar(query.limit(1)) is None:
        raise NotFound("activity_not_found", Sentence("There is no activity {activity}.", activity=subject))
    switch = sayings.switched(rows)
    if switch is None:
        raise _nothing()
    return Appealed(subject, ACTIVITY, switch.said_by)


def _breach(session: Session, community_id: str, member_id: str, subject: str) -> Appealed:
    one = breaches.get(session, community_id, subject)
    if one.member_id != member_id:
        raise NotFound("breach_not_found", Sentence("There is no breach {breach}.", breach=subject))
    if one.lifted:
        raise _nothing()
    return Appealed(one.row.id, BREACH, one.row.confirmed_by)


def _nothing() -> Conflict:
    return Conflict("nothing_to_appeal", Sentence("Nothing stands against you here that somebody could look at again."))
