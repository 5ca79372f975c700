"""The rulebook of a community through time: its draft, its versions, and which of them was put in force when."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


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
