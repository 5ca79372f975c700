"""Backfills: what somebody loaded to be recorded, and what became of each line."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class Import(Base):
    """One backfill. `state`: open | recording | recorded | reverting | reverted.

    `said_by` is who its activities belong to: the source that it speaks for, else the key that opened it. `platforms`
    lists what it may speak for, null: whatever that one may. `started_at` and `moved_at` are the first and the latest
    batch of the present stretch of work, `error` is why the latest try failed. `lines` says how many lines are in each
    state, and `earliest_at` and `latest_at` which instants the good ones span: whoever changes lines holds this row and
    keeps them true, so that nobody has to count.
    """

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_community", "community_id", "id"), Index("ix_imports_state", "state"))

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    name: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str | None] = mapped_column(Key, ForeignKey("sources.id"))
    said_by: Mapped[str] = mapped_column(Text)
    platforms: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[int] = mapped_column(Instant)
    closed_at: Mapped[int | None] = mapped_column(Instant)
    started_at: Mapped[int | None] = mapped_column(Instant)
    moved_at: Mapped[int | None] = mapped_column(Instant)
    finished_at: Mapped[int | None] = mapped_column(Instant)
    lines: Mapped[dict[str, int]] = mapped_column(JSON)
    earliest_at: Mapped[int | None] = mapped_column(Instant)
    latest_at: Mapped[int | None] = mapped_column(Instant)


class ImportLine(Base):
    """One line of a backfill by its number. `state`: waiting | refused | recorded | known | reverted.

    `body` is the line itself while it waits; afterwards the fact is the record, found by `activity_id`. `version` is
    the one it was said with. `problems` says what is wrong with it, as `errors.kept` writes it.
    """

    __tablename__ = "import_lines"
    __table_args__ = (
        Index("ix_import_lines_state", "import_id", "state", "at", "number"),
        partial_index("ix_import_lines_wrong", "import_id", "number", where="problems IS NOT NULL"),
    )

    import_id: Mapped[str] = mapped_column(Key, ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(Instant)
    activity_id: Mapped[str | None] = mapped_column(Key)
    version: Mapped[int | None] = mapped_column(Instant)
    body: Mapped[str | None] = mapped_column(Text)
    problems: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
