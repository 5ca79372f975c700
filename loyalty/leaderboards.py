"""Leaderboards in Redis: members in the order of their scores, kept as absolute scores that anybody may set again.

A score only replaces one of an older revision of the standing, so refreshing late, twice or out of order ends in the
same board. A board is made whole from the database before it is read or refreshed (its hash has the field `!`); until
then, and while Redis is away, reads are answered from the database. Nothing here is lost with Redis.

A board is a sorted set of `<reached_at>:<member>` with the points negated: ascending order is then most points first,
among equals who got there first, then the id. Beside it a hash says for each member `<revision>|<their place>`.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError  # noqa: A004  # Redis' own are meant
from redis.retry import Retry
from sqlalchemy.orm import Session

from loyalty import board_scripts, board_windows, clock, notices, rankings, scores, windows
from loyalty.db import Statement
from loyalty.rankings import Place, Row
from loyalty.scores import Score, Scorer, Window
from loyalty.windows import Calendar

MOST_ROWS = 200
_KEPT = {
    "all": None,
    "month": 400 * clock.DAY,
    "week": 100 * clock.DAY,
    "day": 35 * clock.DAY,
    windows.SEASON: 400 * clock.DAY,
}
_LOCK_SECONDS = 60
_CHUNK = 5_000
_AWAITED = Statement(
    f"""SELECT EXISTS (SELECT 1 FROM notices WHERE done_at IS NULL AND community_id = :community
        AND kind IN {notices.MOVES_BOARDS!r})"""
)


class Page(NamedTuple):
    """A stretch of a board: `total` members are on it, after `last` there are more of them, none at the end. `stale`:
    some change that is committed has not reached the board.
    """

    window: Window
    total: int
    rows: list[Row]
    last: Place | None
    stale: bool


class _Rest(Retry):
    """Tries once. After a Redis that is too slow nobody asks it for a while: each request would wait in vain."""

    SECONDS = 5

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)
        self._until = 0.0

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # redis-py copies it for every connection, and they rest together

    def call_with_retry(self, do: Callable[[], Any], *args: Any, **kwargs: Any) -> Any:
        """Do it once. Raises what it raises, and `ConnectionError` during a rest."""
        if time.monotonic() < self._until:
            raise ConnectionError("Redis was too slow and is left alone for a moment")
        try:
            return super().call_with_retry(do, *args, **kwargs)
        except TimeoutError:
            self._until = time.monotonic() + self.SECONDS
            raise


def connect(url: str) -> Redis:
    """A client for answering requests: where redis-py would go on trying for seconds, it gives up at once."""
    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=1, retry=_Rest())


def page(
    session: Session, redis: Redis, community_id: str, window: Window, after: Place | None = None, limit: int = 50
) -> Page:
    """The members after a place (the first ones), best first."""
    limit = max(1, min(limit, MOST_ROWS))
    asked: tuple[Any, ...] = ("first", limit, "")
    if after is not None:
        place = -after.points, _place(after.reached_at, after.member_id)
        asked = ("after", limit, place[1], place[0])
    answer = _ask(redis, community_id, window, asked)
    if answer is None:
        everyone = rankings.ranked(session, community_id, window)
        places = [(-row.points, _place(row.reached_at, row.member_id)) for row in everyone]
        first = 0 if after is None else bisect.bisect_right(places, place)
        return _page(window, len(everyone), everyone[first : first + limit], first)
    total, first, rows = answer
    return _page(window, total, rows, first, stale=_awaited(session, community_id))


def around(session: Session, redis: Redis, community_id: str, window: Window, member_id: str, radius: int = 5) -> Page:
    """The member with up to `radius` others before and after; no rows when the member is not on the board."""
    radius = max(0, min(radius, MOST_ROWS // 2))
    answer = _ask(redis, community_id, window, ("around", radius, member_id))
    if answer is None:
        everyone = rankings.ranked(session, community_id, window)
        there = next((index for index, row in enumerate(everyone) if row.member_id == member_id), None)
        first = 0 if there is None else max(0, there - radius)
        rows = [] if there is None else everyone[first : there + radius + 1]
        return _page(window, len(everyone), rows, first)
    total, first, rows = answer
    return _page(window, total, rows, first, stale=_awaited(session, community_id))


def refresh(
    session: Session,
    redis: Redis,
    community_id: str,
    member_ids: Iterable[str],
    past: Sequence[tuple[str, int]] = (),
    anew: Collection[str] = (),
) -> list[Window]:
    """Set these members' scores, in the present windows and in those of the instants in `past` (member, instant).

    Who does not rank is taken off every board there is, and who is ranked `anew` is set on every one that they are on.
    Answers the present windows that must be built first. Raises `RedisError`, and `Unavailable` while a board is being
    built.
    """
    calendar = windows.calendar(session, community_id)
    members = {one.member_id: one for one in scores.scorers(session, community_id, member_ids)}
    now = board_windows.present(session, community_id)
    wanted = _affected(now, calendar, members, past)
    for one in _missing(redis, community_id, wanted.keys() - now):
        del wanted[one]
    everywhere = {member_id: one for member_id, one in members.items() if member_id in anew or not one.ranks}
    for one in _built(redis, community_id) if everywhere else ():
        wanted.setdefault(one, {}).update(everywhere)
    script = redis.register_script(board_scripts.REFRESH)
    missing = []
    for one, whom in wanted.items():
        found = scores.in_window(session, calendar, one, list(whom.values()))
        answers = [
            script(keys=_keys(community_id, one), args=_arguments(found[start : start + _CHUNK]))
            for start in range(0, len(found), _CHUNK)
        ]
        if board_scripts.BUSY in answers:
            raise rankings.being_made()
        if board_scripts.UNBUILT in answers and one in now:
            missing.append(one)
    return missing


def _affected(
    now: Sequence[Window], calendar: Calendar, members: Mapping[str, Scorer], past: Iterable[tuple[str, int]]
) -> dict[Window, dict[str, Scorer]]:
    """The windows in which a score may have changed: the present ones, each member's latest, and those in the past."""
    wanted: dict[Window, dict[str, Scorer]] = {one: dict(members) for one in now}
    now = [one for one in now if one.period != windows.SEASON]  # which has no other windows
    labels = [
        (member, one, str(member.scores[one.currency][one.period][0]))
        for member in members.values()
        for one in now
        if one.currency in member.scores
    ]
    labels += [
        (members[member_id], one, calendar.label(one.period, at))
        for member_id, at in past
        if member_id in members
        for one in now
    ]
    for member, one, label in labels:
        wanted.setdefault(one._replace(label=label), {})[member.member_id] = member
    return wanted


