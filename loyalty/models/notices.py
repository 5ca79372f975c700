"""The outbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class Notice(Base):
    """Something that happened, committed with what it tells; carried out after the commit, perhaps more than once."""

    __tablename__ = "notices"
    __table_args__ = (
        partial_index("ix_notices_due", "due_at", where="done_at IS NULL"),
        partial_index("ix_notices_undone", "community_id", "kind", where="done_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    community_id: Mapped[str] = mapped_column(Key)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[int] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_until: Mapped[int | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Instant)
    done_at: Mapped[int | None] = mapped_column(Instant)
