"""Warnings before a fall: at most one for each member and period."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class TierWarning(Base):
    """A member was told at `at` that they may fall from `tier` when the period ends at `judged_at`."""

    __tablename__ = "tier_warnings"

    member_id: Mapped[str] = mapped_column(Key, primary_key=True)
    judged_at: Mapped[int] = mapped_column(Instant, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    tier: Mapped[str] = mapped_column(Key)
    at: Mapped[int] = mapped_column(Instant)
    booked_at: Mapped[int] = mapped_column(Instant)