def _missing(redis: Redis, community_id: str, over: Iterable[Window]) -> list[Window]:
    """Those of the windows that Redis neither has nor is being given: nobody builds them, so nothing has to be asked of
    the database for them.
    """
    over = list(over)
    pipeline = redis.pipeline(transaction=False)
    for one in over:
        pipeline.exists(*_keys(community_id, one)[1:])
    return [one for one, there in zip(over, pipeline.execute(), strict=True) if not there]


def unbuilt(session: Session, redis: Redis, community_id: str) -> list[Window]:
    """The present windows that Redis does not have."""
    now = board_windows.present(session, community_id)
    pipeline = redis.pipeline(transaction=False)
    for one in now:
        pipeline.hexists(_keys(community_id, one)[1], "!")
    return [one for one, there in zip(now, pipeline.execute(), strict=True) if not there]


def forget_past(session: Session, redis: Redis, community_id: str) -> None:
    """Take away the boards of windows that are over: they are doubted, and read from the database from now on."""
    for one in set(_built(redis, community_id)) - set(board_windows.present(session, community_id)):
        redis.unlink(*_keys(community_id, one)[:2])
        redis.zrem(_list(community_id), json.dumps(one))


def build(session: Session, redis: Redis, community_id: str, window: Window) -> bool:
    """Make the board of the window from the database and put it in the place of what is there.

    The session must be at the start of a transaction: whatever is refreshed from now on waits until this is done, and
    what was refreshed before is read here. False when another process is building it.
    """
    keys = _keys(community_id, window)
    token = secrets.token_hex(8)
    if not redis.set(keys[2], token, nx=True, ex=_LOCK_SECONDS):
        return False
    new_set, new_hash = f"{keys[0]}:{token}", f"{keys[1]}:{token}"
    renew = redis.register_script(board_scripts.RENEW)
    calendar = windows.calendar(session, community_id)
    try:
        for found in rankings.everyone(session, community_id, window, calendar):
            pipeline = redis.pipeline(transaction=False)
            places = {_place(one.reached_at, one.member_id): -one.points for one in found if one.points > 0}
            if places:
                pipeline.zadd(new_set, dict(sorted(places.items(), key=lambda one: (one[1], one[0]))))
            arguments = _arguments(found)
            pipeline.hset(
                new_hash,
                mapping={
                    member: f"{revision}|{place}"
                    for member, revision, place in zip(arguments[::4], arguments[1::4], arguments[3::4], strict=True)
                },
            )
            pipeline.execute()
            renew(keys=[keys[2]], args=[token, _LOCK_SECONDS])
        now = clock.now()
        redis.hset(new_hash, "!", now)
        kept = _KEPT[window.period]
        ends = "" if kept is None else (calendar.span(window.period, window.label)[1] + kept) // 1_000
        publish = redis.register_script(board_scripts.PUBLISH)
        return bool(
            publish(
                keys=[*keys, new_set, new_hash, _list(community_id)],
                args=[token, ends, json.dumps(window), now // 1_000],
            )
        )
    finally:
        redis.unlink(new_set, new_hash)
        redis.register_script(board_scripts.LEAVE)(keys=[keys[2]], args=[token])


def _keys(community_id: str, window: Window) -> list[str]:
    """The board, its hash, and the lock of who builds it: all on one node of a cluster."""
    group = "" if window.group is None else hashlib.blake2b(window.group.encode(), digest_size=8).hexdigest()
    name = f"setia:{{{community_id}}}:board:{window.currency}:{window.period}:{window.label}:{group}"
    return [name, f"{name}:places", f"{name}:builder"]


def _list(community_id: str) -> str:
    """The windows that were built, by when Redis forgets them."""
    return f"setia:{{{community_id}}}:boards"


def _built(redis: Redis, community_id: str) -> list[Window]:
    """The windows that Redis has, past ones too."""
    found: Any = redis.zrange(_list(community_id), 0, -1)
    return [Window(*json.loads(one)) for one in found]


def _place(reached_at: int, member_id: str) -> str:
    return f"{reached_at:020d}:{member_id}"


def _arguments(found: Iterable[Score]) -> list[Any]:
    arguments: list[Any] = []
    for one in found:
        place = _place(one.reached_at, one.member_id) if one.points > 0 else ""
        arguments += (one.member_id, one.revision, one.points, place)
    return arguments


def _ask(redis: Redis, community_id: str, window: Window, asked: tuple[Any, ...]) -> _Answer | None:
    """What Redis says of the board; nothing when it is away or has not built it."""
    try:
        state, *answer = redis.register_script(board_scripts.PAGE)(keys=_keys(community_id, window)[:2], args=asked)
    except RedisError:
        return None
    if state == board_scripts.UNBUILT:
        return None
    total, first, better, *flat = answer
    found = []
    for place, score in zip(flat[::2], flat[1::2], strict=True):
        reached_at, _, member_id = _text(place).partition(":")
        found.append((-int(float(score)), int(reached_at), member_id))
    return _Answer(total, first, rankings.with_ranks(found, first, better))


class _Answer(NamedTuple):
    total: int
    first: int
    rows: list[Row]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _page(window: Window, total: int, rows: list[Row], first: int, *, stale: bool = False) -> Page:
    last = rows[-1] if rows and first + len(rows) < total else None
    place = None if last is None else Place(last.points, last.reached_at, last.member_id)
    return Page(window, total, rows, place, stale)


def _awaited(session: Session, community_id: str) -> bool:
    """Whether changes are committed that the boards have yet to hear of."""
    return bool(_AWAITED.run(session, community=community_id)[0][0])
