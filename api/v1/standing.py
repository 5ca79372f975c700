"""How one member stands, in parts: what an app polls."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, moment
from api.languages import language
from api.operations import Resource
from api.v1.members import BalanceSchema, HeldBadgeSchema, held_badges
from loyalty import balances, clock, corrections, rulebook, standings, tiers
from loyalty import streaks as streaks_of
from rules_engine import ahead, names
from rules_engine.standing import Standing
from rules_engine.tiers import Risk

resource = Resource("standing", __name__, "How a member stands, in parts.")


class BalancesSchema(AnswerSchema):
    """Every currency of the community."""

    data = ma.fields.List(ma.fields.Nested(BalanceSchema), required=True)


class ProgressSchema(AnswerSchema):
    """How far it is to a level of a badge. Numbers are null where the rule that gives it tells none."""

    level = ma.fields.Integer(required=True)
    have = ma.fields.Integer(required=True, allow_none=True)
    need = ma.fields.Integer(required=True, allow_none=True)
    sentence = ma.fields.String(required=True)


class HeldWithProgressSchema(HeldBadgeSchema):
    """A badge that the member holds, and how far its next level is."""

    name = ma.fields.String(required=True, metadata={"description": "Of this level, in the reader's language."})
    progress = ma.fields.Nested(ProgressSchema, required=True, allow_none=True)


class NextBadgeSchema(AnswerSchema):
    """A badge that the member is on the way to."""

    badge = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    progress = ma.fields.Nested(ProgressSchema, required=True)


class BadgesHeldSchema(AnswerSchema):
    """Every badge that the member holds, and those that they are on the way to."""

    data = ma.fields.List(ma.fields.Nested(HeldWithProgressSchema), required=True)
    next = ma.fields.List(ma.fields.Nested(NextBadgeSchema), required=True)


class LockStandingSchema(AnswerSchema):
    """A person holds the member in their tier."""

    since = ma.fields.DateTime(required=True)
    until = ma.fields.DateTime(required=True, allow_none=True)
    reason = ma.fields.String(required=True)
    activity = ma.fields.String(required=True)


class RiskSchema(AnswerSchema):
    """A fall that is near: the member was warned of it, or is in the grace before it."""

    falls_to = ma.fields.String(required=True, allow_none=True)
    at = ma.fields.DateTime(required=True)
    needs = ma.fields.Integer(required=True, metadata={"description": "Points that keep the member from it."})


class TierStandingSchema(AnswerSchema):
    """The member's tier, what it brings, how safe it is, and how it came about."""

    tier = ma.fields.String(required=True, allow_none=True)
    since = ma.fields.DateTime(required=True, allow_none=True, metadata={"description": "null: from the beginning."})
    benefits = ma.fields.List(
        ma.fields.Dict(), required=True, metadata={"description": "What the tier brings, in each language."}
    )
    at_risk = ma.fields.Nested(RiskSchema, required=True, allow_none=True)
    locked = ma.fields.Nested(LockStandingSchema, required=True, allow_none=True)
    history = ma.fields.List(
        ma.fields.Dict(),
        required=True,
        metadata={
            "description": "`from`, `to`, `at` (since when; null: from the beginning), `recorded_at` (when that came "
            "out). The one recorded last is first and holds; what came out late corrects those below it."
        },
    )


class StreakSchema(AnswerSchema):
    """Days, or weeks, in a row under one rule."""

    rule = ma.fields.String(required=True)
    days = ma.fields.Integer(metadata={"description": "As it stands today; 0 when it broke."})
    weeks = ma.fields.Integer(metadata={"description": "The same, of a rule that counts weeks."})
    freezes_left = ma.fields.Integer(metadata={"description": "How many may still be missed, if the rule tells."})


class StreaksSchema(AnswerSchema):
    """Every streak of the member."""

    data = ma.fields.List(ma.fields.Nested(StreakSchema), required=True)


@resource.operation("GET", "/members/<address:address>/balance", scope="read", members=True, answer=BalancesSchema)
def balance(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The member's points: what can be spent, what matures, what is held, what is owed."""
    standing = standings.view(session, caller.community_id, caller.member(session, address))
    found = balances.of(session, caller.community_id, standing)
    return {"data": [one._asdict() for one in found]}


@resource.operation("GET", "/members/<address:address>/badges", scope="read", members=True, answer=BadgesHeldSchema)
def badges(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The badges that the member holds, and how far the next ones are; a hidden one shows once it is held."""
    standing = standings.view(session, caller.community_id, caller.member(session, address))
    book, tongue = rulebook.compiled(session, caller.community_id), language()
    ways = {
        key: progress
        for key, badge in sorted(book.badges.items())
        if (progress := ahead.badge_progress(badge, book, standing, tongue)) is not None
    }
    return {
        "data": [
            {
                **held,
                "name": names.badge_name(book, held["badge"], tongue, held["level"]),
                "progress": ways.get(held["badge"]),
            }
            for held in held_badges(standing)
        ],
        "next": [
            {"badge": key, "name": names.badge_name(book, key, tongue), "progress": progress}
            for key, progress in ways.items()
            if key not in standing.badges
        ],
    }


@resource.operation("GET", "/members/<address:address>/tier", scope="read", members=True, answer=TierStandingSchema)
def tier(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The tier that the member is in."""
    member_id = caller.member(session, address)
    standing = standings.view(session, caller.community_id, member_id)
    ladder = rulebook.compiled(session, caller.community_id).tiers
    level = ladder.level(standing.tier_key) if ladder is not None else None
    since_at = standing.tier_since_at
    return {
        "tier": standing.tier_key,
        "since": moment(since_at) if since_at else None,
        "benefits": [dict(benefit) for benefit in level.benefits] if level is not None else [],
        "at_risk": _risk(tiers.risk(session, caller.community_id, standing)),
        "locked": _lock(session, caller, standing),
        "history": [
            {
                "from": row.from_tier,
                "to": row.to_tier,
                "at": moment(row.at) if row.at > 0 else None,
                "recorded_at": moment(row.booked_at),
            }
            for row in tiers.history(session, member_id)
        ],
    }


@resource.operation("GET", "/members/<address:address>/streaks", scope="read", members=True, answer=StreaksSchema)
def streaks(session: Session, caller: Caller, address: str) -> dict[str, Any]:
    """The member's streaks as they stand today."""
    member_id = caller.member(session, address)
    standing = standings.view(session, caller.community_id, member_id)
    running, untold = streaks_of.running(session, caller.community_id, standing), caller.untold(session)
    return {"data": [one for one in running if untold is None or not untold.hide(one["rule"], clock.now())]}


def _risk(found: Risk | None) -> dict[str, Any] | None:
    return None if found is None else {"falls_to": found.falls_to, "at": moment(found.at), "needs": found.needs}


def _lock(session: Session, caller: Caller, standing: Standing) -> dict[str, Any] | None:
    lock = standing.tier_lock
    if lock is None:
        return None
    return {
        "since": moment(lock["since_at"]),
        "until": moment(lock.get("until")),
        "reason": corrections.reason(session, caller.community_id, lock["fact"]),
        "activity": lock["fact"],
    }
