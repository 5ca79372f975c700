"""Pages of other sites may read with a member token what a member may read, and nothing else."""

from __future__ import annotations

import pytest

from tests.http import World

ASKS = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "authorization"}


@pytest.mark.parametrize(
    "path", ["/v1/members/me", "/v1/badges/x/image.svg?community=garden", "/v1/leaderboards/all/entries", "/v1/tiers"]
)
def test_a_browser_that_asks_beforehand_is_told_that_it_may_read(world: World, path: str) -> None:
    answer = world.client.options(path, headers=ASKS | {"Access-Control-Request-Method": "GET"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/members/me", "PUT"),
        ("/v1/activities", "POST"),
        ("/v1/keys", "GET"),
        ("/c/garden", "GET"),
        ("/v1/x", "GET"),
    ],
)
def test_nobody_is_let_in_to_anything_else(world: World, path: str, method: str) -> None:
    answer = world.client.options(path, headers=ASKS | {"Access-Control-Request-Method": method})
    assert answer.status_code != 204
    assert "Access-Control-Allow-Methods" not in answer.headers


def test_answers_and_refusals_can_be_read_by_the_page_that_asked(world: World) -> None:
    world.enrol("ada")
    token = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    good = world.get("/v1/members/me", key=token)
    ended = world.get("/v1/members/me", key="e30.e30.e30")
    assert (good.status_code, ended.status_code) == (200, 401)
    assert good.headers["Access-Control-Allow-Origin"] == ended.headers["Access-Control-Allow-Origin"] == "*"


def test_what_takes_a_key_can_not(world: World) -> None:
    for path in ("/v1/keys", "/v1/rulebook", "/v1/sources"):
        assert "Access-Control-Allow-Origin" not in world.get(path).headers
    assert "Access-Control-Allow-Origin" not in world.put("/v1/members/ada", {"name": "Ada"}).headers


def test_the_widget_is_a_script_for_every_site(world: World) -> None:
    with world.client.get("/widget.js") as answer:
        assert answer.content_type.startswith("text/javascript")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
