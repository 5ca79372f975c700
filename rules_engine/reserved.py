"""Setia's own facts about a member: role, profile, corrections, awards by hand, redemptions.

An accepted spend is never recomputed: a hold always moves its whole amount, and what no lot covers becomes debt. A
fact that says nothing usable changes nothing; whoever records it has checked it before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules_engine import badges, facts, giving, lots, tiers
from rules_engine.days import zone
from rules_engine.effects import (
    ADJUSTMENT,
    AWARD,
    HELD,
    ISSUANCE,
    KEPT,
    MEMBER,
    REDEEMED,
    REDEMPTION,
    TAKING,
    TIER_LOCK,
    Effect,
)
from rules_engine.errors import UnknownZone
from rules_engine.facts import Fact
from rules_engine.standing import PERSON
from rules_engine.step import Step
from rules_engine.streaks import zone_name

_ROLES = (PERSON, "staff", "bot")


def apply(step: Step, fact: Fact) -> None:
    """Does what the fact says to the standing, and wants the transfers it stands for."""
    _APPLY[fact.kind](step, fact)


def _role_given(step: Step, fact: Fact) -> None:
    role = fact.data.get("role")
    if role not in _ROLES or role == step.standing.role:
        return
    day = step.zone.day(fact.at)
    step.standing.role = role
    step.standing.tier = {}
    if role == PERSON:
        giving.catch_up(step, fact.at, day)
    step.settle(fact.at, day, adopting=True)
    step.plan()


def _member_changed(step: Step, fact: Fact) -> None:
    standing = step.standing
    groups, attributes = fact.data.get("groups"), fact.data.get("attributes")
    if isinstance(groups, (list, tuple)):
        standing.groups = sorted({group for group in groups if isinstance(group, str)})
    if isinstance(attributes, dict):
        standing.attributes = dict(attributes)
    if "zone" in fact.data:
        name = fact.data["zone"]
        try:
            if name is not None:
                zone(str(name))
        except UnknownZone:
            return
        today = zone_name(standing, step.zone.name, fact.at)
        if standing.zone_next is not None and fact.at >= standing.zone_next[1]:
            standing.zone = standing.zone_next[0]
        standing.zone_next = [name, zone(today).day(fact.at).end]


def _points_adjusted(step: Step, fact: Fact) -> None:
    points, currency = _amount(fact.data.get("points")), _text(fact.data.get("currency"))
    if not points or currency is None:
        return
    if points > 0:
        lots.deposit(step.standing, currency, None, 0, points, fact.at)
        _want(step, fact, ADJUSTMENT, "points", currency, ISSUANCE, MEMBER, points)
    else:
        lots.consume(step.standing, currency, -points, fact.at)
        _want(step, fact, ADJUSTMENT, "points", currency, MEMBER, ISSUANCE, -points)
        step.plan()
    step.note(ADJUSTMENT, fact, {"points": points, "currency": currency}, _text(fact.data.get("reason")))


def _badge_given(step: Step, fact: Fact) -> None:
    badge, level = _text(fact.data.get("badge")), _amount(fact.data.get("level", 1))
    if badge is None or level < 1:
        return
    badges.give_back(step.standing, badge)
    if badges.award(step.standing, badge, level, fact.at):
        step.note(AWARD, fact, badges.said(badge, level))
        step.settle(fact.at, step.zone.day(fact.at))


def _badge_taken(step: Step, fact: Fact) -> None:
    badge = _text(fact.data.get("badge"))
    if badge is not None and badges.take(step.standing, badge):
        step.note(TAKING, fact, {"taken": badge}, _text(fact.data.get("reason")))
        step.settle(fact.at, step.zone.day(fact.at))


def _tier_locked(step: Step, fact: Fact) -> None:
    tier, until = _text(fact.data.get("tier")), fact.data.get("until")
    if tier is None or tier not in step.rulebook.tier_keys or (until is not None and _amount(until) <= fact.at):
        return
    tiers.lock(step.standing, tier, until, fact.id, fact.at)
    _held_in(step, fact, tier)


def _tier_unlocked(step: Step, fact: Fact) -> None:
    if step.standing.tier_lock is not None:
        tiers.unlock(step.standing, fact.at)
        _held_in(step, fact, None)


def _held_in(step: Step, fact: Fact, tier: str | None) -> None:
    step.note(TIER_LOCK, fact, {"tier": tier}, _text(fact.data.get("reason")))
    step.settle(fact.at, step.zone.day(fact.at))
    step.plan()


def _redemption_held(step: Step, fact: Fact) -> None:
    redemption, currency = _text(fact.data.get("redemption")), _text(fact.data.get("currency"))
    points = _amount(fact.data.get("points"))
    if redemption is None or currency is None or points <= 0 or redemption in step.standing.held:
        return
    taken, short = lots.consume(step.standing, currency, points, fact.at)
    step.standing.held[redemption] = {"currency": currency, "points": points, "lots": taken, "short": short}
    _want(step, fact, REDEMPTION, "hold", currency, MEMBER, HELD, points)
    step.note(REDEMPTION, fact, {"points": -points, "currency": currency})
    step.plan()


def _redemption_settled(step: Step, fact: Fact) -> None:
    held = step.standing.held.pop(_text(fact.data.get("redemption")) or "", None)
    if held is not None:
        _want(step, fact, REDEMPTION, "settle", held["currency"], HELD, REDEEMED, held["points"])


def _redemption_released(step: Step, fact: Fact) -> None:
    held = step.standing.held.pop(_text(fact.data.get("redemption")) or "", None)
    if held is None:
        return
    currency = held["currency"]
    tonight = step.zone.day(fact.at).end
    # What no lot covered became debt, so it comes back first: else the lots would repay that, and it be left in them.
    for expires_at, matures_at, amount in [[None, 0, held["short"]], *held["lots"]]:
        if amount:
            # What would have expired while it was held can be used for the rest of the day.
            until = None if expires_at is None else max(expires_at, tonight)
            lots.deposit(step.standing, currency, until, matures_at, amount, fact.at)
    _want(step, fact, REDEMPTION, "release", currency, HELD, MEMBER, held["points"])
    step.note(REDEMPTION, fact, {"points": held["points"], "currency": currency})
    step.plan()


def _gains_kept(step: Step, fact: Fact) -> None:
    standing, told = step.standing, fact.data
    step.gave(KEPT)
    for one in told.get("points", ()):
        currency = one["currency"]
        for expires_at, matures_at, amount in one["lots"]:
            lots.deposit(standing, currency, expires_at, matures_at, amount, fact.at)
        _want(step, fact, KEPT, "points", currency, ISSUANCE, MEMBER, one["points"])
        step.note(KEPT, fact, {"points": one["points"], "currency": currency})
    for one in told.get("badges", ()):
        if badges.award(standing, one["badge"], one["level"], one["at"]):
            step.note(KEPT, fact, badges.said(one["badge"], one["level"]))
    tier, ladder = told.get("tier"), step.rulebook.tiers
    if tier is not None and ladder is not None and ladder.index(tier["key"]) > ladder.index(standing.tier_key):
        tiers.keep(ladder, standing, step.zone, tier["key"], tier["since_at"], fact.at)
    step.settle(fact.at, step.zone.day(fact.at))
    step.plan()


def _case_decided(step: Step, fact: Fact) -> None:
    """It stands in the timeline for people; what it means for an award is on record, and told to the fold."""


def _want(step: Step, fact: Fact, rule: str, effect: str, currency: str, debit: str, credit: str, amount: int) -> None:
    step.effects.append(
        Effect(rule, fact.id, f"{effect}:{currency}", currency, debit, credit, amount, fact.at, fact.id)
    )


def _amount(value: Any) -> int:
    return value if value.__class__ is int else 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


_APPLY: dict[str, Callable[[Step, Fact], None]] = {
    facts.ROLE_GIVEN: _role_given,
    facts.MEMBER_CHANGED: _member_changed,
    facts.POINTS_ADJUSTED: _points_adjusted,
    facts.BADGE_GIVEN: _badge_given,
    facts.BADGE_TAKEN: _badge_taken,
    facts.TIER_LOCKED: _tier_locked,
    facts.TIER_UNLOCKED: _tier_unlocked,
    facts.REDEMPTION_HELD: _redemption_held,
    facts.REDEMPTION_SETTLED: _redemption_settled,
    facts.REDEMPTION_RELEASED: _redemption_released,
    facts.GAINS_KEPT: _gains_kept,
    facts.CASE_DECIDED: _case_decided,
}
