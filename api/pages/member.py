"""A member's page: points, badges, tier, streak, rank, what comes next, and the history with its reasons.

The member sees all of it. Where a community's pages are open, others see what the rules gave; corrections, what a
breach cost and redemptions are the member's own. Who hides from boards has no page for others, and a pseudonym is the
name here too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth import PUBLIC, Caller, opens, whole_address
from api.pages import doors, looked_at
from api.pages.frame import blueprint, boards, enter, language, page, reads
from api.pages.shown import board_of, people, picture
from api.v1 import entry_sentences
from api.v1.consequences import shown_decisions
from loyalty import (
    balances,
    board_windows,
    clock,
    communities,
    corrections,
    explanations,
    histories,
    leaderboards,
    ledger,
    members,
    names,
    private_rules,
    rulebook,
    standings,
    streaks,
    tiers,
)
from loyalty.errors import Invalid, NotFound, Unavailable
from loyalty.models import Community
from rules_engine import ahead
from rules_engine.effects import GIVEN
from rules_engine.errors import Sentence
from rules_engine.names import currency_name, said, tier_name
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing

LINES = 25
_DOORS = ("", "app", "generic")
_PLACE = re.compile(r"([0-9]{1,17})-([0-9]{1,17})")


@dataclass(frozen=True)
class Line:
    """One line of the history: when, why, how many points, and the activity that it came of, if of one."""

    at: int
    sentence: str
    change: int
    about: str
    activity: str | None


@dataclass(frozen=True)
class Rank:
    """The member's place among `total` on a board; none while nobody can tell. `stale`: some points are not in yet."""

    board: str
    place: int | None
    total: int = 0
    stale: bool = False


@blueprint.get("/c/<key>/members/<address:address>")
@opens(PUBLIC)
def member_page(key: str, address: str) -> Response:
    """A member by their id, or `me`: whoever's token opened the pages in this browser."""
    session = reads()
    community = enter(communities.with_pages(session, key))
    reader = doors.reader(session, community)
    member_id = _who(session, community, reader, address)
    if member_id is None:
        return doors.closed(community)
    mine = reader is not None and reader.member_id == member_id
    book, standing = rulebook.compiled(session, community.id), standings.view(session, community.id, member_id)
    untold = {badge.key for badge in book.badges.values() if badge.hidden and not mine}
    steps = [step for step in ahead.progress(book, standing, language()) if step.get("badge") not in untold]
    level = book.tiers.level(standing.tier_key) if book.tiers is not None else None
    held = {key: won for key, won in standing.badges.items() if key not in untold}
    lines, older = _history(session, community, member_id, mine=mine)
    private = private_rules.of(session, community.id)
    running = streaks.running(session, community.id, standing)
    told = [one for one in running if not private.hide(one["rule"], clock.now())]
    return page(
        "member.html",
        community=community,
        mine=mine,
        person=people(session, community, [member_id])[member_id],
        points=[
            (one, currency_name(book, one.currency, language())) for one in balances.of(session, community.id, standing)
        ],
        tier=tier_name(book, standing.tier_key, language()) if standing.tier_key is not None else None,
        benefits=[said(benefit, language(), "") for benefit in level.benefits] if level is not None else [],
        risk=_risk(session, community, book, standing) if mine else None,
        lock=_lock(session, community, standing) if mine else None,
        next_tier=next((step for step in steps if "tier" in step), None),
        steps=[step for step in steps if "tier" not in step],
        badges=[(picture(community, book, badge, level), at) for badge, (level, at) in _newest_first(held)],
        streaks=[
            (unit, max(runs)) for unit in ("days", "weeks") if (runs := [one[unit] for one in told if unit in one])
        ],
        ranks=_ranks(session, community, member_id),
        lines=lines,
        older=older,
        looked_at=looked_at.own(session, community.id, member_id) if mine else [],
    )


def _risk(session: Session, community: Community, book: Rulebook, standing: Standing) -> dict[str, Any] | None:
    """The fall that is near, as it is told."""
    found = tiers.risk(session, community.id, standing)
    if found is None:
        return None
    lands = tier_name(book, found.falls_to, language()) if found.falls_to is not None else None
    return {"needs": found.needs, "at": found.at, "tier": lands}


def _lock(session: Session, community: Community, standing: Standing) -> dict[str, Any] | None:
    """The lock that holds the member in their tier, with its reason."""
    lock = standing.tier_lock
    if lock is None:
        return None
    return {"until": lock.get("until"), "reason": corrections.reason(session, community.id, lock["fact"])}


