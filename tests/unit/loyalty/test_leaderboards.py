"""Boards say what the database says, whatever order refreshes come in, whatever happens to Redis."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import time_machine
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import update
from sqlalchemy.orm import Session

from jobs import dispatch
from jobs.app import Service
from loyalty import (
    board_scripts,
    board_windows,
    clock,
    communities,
    corrections,
    drafts,
    leaderboards,
    members,
    notices,
    outbox,
    publications,
    record,
    scores,
    windows,
)
from loyalty.activities import Activity, Identity, Speaker
from loyalty.errors import Unavailable
from loyalty.leaderboards import Page
from loyalty.models import StandingRow
from loyalty.scores import Window
from rules_engine.days import zone
from tests.databases import Database
from tests.waiting import PATIENCE

NOON = 4_099_032_000 * clock.SECOND
"""2099-11-22, 12:00 UTC: Redis has a clock of its own, by which the boards of that day must not be over."""
ALL = Window("points", "all", "all")
TODAY = Window("points", "day", "2099-11-22")
RULES = {
    "rules": [
        {
            "key": "post",
            "on": "post_created",
            "gives": {"points": {"base": 0, "plus": {"per": "data.length", "each": 1, "at_most": 1_000}}},
        }
    ]
}
SOURCE = Speaker("src_1")


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def community(session: Session) -> Iterator[str]:
    """A community whose members get a point for each character; the clock stands at noon."""
    with time_machine.travel(NOON / clock.SECOND, tick=False):
        made = communities.create(session, "kelab", "Kelab Pembaca")
        drafts.save(session, made.id, RULES, "root")
        publications.publish(session, made.id, by="root", mode="retroactive")
        session.commit()
        yield made.id


class Posts:
    """Posts of named people, recorded and committed; remembers whose id is whose."""

    def __init__(self, session: Session, community: str) -> None:
        self.session, self.community, self.count = session, community, 0
        self.names: dict[str, str] = {}

    def write(self, name: str, points: int, at: int = NOON, op: str = "apply", key: str | None = None) -> str:
        self.count += 1
        activity = Activity(
            kind="post_created",
            key=key or f"post:{self.count}",
            at=at,
            platform="app",
            op=op,
            version=self.count,
            actor=Identity("app", "", name),
            data={"length": points},
        )
        (recorded,) = record.record(self.session, self.community, [activity], SOURCE)
        self.session.commit()
        for member in recorded.people:
            self.names[member] = name
        return activity.key

    def shown(self, page: Page) -> list[tuple[int, str, int]]:
        return [(row.rank, self.names[row.member_id], row.points) for row in page.rows]

    @property
    def ids(self) -> dict[str, str]:
        return {name: member for member, name in self.names.items()}


@pytest.fixture
def posts(session: Session, community: str) -> Posts:
    return Posts(session, community)


def build(session: Session, redis: Redis, community: str, *which: Window) -> None:
    for one in which or board_windows.present(session, community):
        assert leaderboards.build(session, redis, community, one)
    session.commit()


def carry_out(session: Session, redis: Redis, community: str, database: Database) -> None:
    """What a worker does of what was told about scores."""
    told = [one for one in outbox.claim(session) if one.kind == notices.STANDINGS_CHANGED]
    session.commit()
    dispatch.refresh_boards(Service(database.engine, redis), community, told)


def test_equal_points_have_equal_rank_and_who_got_there_first_is_listed_first(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    posts.write("cleo", 5, at=NOON - 1)
    posts.write("ada", 5, at=NOON - 3)
    posts.write("ben", 9, at=NOON - 2)
    posts.write("dina", 1, at=NOON - 4)
    build(session, redis, community)

    page = leaderboards.page(session, redis, community, ALL)

    assert posts.shown(page) == [(1, "ben", 9), (2, "ada", 5), (2, "cleo", 5), (4, "dina", 1)]
    assert page.total == 4
    assert page.last is None


def test_pages_follow_each_other_and_keep_ranks_across_their_edges(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    for number in range(7):
        posts.write(f"m{number}", 10 if number < 5 else 1, at=NOON - 10 + number)
    build(session, redis, community)

    first = leaderboards.page(session, redis, community, ALL, limit=3)
    second = leaderboards.page(session, redis, community, ALL, first.last, limit=3)
    third = leaderboards.page(session, redis, community, ALL, second.last, limit=3)

    assert [name for page in (first, second, third) for _, name, _ in posts.shown(page)] == [f"m{n}" for n in range(7)]
    assert [rank for page in (first, second, third) for rank, _, _ in posts.shown(page)] == [1] * 5 + [6] * 2
    assert third.last is None


@pytest.mark.parametrize("points", [20, 4])
def test_a_cursor_stays_right_while_its_member_moves(
    session: Session, redis: Redis, community: str, posts: Posts, points: int
) -> None:
    for number in range(6):
        posts.write(f"m{number}", 10 - number)
    build(session, redis, community)
    place = leaderboards.page(session, redis, community, ALL, limit=3).last
    posts.write("m2", points)  # 8 points before
    leaderboards.refresh(session, redis, community, [posts.ids["m2"]])

    page = leaderboards.page(session, redis, community, ALL, place, limit=3)

    assert [name for _, name, _ in posts.shown(page)] == ["m3", "m4", "m5"]
    assert leaderboards.page(session, redis, community, ALL).total == 6


def test_around_shows_the_member_between_their_neighbours(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    for number in range(9):
        posts.write(f"m{number}", 100 - number)
    build(session, redis, community)

    def names(member: str, radius: int) -> list[str]:
        page = leaderboards.around(session, redis, community, ALL, member, radius)
        return [name for _, name, _ in posts.shown(page)]

    assert names(posts.ids["m4"], 1) == ["m3", "m4", "m5"]
    assert names(posts.ids["m0"], 2) == ["m0", "m1", "m2"]
    assert names(posts.ids["m8"], 2) == ["m6", "m7", "m8"]
    assert names(posts.ids["m4"], 0) == ["m4"]
    assert names("mem_nobody", 3) == []


def test_a_refresh_of_an_older_standing_changes_nothing(
    session: Session, redis: Redis, community: str, posts: Posts, database: Database
) -> None:
    posts.write("ada", 5)
    build(session, redis, community)
    ada = posts.ids["ada"]
    older = scores.in_window(
        session, windows.calendar(session, community), ALL, scores.scorers(session, community, [ada])
    )
    posts.write("ada", 7)
    leaderboards.refresh(session, redis, community, [ada])

    redis.register_script(board_scripts.REFRESH)(  # the race is between two processes' scripts
        keys=leaderboards._keys(community, ALL),
        args=leaderboards._arguments(older),
    )

    assert posts.shown(leaderboards.page(session, redis, community, ALL)) == [(1, "ada", 12)]


def test_any_order_of_refreshes_ends_in_the_board_that_a_rebuild_makes(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    dice = random.Random(20261122)
    build(session, redis, community)
    keys = []
    for _ in range(60):
        name = f"m{dice.randrange(8)}"
        at = NOON - dice.randrange(40) * clock.DAY
        if keys and dice.random() < 0.3:
            key, name = keys.pop(dice.randrange(len(keys)))
            posts.write(name, 1, at=at, op="reverse", key=key)
        else:
            keys.append((posts.write(name, dice.randrange(1, 20), at=at), name))
        if dice.random() < 0.5:
            leaderboards.refresh(session, redis, community, [posts.ids[name]])
    leaderboards.refresh(session, redis, community, posts.names)
    now = board_windows.present(session, community)
    refreshed = [posts.shown(leaderboards.page(session, redis, community, one)) for one in now]

    build(session, redis, community)
    rebuilt = [posts.shown(leaderboards.page(session, redis, community, one)) for one in now]
    redis.flushall()
    from_the_database = [posts.shown(leaderboards.page(session, redis, community, one)) for one in now]

    assert refreshed == rebuilt == from_the_database
    assert any(refreshed)


def test_a_late_fact_moves_the_board_of_the_day_it_belongs_to(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    yesterday = TODAY._replace(label="2099-11-21")
    posts.write("ada", 5)
    posts.write("ben", 3, at=NOON - clock.DAY)
    posts.write("ben", 4)
    build(session, redis, community, yesterday, TODAY)
    posts.write("ada", 8, at=NOON - clock.DAY)

    leaderboards.refresh(session, redis, community, [posts.ids["ada"]], [(posts.ids["ada"], NOON - clock.DAY)])

    assert posts.shown(leaderboards.page(session, redis, community, yesterday)) == [(1, "ada", 8), (2, "ben", 3)]
    assert posts.shown(leaderboards.page(session, redis, community, TODAY)) == [(1, "ada", 5), (2, "ben", 4)]


def test_what_is_told_only_when_another_day_is_the_members_latest_still_moves_its_own_board(
    session: Session, redis: Redis, community: str, posts: Posts, database: Database
) -> None:
    yesterday = TODAY._replace(label="2099-11-21")
    posts.write("ada", 5, at=NOON - 2 * clock.DAY)
    build(session, redis, community, yesterday, TODAY)
    posts.write("ada", 8, at=NOON - clock.DAY)
    posts.write("ada", 3)

    carry_out(session, redis, community, database)

    assert posts.shown(leaderboards.page(session, redis, community, yesterday)) == [(1, "ada", 8)]
    assert posts.shown(leaderboards.page(session, redis, community, TODAY)) == [(1, "ada", 3)]


def test_who_loses_their_last_points_of_a_day_leaves_its_board(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    key = posts.write("ada", 5)
    posts.write("ada", 3, at=NOON - clock.DAY)
    build(session, redis, community)
    posts.write("ada", 5, op="reverse", key=key)

    leaderboards.refresh(session, redis, community, posts.names)

    assert posts.shown(leaderboards.page(session, redis, community, TODAY)) == []
    assert posts.shown(leaderboards.page(session, redis, community, ALL)) == [(1, "ada", 3)]


def test_points_given_by_hand_win_no_place_and_spent_ones_cost_none(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    yesterday = TODAY._replace(label="2099-11-21")
    posts.write("ada", 5, at=NOON - clock.DAY)
    with time_machine.travel((NOON - clock.DAY) / clock.SECOND, tick=False):
        for points in (50, -52):
            corrections.adjust(session, community, posts.ids["ada"], points, "points", "a prize", "root")
    posts.write("ada", 1)
    build(session, redis, community, yesterday, ALL)

    assert posts.shown(leaderboards.page(session, redis, community, yesterday)) == [(1, "ada", 5)]
    assert posts.shown(leaderboards.page(session, redis, community, ALL)) == [(1, "ada", 6)]


def test_who_does_not_rank_is_on_no_board_of_any_day(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    yesterday = TODAY._replace(label="2099-11-21")
    posts.write("ada", 5)
    posts.write("root", 40, at=NOON - clock.DAY)
    posts.write("root", 50)
    build(session, redis, community)
    build(session, redis, community, yesterday)
    session.execute(update(StandingRow).where(StandingRow.member_id == posts.ids["root"]).values(ranks=False))
    session.commit()

    leaderboards.refresh(session, redis, community, posts.names)

    assert posts.shown(leaderboards.page(session, redis, community, ALL)) == [(1, "ada", 5)]
    assert posts.shown(leaderboards.page(session, redis, community, yesterday)) == []


def test_who_comes_back_to_the_boards_is_again_on_those_of_every_day(
    session: Session, redis: Redis, community: str, posts: Posts, database: Database
) -> None:
    yesterday = TODAY._replace(label="2099-11-21")
    posts.write("ada", 5, at=NOON - clock.DAY)
    posts.write("ada", 4)
    build(session, redis, community, yesterday, TODAY)
    for on_boards, shown in ((False, []), (True, [(1, "ada", 5)])):
        members.change(session, community, posts.ids["ada"], on_boards=on_boards)
        session.commit()
        carry_out(session, redis, community, database)
        assert posts.shown(leaderboards.page(session, redis, community, yesterday)) == shown
        session.commit()


def test_who_leaves_a_group_is_on_none_of_its_boards(
    session: Session, redis: Redis, community: str, posts: Posts, database: Database
) -> None:
    yesterday = TODAY._replace(label="2099-11-21", group="night")
    posts.write("ada", 5, at=NOON - clock.DAY)
    posts.write("ada", 4)
    for groups, shown in ((["night"], [(1, "ada", 5)]), ([], [])):
        members.change(session, community, posts.ids["ada"], groups=groups)
        session.commit()
        if groups:
            build(session, redis, community, yesterday)
        carry_out(session, redis, community, database)
        assert posts.shown(leaderboards.page(session, redis, community, yesterday)) == shown
        session.commit()


def test_a_board_that_redis_lost_is_asked_for_and_read_from_the_database_meanwhile(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    posts.write("ada", 5)
    build(session, redis, community)
    assert leaderboards.unbuilt(session, redis, community) == []

    redis.flushall()

    assert posts.shown(leaderboards.page(session, redis, community, ALL)) == [(1, "ada", 5)]
    assert len(leaderboards.unbuilt(session, redis, community)) == 4
    assert len(leaderboards.refresh(session, redis, community, posts.names)) == 4


def test_without_redis_every_read_is_answered_from_the_database(session: Session, community: str, posts: Posts) -> None:
    gone = leaderboards.connect("unix:///nonexistent/valkey")
    for number in range(5):
        posts.write(f"m{number}", 10 - number)

    page = leaderboards.page(session, gone, community, ALL, limit=2)
    following = leaderboards.page(session, gone, community, ALL, page.last, limit=2)
    around = leaderboards.around(session, gone, community, ALL, posts.ids["m3"], 1)

    assert posts.shown(page) + posts.shown(following) == [(n + 1, f"m{n}", 10 - n) for n in range(4)]
    assert [name for _, name, _ in posts.shown(around)] == ["m2", "m3", "m4"]
    with pytest.raises(RedisError):
        leaderboards.refresh(session, gone, community, posts.names)


def test_a_refresh_waits_while_the_board_is_being_built_and_only_one_builds(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    posts.write("ada", 5)
    redis.set(leaderboards._keys(community, ALL)[2], "another process")

    assert not leaderboards.build(session, redis, community, ALL)
    with pytest.raises(Unavailable):
        leaderboards.refresh(session, redis, community, posts.names)


def test_days_are_the_communitys_and_an_old_board_is_forgotten_by_redis(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    communities.change(session, community, name="Kelab", zone="Asia/Kuala_Lumpur", profile={}, by="root")
    session.commit()
    tomorrow = NOON + clock.DAY + 5 * clock.HOUR
    with time_machine.travel(tomorrow / clock.SECOND, tick=False):
        board = board_windows.find(session, community, "day")
        window = board_windows.window(session, community, board)

        build(session, redis, community, window)

    posts.write("ada", 5, at=tomorrow)
    leaderboards.refresh(session, redis, community, posts.names)

    assert window.label == "2099-11-24"
    assert posts.shown(leaderboards.page(session, redis, community, window)) == [(1, "ada", 5)]
    ends = zone("Asia/Kuala_Lumpur").day(tomorrow).end
    for key in leaderboards._keys(community, window)[:2]:
        assert abs(redis.pttl(key) * 1_000 - (ends + 35 * clock.DAY - tomorrow)) < PATIENCE * clock.SECOND


def test_a_season_counts_its_days_and_no_others_whatever_comes_late_or_is_undone(
    session: Session, redis: Redis, community: str, posts: Posts
) -> None:
    season = {"key": "rain", "starts_on": "2099-11-01", "ends_on": "2099-11-22"}
    drafts.save(session, community, RULES | {"boards": [season]}, "root")
    publications.publish(session, community, by="root", mode="retroactive")
    session.commit()
    (board,) = board_windows.boards(session, community)
    window = board_windows.window(session, community, board)
    assert window == Window("points", "season", "2099-11-01/2099-11-22")
    assert windows.calendar(session, community).span(window.period, window.label) == (
        NOON - 21 * clock.DAY - 12 * clock.HOUR,
        NOON + 12 * clock.HOUR,
    )
    posts.write("ada", 50, at=NOON - 30 * clock.DAY)
    posts.write("ada", 5)
    posts.write("ben", 7, at=NOON - 3 * clock.DAY)
    assert leaderboards.build(session, redis, community, window)
    key = posts.write("ada", 9, at=NOON - 20 * clock.DAY)

    def shown() -> list[tuple[int, str, int]]:
        leaderboards.refresh(session, redis, community, posts.names)
        page = leaderboards.page(session, redis, community, window)
        with Redis.from_url("unix:///nonexistent/valkey") as nowhere:
            assert leaderboards.page(session, nowhere, community, window).rows == page.rows
        return posts.shown(page)

    assert shown() == [(1, "ada", 14), (2, "ben", 7)]
    posts.write("ada", 9, at=NOON - 20 * clock.DAY, op="reverse", key=key)
    assert shown() == [(1, "ben", 7), (2, "ada", 5)]
