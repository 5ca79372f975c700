"""What members are called where others see them, in one way for boards, pages and widgets; and who is no member."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activities import Activity, MemberId
from loyalty.errors import Problem
from loyalty.models import Identity as IdentityRow
from loyalty.models import Member, StandingRow
from rules_engine.errors import Sentence

_UNNAMED = {"en": "Member {mark}", "ms": "Ahli {mark}"}


def shows(session: Session, community_id: str, member_id: str) -> bool:
    """Whether the member shows themselves to others: who is on no board is on no page either."""
    query = select(StandingRow.ranks)
    return bool(
        session.scalar(query.where(StandingRow.member_id == member_id, StandingRow.community_id == community_id))
    )


def shown(session: Session, community_id: str, member_ids: Collection[str], language: str) -> dict[str, str]:
    """Member id -> the pseudonym that they chose, else their name, else what they are called on a platform, else
    `Member 3F2A` after their id; of those who are members of this community.
    """
    if not member_ids:
        return {}
    query = select(Member.id, Member.name, Member.pseudonym)
    rows = session.execute(query.where(Member.community_id == community_id, Member.id.in_(member_ids)))
    called = {row.id: (row.pseudonym or row.name).strip() for row in rows}
    nameless = [member_id for member_id, name in called.items() if not name]
    handles = _handles(session, nameless) if nameless else {}
    unnamed = _UNNAMED.get(language, _UNNAMED["en"])
    return called | {one: handles.get(one) or unnamed.format(mark=one[-4:].upper()) for one in nameless}


def _handles(session: Session, member_ids: Collection[str]) -> dict[str, str]:
    """Member id -> the handle of their first account that has one."""
    query = select(IdentityRow.member_id, IdentityRow.handle).where(IdentityRow.member_id.in_(member_ids))
    rows = session.execute(query.order_by(IdentityRow.created_at.desc(), IdentityRow.id))
    return {row.member_id: row.handle.strip() for row in rows if row.handle and row.handle.strip()}


def _there(session: Session, community_id: str, member_ids: Collection[str]) -> set[str]:
    """Those who are members of this community."""
    if not member_ids:
        return set()
    query = select(Member.id).where(Member.community_id == community_id, Member.id.in_(member_ids))
    return set(session.scalars(query))


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
    there = _there(session, community_id, {member for one in wanted for member in one.values()})
    return [
        next(
            (
                Problem(place, Sentence("there is no member {member}", member=member))
                for place, member in one.items()
                if member not in there
            ),
            None,
        )
        for one in wanted
    ]
