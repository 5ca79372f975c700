"""The community (the tenant), and its rulebook through time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Community(Base):
    """`salt` keys the derived ids of the community; `publications` counts its publications, so that one number tells
    whether a compiled rulebook at hand is still the one in force; `declarations` counts how often it declared activity
    kinds, likewise. `pages` says who may see its pages, `approvals` how many people it takes to publish;
    `fair_play` counts how often it changed what it looks out for.
    """

    __tablename__ = "communities"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text, default="UTC")
    pages: Mapped[str] = mapped_column(Text, default="members")
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    salt: Mapped[str] = mapped_column(Text)
    publications: Mapped[int] = mapped_column(Integer, default=0)
    declarations: Mapped[int] = mapped_column(Integer, default=0)
    approvals: Mapped[int] = mapped_column(Integer, default=1)
    fair_play: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[int] = mapped_column(Instant)


class RulebookDraft(Base):
    """The one draft a community is working on."""

    __tablename__ = "rulebook_drafts"

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[int] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text)


class RulebookVersion(Base):
    """A rulebook as it was published once; never changed."""

    __tablename__ = "rulebook_versions"

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(Text)


class Publication(Base):
    """From `effective_from` on, `version` governs, with days cut in `zone`. One that `reverts` another puts nothing in
    force itself: it says that the other does not count, until it is reverted itself. `gains_only`: nobody loses by it.
    """

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("community_id", "number", name="uq_publications_number"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    number: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    mode: Mapped[str] = mapped_column(Text)
    effective_from: Mapped[int] = mapped_column(Instant)
    zone: Mapped[str] = mapped_column(Text)
    engine_version: Mapped[int] = mapped_column(Integer)
    reverts: Mapped[str | None] = mapped_column(Key)
    gains_only: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[int] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(Text)