@blueprint.get("/c/<key>/members/<address:address>/why/<activity>")
@opens(PUBLIC)
def why_page(key: str, address: str, activity: str) -> Response:
    """Why an activity gave the member what it gave, and why not more; for the member alone."""
    session = reads()
    community = enter(communities.with_pages(session, key))
    reader = doors.reader(session, community)
    if reader is None or reader.member_id is None or _who(session, community, reader, address) != reader.member_id:
        return doors.closed(community)
    found = explanations.read(session, community.id, activity, explain=True)
    book, untold = rulebook.book(session, community.id), private_rules.of(session, community.id)
    shown = shown_decisions(found.about(reader.member_id), book, language(), untold)
    if not shown:
        raise NotFound("activity_not_found", Sentence("There is no such activity of this member."))
    kinds = rulebook.compiled(session, community.id).kinds
    kind = kinds.get(found.saying.kind)
    return page(
        "why.html",
        community=community,
        person=people(session, community, [reader.member_id])[reader.member_id],
        member_id=reader.member_id,
        kind=said(kind.name, language(), found.saying.kind) if kind else found.saying.kind,
        at=found.saying.at,
        given=[one["sentence"] for one in shown if one["outcome"] == GIVEN and "sentence" in one],
        refused=[one["sentence"] for one in shown if one["outcome"] != GIVEN and "sentence" in one],
    )


def _who(session: Session, community: Community, reader: Caller | None, address: str) -> str | None:
    """The member whose page this reader may open; None where it takes a token. Raises `NotFound`."""
    if address == "me":
        return reader.member_id if reader is not None else None
    try:
        member_id = members.resolve(session, community.id, whole_address(address))
    except (NotFound, Invalid):
        member_id = None
    if reader is not None and reader.member_id == member_id:
        return member_id
    if community.pages != communities.OPEN:
        return None
    if member_id is None or not names.shows(session, community.id, member_id):
        raise NotFound("page_not_found", Sentence("There is no such member, or they do not show themselves."))
    return member_id


def _newest_first(held: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    return sorted(held.items(), key=lambda one: (-one[1][1], one[0]))


def _ranks(session: Session, community: Community, member_id: str) -> list[Rank]:
    """The member's place this week and in all, where they are on that board."""
    places: list[Rank] = []
    for period in ("week", "all"):
        board = board_of(session, community.id, period)
        if board is None:
            continue
        window = board_windows.window(session, community.id, board)
        name = said(board.name, language(), board.key)
        try:
            found = leaderboards.around(session, boards(), community.id, window, member_id, 0)
        except Unavailable:
            places.append(Rank(name, None))
            continue
        places += [Rank(name, row.rank, found.total, found.stale) for row in found.rows]
    return places


def _history(session: Session, community: Community, member_id: str, *, mine: bool) -> tuple[list[Line], str | None]:
    """A page of the account's lines, and where the next one begins."""
    read = ledger.entries if mine else histories.earned
    rows = read(session, member_id, _place(request.args.get("before", "")), LINES + 1)
    kinds = rulebook.compiled(session, community.id).kinds
    sentences = entry_sentences.told(session, community.id, rows, language())
    about = histories.kinds_of(session, {row.fact for row in rows if row.fact is not None})
    untold, lines = private_rules.of(session, community.id), []
    for row, sentence in zip(rows[:LINES], sentences, strict=False):
        hidden = untold.hide(row.rule, row.at)
        kind, platform = ("", "") if hidden else about.get(row.fact or "", ("", ""))
        lines.append(
            Line(
                row.at,
                sentence,
                entry_sentences.change(row),
                _about(said(kinds[kind].name, language(), kind) if kind in kinds else kind, platform),
                row.fact if mine and kind else None,
            )
        )
    older = f"{rows[LINES - 1].at}-{rows[LINES - 1].number}" if len(rows) > LINES else None
    return lines, older


def _about(kind: str, platform: str) -> str:
    """What was done, and where; apps and other doors of our own are no place that people know."""
    return kind if platform in _DOORS else _("%(kind)s on %(platform)s", kind=kind, platform=platform.capitalize())


def _place(text: str) -> tuple[int, int] | None:
    """Where a page begins, as `older` names it; the beginning for anything else."""
    found = _PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None
