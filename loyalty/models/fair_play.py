"""What a community looks out for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class FairPlay(Base):
    """The signals that a community switched on; `communities.fair_play` repeats `revision`, for who records to see."""

    __tablename__ = "fair_play"

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    signals: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[int] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Key)
