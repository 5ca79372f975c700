"""An award that is withheld: Ada's second answer for one asker waits for a person. Cases and appeals begin with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http import World

SIGNALS = {"pair": {"kinds": ["answer_accepted"], "more_than": 1, "days": 7}}


@pytest.fixture
def token(world: World) -> str:
    """Ada's, of whose two answers for one asker the second waits."""
    world.publish()
    world.enrol("ada")
    assert world.put("/v1/community/fair-play", SIGNALS).status_code == 200
    token: str = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    world.earn(world.enrol("ada"), 2)
    return token


def the_case(world: World, **query: Any) -> dict[str, Any]:
    (case,) = world.get("/v1/cases", query_string=query).get_json()["data"]
    assert world.get(f"/v1/cases/{case['id']}").get_json() == case
    return dict(case)


def decide(world: World, case: dict[str, Any], outcome: str, **more: Any) -> Any:
    return world.post(f"/v1/cases/{case['id']}/decide", {"outcome": outcome, "reason": "We looked."}, **more)


def another_admin(world: World) -> str:
    """A key that somebody else answers for."""
    body = {"name": "second", "owner": "Sri", "scopes": ["admin"]}
    key: str = world.post("/v1/keys", body).get_json()["key"]
    return key


def appeal(world: World, token: str, **thing: Any) -> Any:
    return world.post("/v1/appeals", {"text": "Please look again.", **thing}, key=token)
