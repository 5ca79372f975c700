"""Who changed what, and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class AuditLine(Base):
    """One change by a person or a key. `before` and `after` hold what differs; null where there was or is nothing."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_community", "community_id", "id"),
        Index("ix_audit_subject", "community_id", "subject", "id"),
        Index("ix_audit_by", "community_id", "by", "id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    at: Mapped[int] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(Key)
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Key)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    why: Mapped[str] = mapped_column(Text)
