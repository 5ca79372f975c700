"""Connected platforms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Source(Base):
    """One connected platform of one community, with its secrets.

    `secret` and `previous_secret` are encrypted; both verify until `previous_until`, while the platform is being told
    the new one. `kinds`, `platforms` and `scopes` list what the source may speak for, null: anything. `options` are the
    platform's own.
    """

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), index=True)
    platform: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[int | None] = mapped_column(Instant)
    enrol: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    platforms: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[int] = mapped_column(Instant)
    rotated_at: Mapped[int | None] = mapped_column(Instant)
