"""Two who were linked part again: what they spent together is carried by whoever is named, and nobody by surprise."""

from __future__ import annotations

import pytest

from tests.http import World, pointers, refusal

BEN = "discourse:forum.example.org:8141"
LINK = f"/v1/members/ada/identities/{BEN}"


@pytest.fixture(autouse=True)
def _spent_together(world: World) -> None:
    """Ben's 20 points came to Ada, who had 5, and spent 15."""
    world.publish()
    world.earn(BEN, 2)
    world.enrol("ada")
    world.post("/v1/members/ada/adjust", {"points": 5, "reason": "welcome"})
    world.put("/v1/rewards/mug", {"name": {"en": "Mug"}, "cost": 15})
    world.put(f"{LINK}?move=true", {})


def redeem(world: World) -> str:
    made = world.post("/v1/redemptions", {"member": "ada", "reward": "mug"}).get_json()
    world.post(f"/v1/redemptions/{made['id']}/fulfil")
    return str(made["id"])


def stand(world: World) -> list[tuple[int, int]]:
    """(balance, debt) of Ada and of Ben."""
    return [(world.balance(who)["balance"], world.balance(who)["debt"]) for who in ("ada", BEN)]


def test_it_is_refused_with_the_list_until_somebody_carries_it(world: World) -> None:
    redemption = redeem(world)
    refused = world.delete(LINK, key="link")
    assert (refusal(refused), pointers(refused)) == ((409, "spent_together"), {"/debt_to"})
    assert refused.get_json()["errors"][0]["detail"] == f"{redemption}: 15 points for mug, fulfilled"
    assert world.balance("ada")["balance"] == 10, "nothing moved"


def test_the_one_who_stays_may_carry_it(world: World) -> None:
    redeem(world)
    assert world.delete(f"{LINK}?debt_to=stays", key="link").status_code == 200
    assert stand(world) == [(-10, 10), (20, 0)]


def test_or_the_one_who_leaves_who_can_read_why(world: World) -> None:
    redeem(world)
    assert world.delete(f"{LINK}?debt_to=leaves", key="link").status_code == 200
    assert stand(world) == [(0, 0), (10, 0)]
    assert world.get(f"/v1/members/{BEN}/entries").get_json()["data"][0]["change"] == -10
    assert world.get("/v1/ledger/verify").get_json()["intact"]


def test_where_enough_is_left_nobody_is_asked(world: World) -> None:
    world.post("/v1/members/ada/adjust", {"points": 10, "reason": "welcome"})
    redeem(world)
    assert world.delete(LINK, key="link").status_code == 200
    assert stand(world) == [(0, 0), (20, 0)]


def test_what_is_still_held_has_to_end_before_somebody_else_carries_it(world: World) -> None:
    world.post("/v1/redemptions", {"member": "ada", "reward": "mug"})
    assert refusal(world.delete(f"{LINK}?debt_to=leaves")) == (409, "redemption_open")
    assert world.delete(f"{LINK}?debt_to=stays").status_code == 200


def test_whom_no_account_of_their_own_leaves_with_cannot_carry_it(world: World) -> None:
    assert world.delete(LINK).status_code == 200
    world.enrol("cleo")
    nobody = "/v1/members/cleo/identities/discourse:forum.example.org:1"
    world.put(nobody, {})
    world.earn("discourse:forum.example.org:1", 2)
    made = world.post("/v1/redemptions", {"member": "cleo", "reward": "mug"}).get_json()
    world.post(f"/v1/redemptions/{made['id']}/fulfil")
    assert refusal(world.delete(f"{nobody}?debt_to=leaves")) == (409, "nobody_leaves")
    assert refusal(world.delete(f"{nobody}?debt_to=ada"))[0] == 422
    assert world.delete(f"{nobody}?debt_to=stays").status_code == 200
