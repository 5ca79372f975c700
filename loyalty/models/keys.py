"""API keys, as hashes."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class ApiKey(Base):
    """What is kept of a key: `prefix` finds it, `digest` proves it. The key itself is shown once and never stored.

    `platforms` and `kinds` say what an `ingest` key may speak for; null means everything. `voice` is the id under which
    it says things: its own, or that of the first key in the line that it was rotated from.
    """

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_community", "community_id", "id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    prefix: Mapped[str] = mapped_column(Key, unique=True)
    digest: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    platforms: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    kinds: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    replaces: Mapped[str | None] = mapped_column(Key)
    voice: Mapped[str] = mapped_column(Key)
    created_at: Mapped[int] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int | None] = mapped_column(Instant)
    revoked_at: Mapped[int | None] = mapped_column(Instant)
    last_used_at: Mapped[int | None] = mapped_column(Instant)
