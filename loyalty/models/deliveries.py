"""What platforms sent, as they sent it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class Delivery(Base):
    """One verified HTTP request of a source, its body kept raw. `state`: received | processed | ignored | failed.

    `delivery_id` is the platform's own name for the request, the same on each of its retries. `error` is what was
    refused of it, or why nothing was read in it. `activities` are those that it spoke of, and what became of each.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("source_id", "delivery_id", name="uq_deliveries_delivery_id"),
        partial_index("ix_deliveries_waiting", "due_at", where="state = 'received'"),
        Index("ix_deliveries_received", "received_at"),
        Index("ix_deliveries_community_id", "community_id", "id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    source_id: Mapped[str] = mapped_column(Key, ForeignKey("sources.id"))
    delivery_id: Mapped[str] = mapped_column(Key)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[int] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text, default="received")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[int] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)
    activities: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    processed_at: Mapped[int | None] = mapped_column(Instant)
