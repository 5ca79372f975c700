"""What waits for a person to judge, and which awards are withheld meanwhile."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base, Instant, Key, partial_index


class Case(Base):
    """Something about one person for somebody to judge: `open`, then `decided` with an `outcome`.

    `identity` is the one that took part, so that a case goes where the identity goes; of what is no activity it is the
    member's own. `subject` is what it is about: an activity, a ring, a redemption, or what an appeal is against.
    `signals` are the figures that raised it; `text` is what the member wrote; `reason` is what they are answered.
    """

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "identity", name="uq_cases_subject"),
        Index("ix_cases_community", "community_id", "id"),
        Index("ix_cases_identity", "identity", "id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    community_id: Mapped[str] = mapped_column(Key, ForeignKey("communities.id"))
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Key)
    identity: Mapped[str] = mapped_column(Key, ForeignKey("identities.id"))
    signals: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[int] = mapped_column(Instant)
    decided_at: Mapped[int | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Key)


class WithheldAward(Base):
    """What an activity gives to one who took part in it is a matter of a case; while it `holds`, rules give nothing
    for it. Folds are told so. The primary key says that there is one case for each person and activity.
    """

    __tablename__ = "withheld_awards"
    __table_args__ = (
        partial_index("ix_withheld_awards_holds", "identity", where="holds"),
        Index("ix_withheld_awards_case", "case_id"),
    )

    activity_id: Mapped[str] = mapped_column(Key, primary_key=True)
    identity: Mapped[str] = mapped_column(Key, ForeignKey("identities.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(Key, ForeignKey("cases.id"))
    holds: Mapped[bool] = mapped_column(Boolean)
