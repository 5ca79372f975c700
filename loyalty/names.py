"""What members are called where others see them: the pseudonym they chose, else their name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models import Member


def shown(session: Session, community_id: str, member_ids: Collection[str]) -> dict[str, str]:
    """Member id -> name, of those who are members of this community."""
    if not member_ids:
        return {}
    query = select(Member.id, Member.name, Member.pseudonym)
    rows = session.execute(query.where(Member.community_id == community_id, Member.id.in_(member_ids)))
    return {row.id: row.pseudonym or row.name for row in rows}
