"""Budgets of everyone together, and what each award was answered."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Budget(Base):
    """So much is used of a budget in one window: the sum of what is granted in `budget_answers`."""

    __tablename__ = "budgets"

    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"), primary_key=True)
    slot: Mapped[str] = mapped_column(Key, primary_key=True)
    label: Mapped[str] = mapped_column(Key, primary_key=True)
    used: Mapped[int] = mapped_column(Instant)


class BudgetAnswer(Base):
    """What budgets answered to one decision of a member that asked for some amounts: folds are told it, and never ask
    the same again. Of the answers to a decision at most one is `in_use`.

    (`at`, `key`) is the decision's place in the timeline; `amounts` is JSON, a list of [slot, label, amount].
    """

    __tablename__ = "budget_answers"
    __table_args__ = (Index("ix_budget_answers_place", "member_id", "at"),)

    member_id: Mapped[str] = mapped_column(Key, ForeignKey("members.id"), primary_key=True)
    occasion: Mapped[str] = mapped_column(Key, primary_key=True)
    rule: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key)
    at: Mapped[int] = mapped_column(Instant)
    key: Mapped[str] = mapped_column(Key)
    granted: Mapped[bool] = mapped_column(Boolean)
    amounts: Mapped[str] = mapped_column(Key, primary_key=True)
    answered_at: Mapped[int] = mapped_column(Instant)
    in_use: Mapped[bool] = mapped_column(Boolean)
