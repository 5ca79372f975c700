"""Leaderboards: who stands where, over which window."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import current_app
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, Moment, NameSchema, Pattern, RequestSchema, WholeParameter, key_field, moment
from api.languages import language
from api.operations import Answer, Resource
from api.pagination import DEFAULT_LIMIT, MAX_LIMIT, read_cursor, write_cursor
from api.v1.drafts import DraftedSchema, drafted
from loyalty import board_windows, drafts, leaderboards, names, windows
from loyalty.rankings import Place
from rules_engine.errors import Sentence
from rules_engine.rules import Board

_CALLED = "The member's chosen pseudonym, else name, else handle on a platform, else `Member 3F2A` after the id."
resource = Resource("leaderboards", __name__, "Members in the order of their points, over a window of time.")


def _day(description: str) -> ma.fields.String:
    check = Pattern(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", error=Sentence("a date such as 2026-12-01"))
    return ma.fields.String(validate=check, metadata={"description": description})


class BoardSchema(RequestSchema):
    """A board as the rulebook declares it; its key is in the path."""

    name = ma.fields.Nested(NameSchema, required=True)
    currency = key_field("Which points; absent: the first currency.")
    period = ma.fields.String(
        validate=ma.validate.OneOf(windows.PERIODS), metadata={"description": "Absent: all, or the season's days."}
    )
    starts_on = _day("The first day of a season, which has a last one as well and no period.")
    ends_on = _day("The last day of a season.")
    group = ma.fields.String(validate=ma.validate.Length(min=1, max=64))


class BoardAnswerSchema(AnswerSchema):
    """A board in force."""

    key = ma.fields.String(required=True)
    name = ma.fields.Dict(required=True)
    currency = ma.fields.String(required=True)
    period = ma.fields.String(required=True)
    starts_on = ma.fields.String(required=True, allow_none=True)
    ends_on = ma.fields.String(required=True, allow_none=True)
    group = ma.fields.String(required=True, allow_none=True)


class BoardsSchema(AnswerSchema):
    """Every board in force."""

    data = ma.fields.List(ma.fields.Nested(BoardAnswerSchema), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class PlaceOnBoardSchema(AnswerSchema):
    """One member's place. Equal scores have equal rank."""

    rank = ma.fields.Integer(required=True)
    member = ma.fields.String(required=True)
    name = ma.fields.String(required=True, metadata={"description": _CALLED})
    score = ma.fields.Integer(required=True)
    reached_at = ma.fields.DateTime(required=True)


class AroundSchema(AnswerSchema):
    """Where the member is who was asked for; nobody without a score is on a board."""

    member = ma.fields.String(required=True)
    rank = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null, and no `data`: the member has no score here."}
    )
    score = ma.fields.Integer(required=True)


class BoardPageSchema(AnswerSchema):
    """A page of a board."""

    board = ma.fields.String(required=True)
    period = ma.fields.String(required=True)
    window = ma.fields.String(
        required=True,
        metadata={"description": "Such as `2026-W47`; `all` for all time; `2026-10-01/2026-12-31` for a season."},
    )
    total = ma.fields.Integer(required=True, metadata={"description": "How many members are on the board."})
    stale = ma.fields.Boolean(
        required=True, metadata={"description": "Whether changes are on their way that are not in this answer."}
    )
    around = ma.fields.Nested(
        AroundSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The member that `around` asked for; null where nobody was asked for."},
    )
    data = ma.fields.List(ma.fields.Nested(PlaceOnBoardSchema), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class EntriesQuery(RequestSchema):
    """Which part of which window."""

    period = ma.fields.String(load_default=None, validate=ma.validate.OneOf(windows.PERIODS))
    at = Moment(load_default=None, metadata={"description": "An instant in the window; absent: now."})
    around = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(min=1, max=500),
        metadata={"description": "A member: answers them with `radius` others on each side."},
    )
    radius = WholeParameter(load_default=5, validate=ma.validate.Range(0, MAX_LIMIT // 2))
    group = ma.fields.String(load_default=None, validate=ma.validate.Length(min=1, max=64))
    limit = WholeParameter(load_default=DEFAULT_LIMIT, validate=ma.validate.Range(1, MAX_LIMIT))
    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=1000))


@resource.operation("GET", "/leaderboards", scope="read", members=True, answer=BoardsSchema)
def list_all(session: Session, caller: Caller) -> dict[str, Any]:
    """Every board in force."""
    return {"data": [_board(one) for one in board_windows.boards(session, caller.community_id)], "next_cursor": None}


@resource.operation("PUT", "/leaderboards/<key>", scope="admin", body=BoardSchema, answer=DraftedSchema, edited=True)
def change(session: Session, caller: Caller, key: str, body: dict[str, Any]) -> Answer:
    """Put a board into the draft; it is there once the draft is published."""
    draft = drafts.put(session, caller.community_id, "boards", key, body, caller.id, expected_revision())
    return drafted(session, caller, draft)


@resource.operation("DELETE", "/leaderboards/<key>", scope="admin", answer=DraftedSchema, edited=True)
def remove(session: Session, caller: Caller, key: str) -> Answer:
    """Take a board out of the draft; it is gone once the draft is published."""
    draft = drafts.remove(session, caller.community_id, "boards", key, caller.id, expected_revision())
    return drafted(session, caller, draft)


@resource.operation(
    "GET", "/leaderboards/<key>/entries", scope="read", members=True, query=EntriesQuery, answer=BoardPageSchema
)
def entries(session: Session, caller: Caller, key: str, query: dict[str, Any]) -> dict[str, Any]:
    """A page of the board, or a member with their neighbours."""
    community, redis = caller.community_id, current_app.extensions["setia.redis"]
    after = read_cursor(query["cursor"], int, int, str)
    board = board_windows.find(session, community, key)
    window = board_windows.window(
        session, community, board, period=query["period"], at=query["at"], group=query["group"]
    )
    asked = None
    if query["around"] is None:
        page = leaderboards.page(session, redis, community, window, Place(*after) if after else None, query["limit"])
    else:
        member_id = caller.member(session, query["around"])
        page = leaderboards.around(session, redis, community, window, member_id, query["radius"])
        mine = next((row for row in page.rows if row.member_id == member_id), None)
        asked = {"member": member_id, "rank": mine and mine.rank, "score": mine.points if mine else 0}
    called = names.shown(session, community, [row.member_id for row in page.rows], language())
    return {
        "board": board.key,
        "period": window.period,
        "window": window.label,
        "total": page.total,
        "stale": page.stale,
        "around": asked,
        "data": [
            {
                "rank": row.rank,
                "member": row.member_id,
                "name": called[row.member_id],
                "score": row.points,
                "reached_at": moment(row.reached_at),
            }
            for row in page.rows
            if row.member_id in called
        ],
        "next_cursor": page.last and write_cursor(*page.last),
    }


def _board(board: Board) -> dict[str, Any]:
    return {
        "key": board.key,
        "name": dict(board.name),
        "currency": board.currency,
        "period": board.period,
        "starts_on": board.starts_on,
        "ends_on": board.ends_on,
        "group": board.group,
    }
