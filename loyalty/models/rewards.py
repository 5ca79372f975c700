"""What points can be exchanged for, and each exchange."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Reward(Base):
    """Something that costs points. `stock` null: there is no end of it. `taken` counts what is held or fulfilled."""

    __tablename__ = "rewards"
    __table_args__ = (
        CheckConstraint("cost > 0", name="cost_is_positive"),
        CheckConstraint("stock IS NULL OR taken <= stock", name="not_more_than_stock"),
    )

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    name: Mapped[dict[str, Any]] = mapped_column(JSON)
    description: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    kind: Mapped[str] = mapped_column(Text, default="manual")
    cost: Mapped[int] = mapped_column(Instant)
    currency: Mapped[str] = mapped_column(Text, default="points")
    stock: Mapped[int | None] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    per_member: Mapped[int | None] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[int] = mapped_column(Instant)


HELD, FULFILLED, RELEASED = "held", "fulfilled", "released"
"""What becomes of a redemption."""


class Redemption(Base):
    """One exchange of points for a reward: `held`, then `fulfilled` or `released`."""

    __tablename__ = "redemptions"
    __table_args__ = (Index("ix_redemptions_member", "member_id", "id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    member_id: Mapped[str] = mapped_column(Key, ForeignKey("members.id"))
    reward_key: Mapped[str] = mapped_column(Key)
    points: Mapped[int] = mapped_column(Instant)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    held_at: Mapped[int] = mapped_column(Instant)
    ended_at: Mapped[int | None] = mapped_column(Instant)
