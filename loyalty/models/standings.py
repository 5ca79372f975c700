"""What the rules remember of each member, and earlier copies of it to fold on from."""

from __future__ import annotations

import json

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class StandingRow(Base):
    """One row a member, there from enrolment on: it is what recording locks.

    `state` is the folded standing; `balances` and (`entries`, `head`) are the ledger's: the sum of the entries by
    currency, their number and the last link of their chain. `stale_at` is the instant from which on the timeline
    was not folded again yet, `settling_at` what a settlement is at work on.
    """

    __tablename__ = "standings"
    __table_args__ = (
        partial_index("ix_standings_due", "next_due_at", "member_id", where="next_due_at IS NOT NULL"),
        partial_index("ix_standings_stale", "stale_at", where="stale_at IS NOT NULL OR settling_at IS NOT NULL"),
        Index("ix_standings_community", "community_id", "member_id"),
    )

    member_id: Mapped[str] = mapped_column(Key, ForeignKey("members.id"), primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(Instant)
    key: Mapped[str] = mapped_column(Key)
    balances: Mapped[str] = mapped_column(Text)
    entries: Mapped[int] = mapped_column(Instant)
    head: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Instant)
    engine_version: Mapped[int] = mapped_column(Integer)
    publications: Mapped[int] = mapped_column(Integer)
    next_due_at: Mapped[int | None] = mapped_column(Instant)
    stale_at: Mapped[int | None] = mapped_column(Instant)
    settling_at: Mapped[int | None] = mapped_column(Instant)
    ranks: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[int] = mapped_column(Instant)

    def balance_by_currency(self) -> dict[str, int]:
        """The member's balances; a currency that comes to nothing is left out."""
        balances: dict[str, int] = json.loads(self.balances)
        return balances


class Checkpoint(Base):
    """A standing as it was after a multiple of 128 facts. Slot = trailing zeros of that multiple: ten rows cover
    100,000 facts, dense near the end of the timeline, where late facts fall.
    """

    __tablename__ = "checkpoints"

    member_id: Mapped[str] = mapped_column(Key, ForeignKey("members.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    at: Mapped[int] = mapped_column(Instant)
    key: Mapped[str] = mapped_column(Key)
    state: Mapped[str] = mapped_column(Text)
