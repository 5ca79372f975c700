"""Which rules keep to themselves: what a member or a visitor is told names none of them, whatever governs by now.

A line of an account may come from a rule that is in no rulebook any more. Where the rulebook in force does not know it,
a rule counts as private when any version that was ever published called it so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import rulebook
from loyalty.models import RulebookVersion
from loyalty.rulebook import Book

PRIVATE = "private"
_ever: dict[str, tuple[int, frozenset[str]]] = {}


@dataclass(frozen=True, slots=True)
class PrivateRules:
    """The rules of one community that keep to themselves."""

    book: Book
    ever: frozenset[str]

    def hide(self, rule: str, at: int) -> bool:
        """Whether the rule, as it governed the instant, is one of them."""
        in_force = self.book.in_force(at)
        known = in_force[1].rule(rule) if in_force is not None else None
        return rule in self.ever if known is None else known.tells == PRIVATE


def of(session: Session, community_id: str) -> PrivateRules:
    """Those of the community, as of now."""
    return PrivateRules(rulebook.book(session, community_id), _published(session, community_id))


def _published(session: Session, community_id: str) -> frozenset[str]:
    """Every key that a published version called private; versions never change, so each is read once."""
    mine = RulebookVersion.community_id == community_id
    last = session.scalar(select(func.max(RulebookVersion.version)).where(mine)) or 0
    read, found = _ever.get(community_id, (0, frozenset[str]()))
    if read < last:
        documents = session.scalars(select(RulebookVersion.document).where(mine, RulebookVersion.version > read))
        rules = [rule for document in documents for rule in json.loads(document).get("rules", ())]
        found |= {rule["key"] for rule in rules if rule.get("tells") == PRIVATE}
        _ever[community_id] = last, found
    return found
