"""What members are called where others see them: the pseudonym they chose, else their name; and who is no member."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activities import Activity, MemberId
from loyalty.errors import Problem
from loyalty.models import Member, StandingRow


def shows(session: Session, community_id: str, member_id: str) -> bool:
    """Whether the member shows themselves to others: who is on no board is on no page either."""
    query = select(StandingRow.ranks)
    return bool(
        session.scalar(query.where(StandingRow.member_id == member_id, StandingRow.community_id == community_id))
    )


def shown(session: Session, community_id: str, member_ids: Collection[str]) -> dict[str, str]:
    """Member id -> name, of those who are members of this community."""
    if not member_ids:
        return {}
    query = select(Member.id, Member.name, Member.pseudonym)
    rows = session.execute(query.where(Member.community_id == community_id, Member.id.in_(member_ids)))
    return {row.id: row.pseudonym or row.name for row in rows}


def strangers(session: Session, community_id: str, activities: Sequence[Activity]) -> list[Problem | None]:
    """For each activity what is wrong with the member ids in it: a fact about nobody would never count."""
    wanted = [
        {
            f"/{side}": who.id
            for side, who in (("actor", one.actor), ("beneficiary", one.beneficiary))
            if isinstance(who, MemberId)
        }
        for one in activities
    ]
    there = shown(session, community_id, {member for one in wanted for member in one.values()})
    return [
        next(
            (Problem(place, f"there is no member {member}") for place, member in one.items() if member not in there),
            None,
        )
        for one in wanted
    ]
