"""The walks that bring every member up to a publication, and how far each of their parts came."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class Walk(Base):
    """One walk. `state`: waiting (its publication begins at `due_at`) | preparing | walking | done. Whoever prepares it
    has claimed it.
    """

    __tablename__ = "walks"
    __table_args__ = (partial_index("ix_walks_undone", "due_at", where="state <> 'done'"),)

    publication_id: Mapped[str] = mapped_column(Key, ForeignKey("publications.id"), primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, index=True)
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[int] = mapped_column(Instant)
    claimed_until: Mapped[int | None] = mapped_column(Instant)
    begun_at: Mapped[int | None] = mapped_column(Instant)
    ended_at: Mapped[int | None] = mapped_column(Instant)


class WalkPart(Base):
    """The members after `after` up to `until`: `done` of `total` were met, `broken` of them could not be folded.

    `after` moves on with every page. Whoever is at work on the part has claimed it.
    """

    __tablename__ = "walk_parts"

    publication_id: Mapped[str] = mapped_column(Key, ForeignKey("walks.publication_id"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    after: Mapped[str] = mapped_column(Key)
    until: Mapped[str] = mapped_column(Key)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    broken: Mapped[int] = mapped_column(Integer, default=0)
    claimed_until: Mapped[int | None] = mapped_column(Instant)
