"""Who joins a Telegram group by whose link: the link names the member, or a member is known to own it."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from flask import Flask

from tests.draining import drain_all
from tests.hooks import Hook
from tests.http import World, instant, world

__all__ = ["world"]

RULEBOOK = {"rules": [{"key": "referred", "on": "referral_joined", "earns": "beneficiary", "gives": {"points": 20}}]}
ROOT, BEN = {"id": 503, "first_name": "Root"}, {"id": 502, "first_name": "Ben"}
LINK = "https://t.me/+kelabpembaca"


@pytest.fixture
def telegram(world: World) -> Hook:
    world.publish(RULEBOOK)
    declared = world.put("/v1/kinds/invite_link_made", {"name": {"en": "Invite link made"}, "fields": {}})
    assert declared.status_code in (200, 201)
    return Hook(world, "telegram")


def moved(before: str, after: str, seconds: int = 60, who: dict[str, Any] = BEN, **link: Any) -> dict[str, Any]:
    """A change in the group that an admin sees; `from` is whoever let them in."""
    change: dict[str, Any] = {
        "chat": {"id": -1002000000001, "type": "supergroup"},
        "from": ROOT,
        "date": int(time.time()) - seconds,
        "old_chat_member": {"user": who, "status": before},
        "new_chat_member": {"user": who, "status": after},
    }
    return change | ({"invite_link": {"creator": ROOT, **link}} if link else {})


def own(world: World, member: str) -> None:
    """Say that the link is the member's."""
    said = {
        "kind": "invite_link_made",
        "activity_key": f"links:{member}",
        "actor": member,
        "occurred_at": instant(-3600),
        "declares": f"owner_of:{LINK}",
    }
    assert world.post("/v1/activities", said, key="ingest").status_code == 201


@pytest.mark.parametrize("join_comes_first", [True, False])
def test_a_join_by_a_link_is_its_owners_referral_whichever_is_known_first(
    app: Flask, world: World, telegram: Hook, join_comes_first: bool
) -> None:
    ada = world.enrol("ada")
    if not join_comes_first:
        own(world, ada)
    telegram.telegram(chat_member=moved("left", "member", invite_link=LINK))
    drain_all(app)
    if join_comes_first:
        assert world.get(f"/v1/members/{ada}/entries").get_json()["data"] == []
        own(world, ada)
        drain_all(app)

    assert world.balance(ada)["balance"] == 20


def test_who_joins_by_a_members_link_is_that_members_referral_until_they_leave(
    app: Flask, world: World, telegram: Hook
) -> None:
    ada = world.enrol("ada")
    for before, after, seconds, points in (
        ("left", "member", 30, 20),
        ("member", "left", 20, 0),
        ("left", "member", 10, 20),
    ):
        link = {"name": f"ref:{ada.removeprefix('mem_')}", "invite_link": LINK}
        telegram.telegram(chat_member=moved(before, after, seconds, **link))
        drain_all(app)
        assert world.balance(ada)["balance"] == points


def test_who_was_let_in_is_referred_not_who_let_them_in(app: Flask, world: World, telegram: Hook) -> None:
    ada = world.enrol("ada")
    telegram.telegram(chat_member=moved("left", "member", name=f"ref:{ada.removeprefix('mem_')}", invite_link=LINK))
    drain_all(app)

    (joined,) = world.get("/v1/members/telegram::502/activities").get_json()["data"]
    assert joined["kind"] == "referral_joined"
    assert world.get("/v1/members/telegram::503").status_code == 404


@pytest.mark.parametrize(
    "link", [{}, {"invite_link": "https://t.me/+kel…"}, {"name": "ref:nobody"}], ids=["none", "cut", "named otherwise"]
)
def test_a_join_that_names_no_owner_is_nobodys_referral(
    app: Flask, world: World, telegram: Hook, link: dict[str, Any]
) -> None:
    own(world, world.enrol("ada"))
    telegram.telegram(chat_member=moved("left", "member", **link))
    drain_all(app)

    assert world.get("/v1/members/telegram::502").status_code == 404
    assert world.get("/v1/deliveries").get_json()["data"][0]["state"] == "ignored"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_joining_leaving_and_joining_again_is_one_referral_in_any_order(
    app: Flask, world: World, telegram: Hook, order: tuple[int, ...]
) -> None:
    ada = world.enrol("ada")
    own(world, ada)
    told = [
        moved("left", "member", 60, invite_link=LINK),
        moved("member", "left", 50),
        moved("left", "member", 40, invite_link=LINK),
    ]
    for index in order:
        telegram.telegram(chat_member=told[index])
        drain_all(app)

    assert world.balance(ada)["balance"] == 20
