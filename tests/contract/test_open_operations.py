"""What takes no key is in the document as well, as it is, and the examples there are what the operations take."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.spec import document
from api.spec_examples import BODIES
from loyalty.db import db
from loyalty.platforms import PLATFORMS
from tests.hooks import Hook
from tests.http import World, hold_to_document

PAGES = "pages."  # for people
SENT: dict[str, Callable[[Hook], TestResponse]] = {
    "generic": lambda hook: hook.signed({"kind": "post_created"}),
    "telegram": lambda hook: hook.telegram(),
    "discourse": lambda hook: hook.discourse("ping"),
}


def test_every_route_that_is_no_page_is_in_the_document(app: Flask) -> None:
    listed = {
        (method.upper(), path)
        for path, methods in document(app)["paths"].items()
        for method in methods.keys() - {"parameters"}
    }
    routes = {
        (method, re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"} - ({"OPTIONS"} if rule.provide_automatic_options else set())
        if not rule.endpoint.startswith(PAGES)
    }
    assert routes - {("GET", "/v1/openapi.json")} == listed


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_document_names_the_header_that_a_platform_signs_with(world: World, platform: str) -> None:
    answer = SENT[platform](Hook(world, platform))
    assert answer.status_code == 200
    scheme = document(world.app)["components"]["securitySchemes"][platform]
    assert scheme["in"] == "header"
    assert scheme["name"] in answer.request.headers
    assert scheme["description"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/healthz?x=%00", "/metrics?x=%00"])
def test_what_watches_answers_as_the_document_says(world: World, path: str) -> None:
    hold_to_document(world.app, world.client.get(path))


def test_hooks_answer_as_the_document_says(world: World) -> None:
    hook = Hook(world, "generic")
    for answer in (
        hook.signed({"kind": "post_created"}),
        world.client.post(f"/v1/hooks/{hook.id}", data=b"{}"),
        world.client.post("/v1/hooks/src_unknown", data=b"{}"),
        world.client.post(f"/v1/hooks/{hook.id}", data=b"x" * (1 << 20) + b"x"),
        world.client.options(f"/v1/hooks/{hook.id}"),
        world.client.options("/v1/hooks/src_unknown"),
    ):
        hold_to_document(world.app, answer)


def _bodies(app: Flask) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        operation["operationId"]: next(iter(operation["requestBody"]["content"].items()))
        for methods in document(app)["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict) and "requestBody" in operation
    }


def test_every_body_has_an_example_and_it_is_what_the_operation_takes(app: Flask) -> None:
    bodies = _bodies(app)
    assert bodies.keys() == BODIES.keys()
    for name, (media_type, content) in bodies.items():
        schema = {**content["schema"], "components": document(app)["components"]}
        assert content["example"] == BODIES[name]
        problems = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(content["example"])]
        assert not problems, (name, problems)
        if media_type.endswith("ndjson"):
            assert [json.loads(line) for line in content["example"].splitlines()]


@pytest.fixture(params=[False, True], ids=["at once", "at the second attempt"])
def outrun(request: pytest.FixtureRequest, world: World) -> Iterator[None]:
    """Nothing, or somebody who makes the same row just before each transaction's first commit."""
    first = itertools.cycle([request.param, False])

    def fail(session: Session) -> None:
        if not session.in_nested_transaction() and next(first):
            raise sqlite3.IntegrityError("somebody was faster")

    world.get("/v1/community")  # that the key is in use is noted by now
    event.listen(db.session, "before_commit", fail)
    yield
    event.remove(db.session, "before_commit", fail)


def test_the_story_of_the_examples_can_be_told(world: World, outrun: None) -> None:
    def send(method: str, path: str, name: str) -> int:
        return world.call(method, path, json=BODIES[name]).status_code

    assert send("PUT", "/v1/community", "community.change") == 200
    assert send("PUT", "/v1/kinds/tea_poured", "kinds.declare") in (200, 201)
    assert world.post("/v1/rulebook/draft/check", BODIES["drafts.check"]).get_json()["valid"] is True
    assert send("PUT", "/v1/rulebook/draft", "drafts.save") == 200
    assert send("PUT", "/v1/rulebook/draft/rules/helpful-answer", "drafts.save_rule") == 200
    assert send("PUT", "/v1/badges/first-helper", "badges.change") == 200
    assert send("PUT", "/v1/tiers", "tiers.change") == 200
    assert send("PUT", "/v1/leaderboards/week", "leaderboards.change") == 200
    assert send("POST", "/v1/rulebook/publications", "publications.publish") == 201
    assert send("PUT", "/v1/members/ada", "members.put") in (200, 201)
    assert send("PUT", "/v1/members/ada/preferences", "members.prefer") == 200
    assert send("PUT", "/v1/members/ada/identities/app:main:ada", "identities.link") in (200, 201)
    assert send("POST", "/v1/members/ada/tokens", "members.make_token") == 201
    assert send("POST", "/v1/members/ada/adjust", "corrections.adjust") == 201
    assert send("POST", "/v1/members/ada/awards", "corrections.give_badge") == 201
    assert send("PUT", "/v1/rewards/mug", "rewards.put") in (200, 201)
    assert send("POST", "/v1/imports", "imports.begin") == 201
    assert send("POST", "/v1/keys", "keys.make") == 201
    assert send("POST", "/v1/sources", "sources.connect") == 201
