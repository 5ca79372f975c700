"""Answers kept for a while, so that a request made twice is carried out once."""

from __future__ import annotations

from sqlalchemy import Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class KeptAnswer(Base):
    """The first answer to an idempotency key. `status` is null only inside the transaction that does the work.

    `body` is encrypted: an answer may hold a secret that is shown once.
    """

    __tablename__ = "kept_answers"

    community_id: Mapped[str] = mapped_column(Key, primary_key=True)
    caller: Mapped[str] = mapped_column(Key, primary_key=True)
    method: Mapped[str] = mapped_column(Key, primary_key=True)
    path: Mapped[str] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    request: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    kept_at: Mapped[int] = mapped_column(Instant, index=True)
