"""Back-tests: what was tried, how far it is, and what it said."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class BacktestRow(Base):
    """One rulebook tried on history. `state`: running | done | stopped | failed. `round` counts how often members have
    to be folded to have budgets answer them; null: everybody is answered, and the tally is made.

    `document` is what is tried as if it had been published from `since` on under `version` and `zone`, after the first
    `publications` publications; `drafted` says that it was the draft. What was first said after `begun_at`, or happens
    after `until`, is not looked at. `gains_only`: nobody is to lose by it. `facts` is how many there are in all, and
    `used` what budgets gave so far.
    """

    __tablename__ = "backtests"
    __table_args__ = (Index("ix_backtests_community", "community_id", "id"), Index("ix_backtests_state", "state"))

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    state: Mapped[str] = mapped_column(Text)
    round: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    drafted: Mapped[bool] = mapped_column(Boolean)
    document: Mapped[str] = mapped_column(Text)
    publications: Mapped[int] = mapped_column(Integer)
    zone: Mapped[str] = mapped_column(Text)
    since: Mapped[int] = mapped_column(Instant)
    until: Mapped[int] = mapped_column(Instant)
    gains_only: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[int] = mapped_column(Instant)
    begun_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[int | None] = mapped_column(Instant)
    facts: Mapped[int | None] = mapped_column(Instant)
    used: Mapped[list[Any]] = mapped_column(JSON, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class BacktestPart(Base):
    """The members after `after` up to `until`, `total` at first: `done` of them, with `facts`, are in what was `found`:
    a tally, or in a round what is asked of budgets. `answers` is what those answered to members who were refused.

    What is found is written down at the end of each slice of work, whose number is `slice`: of two workers at the same
    slice the first one counts. `tries` counts how often this one was begun. Whoever is at work on it has claimed it.
    """

    __tablename__ = "backtest_parts"

    backtest_id: Mapped[str] = mapped_column(Key, ForeignKey("backtests.id"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    after: Mapped[str] = mapped_column(Key)
    until: Mapped[str] = mapped_column(Key)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    facts: Mapped[int] = mapped_column(Instant, default=0)
    slice: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    claimed_until: Mapped[int | None] = mapped_column(Instant)
    found: Mapped[str] = mapped_column(Text, default="")
    answers: Mapped[str] = mapped_column(Text, default="{}")
