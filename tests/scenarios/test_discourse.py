"""What happens on a forum, from its webhooks to the members' points, in whatever order it is told."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models import FactRow
from tests.databases import Database
from tests.draining import drain_all
from tests.hooks import Hook
from tests.http import World, noise, world

__all__ = ["noise", "world"]

RULEBOOK = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 2}},
        {"key": "comment", "on": "comment_created", "gives": {"points": 1}},
        {"key": "liked", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 5}},
        {"key": "answer", "on": "answer_accepted", "earns": "beneficiary", "gives": {"points": 10}},
        {"key": "tagged", "on": "hashtag_posted", "gives": {"points": 7}},
        {"key": "voted", "on": "topic_voted", "gives": {"points": 3}},
        {"key": "referred", "on": "referral_joined", "earns": "beneficiary", "gives": {"points": 20}},
    ]
}
ADA, BEN, CLEO = 501, 502, 504
FORUM = "forum.kelab.example"
BEGAN = datetime.now(UTC) - timedelta(hours=2)


def post(number: int, user: int, topic: int = 310, minutes: int = 0, **more: Any) -> dict[str, Any]:
    """The post in this place of the topic, last edited so many minutes after it was written."""
    return {
        "id": topic * 1000 + number,
        "topic_id": topic,
        "post_number": number,
        "post_type": 1,
        "topic_archetype": "regular",
        "category_slug": "dapur",
        "user_id": user,
        "username": f"user{user}",
        "created_at": BEGAN.isoformat(),
        "updated_at": (BEGAN + timedelta(minutes=minutes)).isoformat(),
        "deleted_at": None,
        "user_deleted": False,
        "raw": "Apa khabar?",
        **more,
    }


def like(liked: dict[str, Any], user: int) -> dict[str, Any]:
    return {"post": liked, "user": {"id": user, "username": f"user{user}"}}


@pytest.fixture
def forum(world: World) -> Hook:
    world.publish(RULEBOOK)
    return Hook(world, "discourse")


def points(world: World, *people: int) -> list[int]:
    found = []
    for person in people:
        answer = world.get(f"/v1/members/discourse:{FORUM}:{person}/balance")
        found.append(sum(one["balance"] for one in answer.get_json()["data"]) if answer.status_code == 200 else 0)
    return found


def test_an_answer_is_accepted_replaced_and_taken_back_and_points_follow(app: Flask, world: World, forum: Hook) -> None:
    forum.discourse("post_created", post=post(1, ADA))
    forum.discourse("post_created", post=post(2, BEN))
    forum.discourse("post_created", post=post(3, CLEO))
    forum.discourse("accepted_solution", solved=post(2, BEN))
    drain_all(app)
    assert points(world, ADA, BEN, CLEO) == [2, 1 + 10, 1]

    forum.discourse("accepted_solution", solved=post(3, CLEO))
    drain_all(app)
    assert points(world, ADA, BEN, CLEO) == [2, 1, 1 + 10]

    forum.discourse("unaccepted_solution", solved=post(3, CLEO))
    drain_all(app)
    assert points(world, ADA, BEN, CLEO) == [2, 1, 1]

    forum.discourse("accepted_solution", solved=post(2, BEN))
    drain_all(app)
    assert points(world, ADA, BEN, CLEO) == [2, 1 + 10, 1]


def test_a_withdrawal_that_is_told_late_takes_nothing_from_the_answer_accepted_since(
    app: Flask, world: World, forum: Hook
) -> None:
    forum.discourse("accepted_solution", 10, solved=post(2, BEN))
    forum.discourse("accepted_solution", 12, solved=post(3, CLEO))
    forum.discourse("unaccepted_solution", 15, solved=post(2, BEN))  # repeated by the forum, under a new number
    drain_all(app)

    assert points(world, BEN, CLEO) == [0, 10]


def test_a_forum_with_several_solutions_keeps_them_all(app: Flask, world: World) -> None:
    world.publish(RULEBOOK)
    forum = Hook(world, "discourse", options={"several_solutions": True})
    forum.discourse("accepted_solution", solved=post(2, BEN))
    forum.discourse("accepted_solution", solved=post(3, CLEO))
    drain_all(app)
    assert points(world, BEN, CLEO) == [10, 10]

    forum.discourse("unaccepted_solution", solved=post(2, BEN))
    drain_all(app)
    assert points(world, BEN, CLEO) == [0, 10]


@pytest.mark.parametrize("topic_comes_first", [True, False])
def test_nobody_gains_by_accepting_their_own_answer(
    app: Flask, world: World, forum: Hook, topic_comes_first: bool
) -> None:
    events: list[tuple[str, dict[str, Any]]] = [
        ("post_created", {"post": post(1, ADA)}),
        ("accepted_solution", {"solved": post(3, ADA)}),
    ]
    for event, body in events if topic_comes_first else reversed(events):
        forum.discourse(event, **body)
        drain_all(app)

    assert points(world, ADA) == [2]


def test_a_like_counts_for_who_wrote_the_post_until_it_is_retracted_and_again_when_liked_again(
    app: Flask, world: World, forum: Hook, database: Database
) -> None:
    forum.discourse("post_created", post=post(2, BEN))
    forum.discourse("post_liked", like=like(post(2, BEN), ADA))
    forum.discourse("post_liked", like=like(post(2, BEN), ADA))
    forum.discourse("post_liked", like=like(post(2, BEN), BEN))
    drain_all(app)
    assert points(world, BEN) == [1 + 5]

    with Session(database.engine) as session:
        key = f"discourse:like:{FORUM}:310002:{ADA}"
        activity = session.scalar(select(FactRow.activity_id).where(FactRow.key == key).distinct())
    world.post(f"/v1/activities/{activity}/retract", {"by": "author", "reason": "taken back on the forum"})
    drain_all(app)
    assert points(world, BEN) == [1]

    forum.discourse("post_liked", like=like(post(2, BEN), ADA))
    drain_all(app)
    assert points(world, BEN) == [1 + 5]


def test_a_like_whose_post_is_not_known_yet_waits_for_it(app: Flask, world: World, forum: Hook) -> None:
    nameless = {name: value for name, value in post(2, BEN).items() if name != "user_id"}
    forum.discourse("post_liked", like=like(nameless, ADA))
    drain_all(app)
    assert points(world, BEN) == [0]

    forum.discourse("post_created", post=post(2, BEN))
    drain_all(app)
    assert points(world, BEN) == [1 + 5]


def test_a_deleted_post_counts_for_nothing_until_it_is_recovered(app: Flask, world: World, forum: Hook) -> None:
    forum.discourse("post_created", post=post(2, BEN))
    drain_all(app)
    assert points(world, BEN) == [1]

    forum.discourse("post_destroyed", post=post(2, BEN))
    drain_all(app)
    assert points(world, BEN) == [0]

    forum.discourse("post_recovered", post=post(2, BEN))
    drain_all(app)
    assert points(world, BEN) == [1]


def test_an_author_who_deletes_a_post_rewrites_it_first_and_that_edit_does_not_bring_it_back(
    app: Flask, world: World, forum: Hook
) -> None:
    forum.discourse("post_created", post=post(2, BEN))
    forum.discourse("post_edited", post=post(2, BEN, minutes=5, raw="(hantaran dipadam oleh pengarang)"))
    forum.discourse("post_destroyed", post=post(2, BEN))
    drain_all(app)

    assert points(world, BEN) == [0]


def test_a_hashtag_counts_while_it_stands_in_a_post_that_is_there(app: Flask, world: World, forum: Hook) -> None:
    forum.discourse("post_created", post=post(2, BEN, raw="#Bacaan #laksa"))
    drain_all(app)
    assert points(world, BEN) == [1 + 7 + 7]

    forum.discourse("post_edited", post=post(2, BEN, minutes=5, raw="#laksa"))
    drain_all(app)
    assert points(world, BEN) == [1 + 7]

    forum.discourse("post_destroyed", post=post(2, BEN, minutes=5, raw="#laksa"))
    drain_all(app)
    assert points(world, BEN) == [0]

    forum.discourse("post_recovered", post=post(2, BEN, minutes=5, raw="#laksa"))
    drain_all(app)
    assert points(world, BEN) == [1 + 7]


def test_a_vote_counts_until_it_is_withdrawn(app: Flask, world: World, forum: Hook) -> None:
    vote = {"topic_id": 310, "voter_id": ADA, "vote_count": 1}
    forum.discourse("topic_upvote", 20, topic_voting=vote)
    drain_all(app)
    assert points(world, ADA) == [3]

    forum.discourse("topic_unvote", 22, topic_voting=vote | {"vote_count": 0})
    forum.discourse("topic_upvote", 21, topic_voting=vote | {"vote_count": 2})
    drain_all(app)
    assert points(world, ADA) == [0]


def test_an_invited_person_is_a_referral_once_whatever_is_told_of_them_and_none_when_destroyed(
    app: Flask, world: World, forum: Hook
) -> None:
    ben = {"id": BEN, "username": "ben", "post_count": 0, "invited_by": {"id": ADA, "username": "ada"}}
    forum.discourse("user_created", user=ben)
    drain_all(app)
    assert points(world, ADA) == [0]

    forum.discourse("user_promoted", user=ben | {"post_count": 1})
    forum.discourse("user_approved", user=ben)
    drain_all(app)
    assert points(world, ADA) == [20]

    forum.discourse("user_destroyed", user=ben)
    forum.discourse("user_approved", user=ben)
    drain_all(app)
    assert points(world, ADA) == [0]


def test_a_ping_and_private_messages_are_thanked_for_and_ignored(app: Flask, world: World, forum: Hook) -> None:
    answers = [
        forum.discourse("ping", ping="OK"),
        forum.discourse("post_created", post=post(1, ADA, topic_archetype="private_message")),
        forum.discourse("chat_message_created", chat_message={"id": 1}),
    ]
    drain_all(app)

    assert [answer.status_code for answer in answers] == [200] * 3
    listed = world.get("/v1/deliveries").get_json()["data"]
    unread = (
        "is not read; Setia reads post_created, post_edited, post_destroyed, post_recovered, post_liked, "
        "accepted_solution, unaccepted_solution, topic_upvote, topic_unvote, user_badge_granted, user_badge_revoked, "
        "user_approved, user_promoted, user_destroyed"
    )
    assert {(one["state"], one["reason"]) for one in listed} == {
        ("ignored", f"ping {unread}"),
        ("ignored", "post_created: it is of a private message, or does not say that it is none"),
        ("ignored", f"chat_message_created {unread}"),
    }
    assert world.get(f"/v1/members/discourse:{FORUM}:{ADA}").status_code == 404


def test_a_form_that_carries_json_is_read_as_the_bytes_that_were_signed(app: Flask, world: World, forum: Hook) -> None:
    answer = forum.discourse("post_created", media_type="application/x-www-form-urlencoded", post=post(1, ADA))
    assert answer.status_code == 200
    drain_all(app)

    assert points(world, ADA) == [2]


def _story(topic: int, first: int) -> tuple[list[tuple[int, str, dict[str, Any]]], list[int], list[int]]:
    """A topic as (number, event, body) in the order of the forum, its people, and what they have in the end."""
    ada, ben, cleo = people = [first, first + 1, first + 2]
    ben2, cleo3 = post(2, ben, topic), post(3, cleo, topic)
    told: list[tuple[str, dict[str, Any]]] = [
        ("post_created", {"post": post(1, ada, topic)}),
        ("post_created", {"post": ben2}),
        ("post_edited", {"post": post(2, ben, topic, minutes=3, raw="#bacaan")}),
        ("post_created", {"post": cleo3}),
        ("post_liked", {"like": like(ben2, ada)}),
        ("accepted_solution", {"solved": ben2}),
        ("accepted_solution", {"solved": cleo3}),
        ("accepted_solution", {"solved": ben2}),
        ("post_edited", {"post": post(3, cleo, topic, minutes=9, raw="#bacaan #laksa")}),
        ("post_edited", {"post": post(3, cleo, topic, minutes=19, raw="#laksa")}),
        ("post_destroyed", {"post": post(3, cleo, topic, minutes=19, raw="#laksa")}),
        ("post_recovered", {"post": post(3, cleo, topic, minutes=19, raw="#laksa")}),
        ("post_destroyed", {"post": post(2, ben, topic, minutes=3)}),
        ("unaccepted_solution", {"solved": ben2}),
        ("accepted_solution", {"solved": cleo3}),
        ("topic_upvote", {"topic_voting": {"topic_id": topic, "voter_id": ben, "vote_count": 1}}),
        ("topic_unvote", {"topic_voting": {"topic_id": topic, "voter_id": ben, "vote_count": 0}}),
        ("accepted_solution", {"solved": post(4, ada, topic)}),
    ]
    numbered = [(topic * 100 + number, event, body) for number, (event, body) in enumerate(told)]
    return numbered, people, [2, 5, 1 + 7]


def test_any_order_of_one_story_ends_in_one_state(app: Flask, world: World, forum: Hook) -> None:
    chance = random.Random(20261122)
    wanted: list[int] = []
    everybody: list[int] = []
    for attempt in range(12):
        told, people, final = _story(1000 + attempt, 10_000 + 10 * attempt)
        wanted += final
        everybody += people
        if attempt:
            told += chance.sample(told, 4)
            chance.shuffle(told)
        for number, event, body in told:
            assert forum.discourse(event, number, **body).status_code == 200
            if chance.random() < 0.3:
                drain_all(app)
        drain_all(app)

    assert points(world, *everybody) == wanted
    assert world.get("/v1/ledger/verify").get_json()["intact"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_four_solutions_of_a_topic_in_any_order_leave_the_last(
    app: Flask, world: World, forum: Hook, order: tuple[int, ...]
) -> None:
    told = [post(2, BEN), post(3, CLEO), post(2, BEN), post(4, 505)]
    for index in order:
        forum.discourse("accepted_solution", 100 + index, solved=told[index])
        drain_all(app)

    assert points(world, BEN, CLEO, 505) == [0, 0, 10]
