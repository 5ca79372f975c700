"""Badges won and lost, tiers reached and left: append-only, a later row corrects an earlier one."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Award(Base):
    """A badge given to or taken from a member; of one (member, badge) the greatest `revision` holds."""

    __tablename__ = "awards"
    __table_args__ = (Index("ix_awards_latest", "community_id", "at"),)

    member_id: Mapped[str] = mapped_column(Key, primary_key=True)
    badge: Mapped[str] = mapped_column(Key, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    level: Mapped[int] = mapped_column(Integer)
    held: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[int] = mapped_column(Instant)
    booked_at: Mapped[int] = mapped_column(Instant)


class TierChange(Base):
    """A member came into a tier (null: none) at `at`, as was known at `booked_at`; the greatest `revision` holds."""

    __tablename__ = "tier_changes"
    __table_args__ = (Index("ix_tier_changes_latest", "community_id", "at"),)

    member_id: Mapped[str] = mapped_column(Key, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    from_tier: Mapped[str | None] = mapped_column(Text)
    to_tier: Mapped[str | None] = mapped_column(Text)
    at: Mapped[int] = mapped_column(Instant)
    booked_at: Mapped[int] = mapped_column(Instant)
