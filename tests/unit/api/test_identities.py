"""Identities: accounts of members on platforms, linked, moved and unlinked."""

from __future__ import annotations

import pytest

from tests.http import World, pointers, refusal

BEN = "discourse:forum.example.org:8141"


@pytest.fixture(autouse=True)
def _published(world: World) -> None:
    world.publish()


def test_linking_brings_along_what_was_earned_and_unlinking_gives_it_back(world: World) -> None:
    world.earn(BEN, 2)
    world.enrol("ada")
    linked = world.put(f"/v1/members/ada/identities/{BEN}", {}, key="link")
    assert linked.get_json()["points"][0]["balance"] == 20
    world.delete(f"/v1/members/ada/identities/{BEN}", key="link")
    assert world.balance("ada")["balance"] == 0
    assert world.balance(BEN)["balance"] == 20


def test_an_account_of_another_member_is_taken_only_when_that_is_said(world: World) -> None:
    world.earn(BEN)
    ada, ben = world.enrol("ada"), world.put(f"/v1/members/{BEN}", {"name": "Ben"}).get_json()["id"]
    path = f"/v1/members/ada/identities/{BEN}"

    refused = world.put(path, {}, key="link")

    assert refusal(refused) == (409, "linked_to_another")
    assert ben in refused.get_json()["detail"]
    assert (world.balance("ada")["balance"], world.balance(ben)["balance"]) == (0, 10), "nothing moved"
    assert world.put(f"{path}?move=false", {}, key="link").status_code == 409
    assert world.put(f"{path}?move=true", {}, key="link").get_json()["id"] == ada
    assert world.put(path, {}, key="link").status_code == 200, "theirs already"
    assert world.get(f"/v1/members/{BEN}").get_json()["id"] == ada


def test_an_account_that_was_linked_stays_where_it_is(world: World) -> None:
    ada = world.enrol("ada")
    world.enrol("ben")
    assert world.put(f"/v1/members/ada/identities/{BEN}", {}, key="link").status_code == 200
    refused = world.put(f"/v1/members/ben/identities/{BEN}", {}, key="link")
    assert refusal(refused) == (409, "linked_to_another")
    assert ada in refused.get_json()["detail"]
    assert pointers(world.put(f"/v1/members/ben/identities/{BEN}?move=perhaps", {}, key="link")) == {"/move"}


@pytest.mark.parametrize(
    "identity", ["discourse", "a:b", "a:b:c:d", ":b:c", "a:b:", "a:b:%2500", "a:%2500:c", "Discourse:b:c", "a%0A:b:c"]
)
def test_what_names_no_identity_is_refused(world: World, identity: str) -> None:
    world.enrol("ada")
    assert world.put(f"/v1/members/ada/identities/{identity}", {}).status_code == 422


def test_the_identity_that_setia_gave_a_member_is_nobodys_to_take(world: World) -> None:
    ada = world.enrol("ada")
    world.enrol("ben")
    for answer in (
        world.put(f"/v1/members/ben/identities/setia::{ada}", {}),
        world.delete(f"/v1/members/ada/identities/setia::{ada}"),
        world.put("/v1/members/setia::somebody", {}),
    ):
        assert refusal(answer) == (403, "platform_not_allowed")
