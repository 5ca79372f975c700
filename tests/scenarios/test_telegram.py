"""What happens in a Telegram group, from its updates to the members' points, in whatever order it is told."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from flask import Flask

from tests.draining import drain_all
from tests.hooks import ADA, BEN, Hook, message, points, reaction
from tests.http import World, world

__all__ = ["world"]

RULEBOOK = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 2}},
        {"key": "helpful", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 5}},
        {
            "key": "tagged",
            "on": "hashtag_posted",
            "when": {"field": "data.hashtag", "is": "bacaan"},
            "gives": {"points": 3},
        },
    ]
}


@pytest.fixture
def telegram(world: World) -> Hook:
    world.publish(RULEBOOK)
    return Hook(world, "telegram")


def test_a_reaction_finds_the_author_of_a_message_that_came_before_or_after_it(
    app: Flask, world: World, telegram: Hook
) -> None:
    telegram.telegram(message_reaction=reaction(11, BEN, "👍"))
    drain_all(app)
    assert points(world, ADA) == 0

    telegram.telegram(message=message(11, ADA))
    telegram.telegram(message_reaction=reaction(11, {"id": 503}, "❤"))
    drain_all(app)

    assert points(world, ADA) == 2 + 5 + 5
    board = world.get("/v1/leaderboards/all/entries").get_json()
    assert [(row["rank"], row["score"]) for row in board["data"]] == [(1, 12)]


def test_a_reaction_taken_back_takes_its_points_back(app: Flask, world: World, telegram: Hook) -> None:
    telegram.telegram(message=message(11, ADA))
    telegram.telegram(message_reaction=reaction(11, BEN, "👍"))
    drain_all(app)
    assert points(world, ADA) == 7

    telegram.telegram(message_reaction=reaction(11, BEN, seconds=20))
    drain_all(app)

    assert points(world, ADA) == 2


def test_nobody_is_helped_by_their_own_reaction(app: Flask, world: World, telegram: Hook) -> None:
    telegram.telegram(message=message(11, ADA))
    telegram.telegram(message_reaction=reaction(11, ADA, "👍"))
    drain_all(app)

    assert points(world, ADA) == 2


def test_updates_in_any_order_end_in_the_same_points(app: Flask, world: World, telegram: Hook) -> None:
    updates: list[dict[str, Any]] = [
        {"message": message(11, ADA)},
        {"message_reaction": reaction(11, BEN, "👍", seconds=50)},
        {"message_reaction": reaction(11, BEN, seconds=40)},
        {"message_reaction": reaction(11, BEN, "❤", seconds=30)},
        {"message": message(12, BEN, "#Bacaan", entities=[{"type": "hashtag", "offset": 0, "length": 7}])},
        {"message_reaction": reaction(12, ADA, "❤", seconds=30)},
        {"message_reaction": reaction(12, ADA, seconds=20)},
    ]
    random.Random(7).shuffle(updates)
    for update in updates:
        telegram.telegram(**update)
        if random.Random(len(str(update))).random() < 0.5:
            drain_all(app)
    drain_all(app)

    assert (points(world, ADA), points(world, BEN)) == (7, 5)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("at_once", [True, False])
def test_a_tag_that_was_edited_out_earns_nothing_whichever_state_comes_first(
    app: Flask, world: World, telegram: Hook, order: tuple[int, ...], at_once: bool
) -> None:
    tag = {"entities": [{"type": "hashtag", "offset": 0, "length": 7}]}
    posted = message(11, ADA, "#Bacaan", **tag)
    edited = {**message(11, ADA, "Tiada apa"), "date": posted["date"], "edit_date": posted["date"] + 5}
    edited_again = {**message(11, ADA, "#Cerita", **tag), "date": posted["date"], "edit_date": posted["date"] + 9}
    updates = [{"message": posted}, {"edited_message": edited}, {"edited_message": edited_again}]

    for index in order:
        telegram.telegram(**updates[index])
        if not at_once:
            drain_all(app)
    drain_all(app)

    assert points(world, ADA) == 2
    activities = world.get("/v1/members/telegram::501/activities").get_json()["data"]
    assert {one["kind"] for one in activities} >= {"post_created", "hashtag_posted"}


def test_people_whom_a_source_may_not_enrol_wait_until_they_are_claimed(app: Flask, world: World) -> None:
    world.publish(RULEBOOK)
    hook = Hook(world, "telegram", enrol="on_claim")
    hook.telegram(message=message(11, ADA))
    drain_all(app)
    assert world.get("/v1/members/telegram::501").status_code == 404

    ada = world.enrol("ada")
    world.put(f"/v1/members/{ada}/identities/telegram::501", {})
    drain_all(app)

    assert world.balance(ada)["balance"] == 2
