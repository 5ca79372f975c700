"""How people are to treat each other, and what was found to go against it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Guidelines(Base):
    """The guidelines as they were from one instant on; a version is never changed. `text`: one, or one a language."""

    __tablename__ = "guidelines"

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[Any] = mapped_column(JSON)
    published_at: Mapped[int] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(Key)


class Breach(Base):
    """A breach of the guidelines that a person confirmed. The fact `fact` is what rules hear; whether it was lifted is
    whether that fact was undone. `note` is for moderators, `reason` for the member.
    """

    __tablename__ = "breaches"
    __table_args__ = (
        Index("ix_breaches_community", "community_id", "id"),
        Index("ix_breaches_identity", "identity", "id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    identity: Mapped[str] = mapped_column(Key, ForeignKey("identities.id"))
    fact: Mapped[str] = mapped_column(Key, unique=True)
    guideline: Mapped[str] = mapped_column(Text)
    guidelines_version: Mapped[int | None] = mapped_column(Integer)
    severity: Mapped[str] = mapped_column(Text)
    activity_id: Mapped[str | None] = mapped_column(Key)
    note: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[int] = mapped_column(Instant)
    confirmed_by: Mapped[str] = mapped_column(Key)
