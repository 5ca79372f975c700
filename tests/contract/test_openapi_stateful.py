"""Whole walks through the API, each call made of what the one before it answered, along the links of the document.

With every kind of key, bounded: `SETIA_FUZZ=20` walks twenty times as far. No answer may be a 5xx or one that the
document does not promise.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis.stateful import run_state_machine_as_test

from tests.contract.test_openapi import CHECKS  # which tells how NDJSON is written as well
from tests.databases import Database
from tests.http import World, operations

FURTHER = int(os.environ.get("SETIA_FUZZ", "1"))
CALLERS = ("admin", "ingest", "import", "read", "link", "tokens", "operator", "member")
BOUNDED = hypothesis.settings(
    max_examples=4 * FURTHER,
    stateful_step_count=10,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),  # they are about speed and size, which a whole walk has
)


def test_every_link_leads_to_an_operation_that_takes_what_it_brings(world: World) -> None:
    known = {
        operation["operationId"]: {part for part in path.split("/") if part.startswith("{")}
        for _, path, operation in operations(world.app)
    }
    links = [
        (operation["operationId"], link)
        for _, _, operation in operations(world.app)
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    for source, link in links:
        assert {f"{{{name}}}" for name in link["parameters"]} == known[link["operationId"]], (source, link)
    led = {(source, link["operationId"]) for source, link in links}
    assert led >= {
        ("activities.say", "activities.retract"),
        ("members.put", "standing.balance"),
        ("redemptions.redeem", "redemptions.cancel"),
        ("rewards.put", "rewards.read"),
        ("keys.make", "keys.rotate"),
    }


@pytest.mark.parametrize("caller", CALLERS)
def test_no_walk_is_answered_unlike_promised(world: World, database: Database, caller: str) -> None:
    if database.name != "sqlite" and FURTHER == 1:
        pytest.skip("a walk tries the doors, not the database: test_openapi asks both; SETIA_FUZZ walks on both")
    world.publish()
    member = world.enrol("ada")
    token = world.post(f"/v1/members/{member}/tokens", {"seconds": 900}).get_json()["token"]
    headers = {"Authorization": f"Bearer {world.keys.get(caller, token)}"}
    answered: Counter[int] = Counter()

    class Walk(schemathesis.openapi.from_wsgi("/v1/openapi.json", world.app).as_state_machine()):  # type: ignore[misc]  # a class made of the document
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            answered[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(Walk, settings=BOUNDED)
    assert answered.total() >= 10
    assert set(answered) & {200, 201, 202, 204, 403}, answered
