"""How many days in a row a member has come, rule by rule, as it stands at this instant; reads only."""

from __future__ import annotations

from sqlalchemy.orm import Session

from loyalty import clock, rulebook
from rules_engine import streaks
from rules_engine.standing import Standing


def running(session: Session, community_id: str, standing: Standing) -> dict[str, int]:
    """Days by the key of each streak rule in force; 0 for one that broke or never began."""
    now = clock.now()
    begun = [era for era in rulebook.book(session, community_id).eras if era.starts_at <= now]
    return {
        rule.key: streaks.running(standing, rule.key, era.zone, now)
        for era in begun[-1:]
        for rule in era.rulebook.rules
        if rule.streak_days
    }
