"""A community's page, for anybody: who it is, what it honours and how, and what just happened in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_babel import format_decimal
from sqlalchemy.orm import Session

from api.auth import PUBLIC, opens
from api.pages import looked_at
from api.pages.frame import blueprint, enter, language, page, reads
from api.pages.shown import Best, Person, Picture, best, board_of, people, picture, season
from loyalty import communities, happenings, rulebook
from loyalty.errors import NotFound
from loyalty.models import Community
from rules_engine import describe
from rules_engine.errors import Sentence
from rules_engine.names import currency_name, said, tier_name
from rules_engine.rules import Board, Rulebook
from rules_engine.tiers import Level

ON_BOARD = 10
IN_SEASON = 5
HAPPENED = 12
SCORED = 4


@dataclass(frozen=True)
class Line:
    """One thing that just happened: who won which badge, reached which tier, or came to how many points this week."""

    at: int
    person: Person
    badge: Picture | None = None
    tier: str | None = None
    points: str | None = None


@blueprint.get("/")
@opens(PUBLIC)
def front() -> Response:
    """The one community that there is; of several, those that are open to anybody."""
    session = reads()
    one = communities.only(session)
    if one is None:
        return page("communities.html", communities=communities.open_to_all(session))
    if one.pages == communities.CLOSED:
        raise NotFound("page_not_found", Sentence("This community keeps its pages to itself."))
    return _community(session, one)


@blueprint.get("/c/<key>")
@opens(PUBLIC)
def community_page(key: str) -> Response:
    """A community by its key."""
    session = reads()
    return _community(session, communities.with_pages(session, key))


def _community(session: Session, community: Community) -> Response:
    enter(community)
    book = rulebook.compiled(session, community.id)
    board = board_of(session, community.id, "week")
    week = best(session, community, board, ON_BOARD) if board else None
    return page(
        "community.html",
        community=community,
        week=week,
        season=season(session, community, IN_SEASON),
        happened=_happened(session, community, book, _scored(week, board, book) if week and board else []),
        tiers=[_tier(level, book) for level in book.tiers.levels] if book.tiers else [],
        badges=[_badge(community, key, book) for key, badge in book.badges.items() if not badge.hidden],
        rules=_rules(book),
        looked_at=looked_at.in_numbers(session, community.id),
    )


def _scored(week: Best, board: Board, book: Rulebook) -> list[Line]:
    """Of the week's best those whose points moved last."""
    called = currency_name(book, board.currency, language())
    latest = sorted(week.rows or (), key=lambda row: -row.reached_at)[:SCORED]
    return [Line(row.reached_at, row.person, points=f"{format_decimal(row.points)} {called}") for row in latest]


def _happened(session: Session, community: Community, book: Rulebook, scored: Sequence[Line]) -> list[Line]:
    levels = book.tiers.levels if book.tiers else ()
    worth_telling = [level.key for level in levels if level.reach > 0]
    untold = {badge.key for badge in book.badges.values() if badge.hidden}
    found = happenings.latest(session, community.id, worth_telling, HAPPENED, untold)
    called = people(session, community, [one.member_id for one in found])
    won = [
        Line(
            one.at,
            called[one.member_id],
            picture(community, book, one.badge, one.level) if one.badge is not None else None,
            tier_name(book, one.tier, language()) if one.tier is not None else None,
        )
        for one in found
        if one.member_id in called
    ]
    return sorted([*won, *scored], key=lambda line: -line.at)[:HAPPENED]


def _tier(level: Level, book: Rulebook) -> dict[str, Any]:
    return {
        "name": said(level.name, language(), level.key),
        "asks": describe.tier(level, book, language()),
        "benefits": [said(benefit, language(), "") for benefit in level.benefits],
    }


def _badge(community: Community, key: str, book: Rulebook) -> dict[str, Any]:
    badge = book.badges[key]
    return {
        "picture": picture(community, book, key),
        "description": said(badge.description, language(), ""),
        "asks": describe.badge(badge, book, language()),
    }


def _rules(book: Rulebook) -> list[dict[str, Any]]:
    """The rules that are told, with the points that each gives at least."""
    return [
        {
            "name": said(rule.name, language(), rule.key),
            "sentence": sentence,
            "points": max((given.base for given in rule.points), default=0),
        }
        for rule in book.rules
        if (sentence := describe.rule(rule, book, language())) is not None
    ]
