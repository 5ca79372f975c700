"""The community: the tenant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key


class Community(Base):
    """`salt` keys the derived ids of the community; `publications` counts its publications, so that one number tells
    whether a compiled rulebook at hand is still the one in force; `declarations` counts how often it declared activity
    kinds, likewise. `pages` says who may see its pages, `approvals` how many people it takes to publish;
    `fair_play` counts how often it changed what it looks out for.
    """

    __tablename__ = "communities"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text, default="UTC")
    pages: Mapped[str] = mapped_column(Text, default="members")
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    salt: Mapped[str] = mapped_column(Text)
    publications: Mapped[int] = mapped_column(Integer, default=0)
    declarations: Mapped[int] = mapped_column(Integer, default=0)
    approvals: Mapped[int] = mapped_column(Integer, default=1)
    fair_play: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[int] = mapped_column(Instant)
