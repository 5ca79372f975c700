"""The lines of an account as sentences: what gave the points or took them, and which new rules changed them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from loyalty import histories, private_rules, rulebook
from loyalty.models import Entry
from rules_engine import explain
from rules_engine.days import zone
from rules_engine.effects import ADJUSTMENT, GIVEN, MEMBER, REDEEMED, Decision


def change(row: Entry) -> int:
    """What the entry did to the member's own account."""
    return row.amount if row.credit == MEMBER else -row.amount if row.debit == MEMBER else 0


def told(session: Session, community_id: str, rows: Sequence[Entry], language: str) -> list[str]:
    """A sentence for each entry, in the language."""
    book = rulebook.book(session, community_id)
    reasons = histories.reasons_of(session, {row.fact for row in rows if row.fact and row.rule == ADJUSTMENT})
    dates, untold = _dates(session, community_id, book, rows), private_rules.of(session, community_id)
    sentences = []
    for row in rows:
        in_force = book.in_force(row.at)
        effects = [{"points": change(row), "currency": row.currency}]
        decision = Decision(
            row.rule, row.occasion, GIVEN, None, None, effects, row.fact, row.at, reasons.get(row.fact or "")
        )
        if in_force is None:
            text = row.rule
        elif not change(row):
            spent = row.amount if row.credit == REDEEMED else -row.amount
            text = explain.settled(row.rule, spent, row.currency, in_force[1], language)
        elif untold.hide(row.rule, row.at):
            text = explain.neutral(effects, in_force[1], language)
        else:
            text = explain.sentence(decision, in_force[1], language)
        day = dates.get(row.publication or "")
        sentences.append(text if day is None else explain.by_rulebook(text, day, language))
    return sentences


def _dates(session: Session, community_id: str, book: rulebook.Book, rows: Sequence[Entry]) -> dict[str, str]:
    """The day on which each publication that these entries name was published, in the community's zone."""
    named = {row.publication for row in rows if row.publication is not None}
    published = rulebook.publications(session, community_id) if named else []
    return {
        row.id: zone(book.zone(row.published_at)).day(row.published_at).label for row in published if row.id in named
    }
