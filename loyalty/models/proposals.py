"""What waits for a second person's word."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Proposal(Base):
    """What somebody asked for where two have to agree. `state`: proposed | approved | rejected; approved, it is the
    publication `id`, unless its `mode` is `approvals`: then it only said how many `approvals` it takes from then on.

    `document` is the draft as it was then, of `revision`; null where an earlier `version` is proposed, or that the
    publication `reverts` be taken back.
    """

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_community", "community_id", "id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    state: Mapped[str] = mapped_column(Text)
    document: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int | None] = mapped_column(Integer)
    mode: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[int | None] = mapped_column(Instant)
    gains_only: Mapped[bool] = mapped_column(Boolean, default=False)
    reverts: Mapped[str | None] = mapped_column(Key)
    approvals: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[int] = mapped_column(Instant)
    proposed_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[int | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Text)
