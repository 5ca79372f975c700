"""Activity kinds that a community declares for itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class DeclaredKind(Base):
    """A kind beside the built-in ones: its names by language, and the type of each field of `data`."""

    __tablename__ = "declared_kinds"

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    name: Mapped[dict[str, Any]] = mapped_column(JSON)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[int] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Key)
