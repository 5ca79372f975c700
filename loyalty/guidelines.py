"""Guidelines: how members are to treat each other, in numbered versions that stay as they were.

The text in force is part of the community's profile; a version is made whenever it becomes another, through whichever
door, so that a breach can name what held when it was confirmed. Where it is left out, none is in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import audit, clock
from loyalty.errors import NotFound, Stale
from loyalty.models import Community, Guidelines
from rules_engine.errors import Sentence

Text = str | Mapping[str, str]
"""One text for all, or one in each language."""


def publish(session: Session, community_id: str, text: Text, by: str, revision: int | None = None) -> Guidelines:
    """Put guidelines in force; the same text again makes no new version. Raises `Stale` when `revision` is given and is
    not the present version.
    """
    community = session.get_one(Community, community_id, with_for_update=True, populate_existing=True)
    before = _latest(session, community_id)
    if revision is not None and revision != before:
        raise Stale("changed_meanwhile", Sentence("Somebody changed the guidelines since you read them."))
    if community.profile.get("guidelines") != text or not before:
        was = {"guidelines": community.profile.get("guidelines"), "version": before}
        community.profile = {**community.profile, "guidelines": text}
        community.revision += 1
        keep(session, community_id, text, by)
        after = {"guidelines": text, "version": before + 1}
        audit.note(session, community_id, by, "guidelines.published", community_id, was, after)
    return get(session, community_id)


def keep(session: Session, community_id: str, text: Text, by: str) -> None:
    """Keep the text that has just come into force as the next version; the community's row is locked."""
    version = _latest(session, community_id) + 1
    session.add(
        Guidelines(community_id=community_id, version=version, text=text, published_at=clock.now(), published_by=by)
    )
    session.flush()


def in_force(session: Session, community_id: str) -> int | None:
    """The number of the version in force; none where the community has no guidelines."""
    community = session.get_one(Community, community_id)
    return _latest(session, community_id) if "guidelines" in community.profile else None


def get(session: Session, community_id: str) -> Guidelines:
    """The guidelines in force. Raises `NotFound`."""
    version = in_force(session, community_id)
    if version is None:
        raise NotFound("guidelines_not_found", Sentence("There are no guidelines."))
    return session.get_one(Guidelines, (community_id, version))


def versions(session: Session, community_id: str, before: int | None = None, limit: int = 50) -> Sequence[Guidelines]:
    """The versions before that number, the latest first."""
    query = select(Guidelines).where(Guidelines.community_id == community_id)
    if before is not None:
        query = query.where(Guidelines.version < before)
    return session.scalars(query.order_by(Guidelines.version.desc()).limit(limit)).all()


def _latest(session: Session, community_id: str) -> int:
    """The number of the latest version; 0 before the first."""
    return session.scalar(select(func.max(Guidelines.version)).where(Guidelines.community_id == community_id)) or 0
