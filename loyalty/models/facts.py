"""The append-only log of facts."""

from __future__ import annotations

from sqlalchemy import Boolean, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class FactRow(Base):
    """One saying about one activity key. What was said never changes.

    `activity_id` is derived from the key; row `n` = 1 is the *anchor*, which whoever says more about the key locks.
    Four columns are an index over the log and may be recomputed from it: `stands` (this row's content is what holds),
    `undone_by` (who undid it, if somebody did), and `actor` and `beneficiary` where they are given by reference.
    """

    __tablename__ = "facts"
    __table_args__ = (
        partial_index("ix_facts_actor", "actor", "at", where="stands"),
        partial_index("ix_facts_beneficiary", "beneficiary", "at", where="stands"),
        partial_index("ix_facts_declares", "declares", where="declares IS NOT NULL"),
        partial_index("ix_facts_actor_ref", "actor_ref", where="actor_ref IS NOT NULL"),
        partial_index("ix_facts_beneficiary_ref", "beneficiary_ref", where="beneficiary_ref IS NOT NULL"),
    )

    activity_id: Mapped[str] = mapped_column(Key, primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    key: Mapped[str] = mapped_column(Key)
    op: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(Instant)
    platform: Mapped[str] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(Key)
    actor_ref: Mapped[str | None] = mapped_column(Key)
    beneficiary: Mapped[str | None] = mapped_column(Key)
    beneficiary_ref: Mapped[str | None] = mapped_column(Key)
    declares: Mapped[str | None] = mapped_column(Key)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Key)
    said_by: Mapped[str] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(Text)
    stands: Mapped[bool] = mapped_column(Boolean)
    undone_by: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[int] = mapped_column(Instant)
