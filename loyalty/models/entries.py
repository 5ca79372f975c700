"""The double-entry ledger: immutable transfers, chained member by member."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Entry(Base):
    """One transfer of `amount` > 0 points from account `debit` to account `credit`.

    (member, occasion, rule, effect) is the decision key; what a decision has booked is the sum over its revisions.
    `publication` is what made the member's account another, where that was no activity.
    `number` counts the member's entries from 1; `link` = HMAC(previous link, this entry). The primary key begins with
    when it happened, since that is how entries are read: a timeline's stretch, a board's window, a member's history.
    """

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_is_positive"),
        Index("uq_entries_decision", "member_id", "occasion", "rule", "effect", "revision", unique=True),
    )

    member_id: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[int] = mapped_column(Instant, primary_key=True)
    number: Mapped[int] = mapped_column(Instant, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    rule: Mapped[str] = mapped_column(Key)
    occasion: Mapped[str] = mapped_column(Key)
    effect: Mapped[str] = mapped_column(Key)
    revision: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(Text)
    debit: Mapped[str] = mapped_column(Text)
    credit: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(Instant)
    fact: Mapped[str | None] = mapped_column(Key)
    publication: Mapped[str | None] = mapped_column(Key)
    booked_at: Mapped[int] = mapped_column(Instant)
    link: Mapped[str] = mapped_column(Text)


class LedgerAnchor(Base):
    """The seal of a day over all chains of a community: over the heads that moved since the last one, how many members
    have a chain and how many entries those count in all, and the last one's seal.
    """

    __tablename__ = "ledger_anchors"

    community_id: Mapped[str] = mapped_column(Key, primary_key=True)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    members: Mapped[int] = mapped_column(Instant)
    entries: Mapped[int] = mapped_column(Instant)
    seal: Mapped[str] = mapped_column(Text)
    anchored_at: Mapped[int] = mapped_column(Instant)


class AnchoredHead(Base):
    """Where a member's chain ended when a day was anchored; a row for each day on which it had moved."""

    __tablename__ = "anchored_heads"
    __table_args__ = (Index("ix_anchored_heads_anchor", "community_id", "day", "member_id"),)

    member_id: Mapped[str] = mapped_column(Key, primary_key=True)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    entries: Mapped[int] = mapped_column(Instant)
    head: Mapped[str] = mapped_column(Text)
