"""How many days or weeks in a row a member has come, rule by rule, as it stands at this instant; reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from loyalty import clock, rulebook
from rules_engine import streaks
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing
from rules_engine.streaks import Streak


def running(session: Session, community_id: str, standing: Standing) -> list[dict[str, Any]]:
    """Each streak rule in force, by its key, with how long the streak is; 0 for one that broke or never began."""
    book = rulebook.compiled(session, community_id)
    found = (told(book, standing, key, clock.now()) for key in sorted(rule.key for rule in book.rules))
    return [one for one in found if one is not None]


def told(book: Rulebook, standing: Standing, rule: str, as_of: int) -> dict[str, Any] | None:
    """A streak as an answer tells it: how many days or weeks, and what may still be missed where the rule forgives and
    tells its numbers.
    """
    found = book.rule(rule)
    if found is None or not isinstance(found.terms, Streak):
        return None
    run = streaks.running(found.terms, standing, rule, book.zone, as_of)
    one: dict[str, Any] = {"rule": rule, f"{found.terms.unit}s": run.length}
    return one | {"freezes_left": run.freezes} if found.terms.freezes and found.tells == "exact" else one
