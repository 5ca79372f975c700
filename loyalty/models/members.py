"""Members, and the identities through which they take part."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key

# Checked at the commit: of two calls that enrol one person, only the winner of the identity makes the member.
_MEMBER = ForeignKey("members.id", deferrable=True, initially="DEFERRED")


class Member(Base):
    """A person in a community. What the rules know of a member comes from facts; these columns are for showing."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("community_id", "external_id", name="uq_members_external_id"),
        Index("ix_members_community", "community_id", "id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    external_id: Mapped[str | None] = mapped_column(Key)
    name: Mapped[str] = mapped_column(Text, default="")
    role: Mapped[str] = mapped_column(Text, default="person")
    groups: Mapped[list[str]] = mapped_column(JSON, default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    zone: Mapped[str | None] = mapped_column(Text)
    zone_changed_at: Mapped[int | None] = mapped_column(Instant)
    language: Mapped[str | None] = mapped_column(Text)
    on_boards: Mapped[bool] = mapped_column(Boolean, default=True)
    pseudonym: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Instant)


class Identity(Base):
    """A member's account on one platform; `id` is derived from (platform, scope, external_id).

    `member_id` says whose it is now, `enrolled_id` whose it was at first: an unlink gives it back. Both are null while
    the identity is parked. Every member has an identity of its own on the platform `setia`.
    """

    __tablename__ = "identities"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    platform: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str] = mapped_column(Text)
    handle: Mapped[str | None] = mapped_column(Text)
    member_id: Mapped[str | None] = mapped_column(Key, _MEMBER, index=True)
    enrolled_id: Mapped[str | None] = mapped_column(Key, index=True)
    created_at: Mapped[int] = mapped_column(Instant)
