"""A community as apps see it, called through the whole application, with every answer held to the served document.

An answer with a status or a body that `/v1/openapi.json` does not promise fails the test that got it, whatever the test
was about.
"""

from __future__ import annotations

import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.auth import OPERATOR
from loyalty import communities, keys
from loyalty.db import db, transact

SCOPES = keys.SCOPES
CREDENTIALS = {"key", OPERATOR, "member_token"}
"""What the document calls the ways to show who asks for something of a community."""
RULEBOOK = {
    "rules": [
        {
            "key": "helpful-answer",
            "name": {"en": "Helpful answer", "ms": "Jawapan membantu"},
            "on": "answer_accepted",
            "earns": "beneficiary",
            "limits": [{"times": 5, "per": "day"}],
            "gives": [{"points": 10}, {"badge": "first-helper"}],
        },
    ],
    "badges": [{"key": "first-helper", "name": {"en": "First helper", "ms": "Pembantu pertama"}}],
    "tiers": {
        "currency": "points",
        "period": "ever",
        "levels": [
            {"key": "member", "name": {"en": "Member"}, "reach": 0},
            {"key": "helper", "name": {"en": "Helper"}, "reach": 20},
        ],
    },
}


class World:
    """One community with a key for each scope. `call` speaks with one of them, or with the operator's, `admin` unless
    said.
    """

    def __init__(self, app: Flask, name: str) -> None:
        self.app = app
        self.client = app.test_client()
        self._numbers = itertools.count(1)
        with app.app_context():
            self.id, self.keys = transact(db.session(), lambda session: self._begin(session, name))
            db.session.remove()

    def _begin(self, session: Any, name: str) -> tuple[str, dict[str, str]]:
        community = communities.create(session, name, name.title())
        pepper = self.app.extensions["setia"].derive("keys")
        issued = {
            scope: keys.issue(
                session, pepper, community.id, keys.Grant((scope,)), name=scope, owner="Root", by="tests"
            ).text
            for scope in SCOPES
        }
        return community.id, issued | {OPERATOR: str(self.app.extensions["setia"].operator_key)}

    def call(self, method: str, path: str, *, key: str | None = "admin", **request: Any) -> TestResponse:
        """Send a request. `key` names a scope's key, or is a key or token itself; None sends none."""
        headers = dict(request.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        answer = self.client.open(path, method=method, headers=headers, **request)
        hold_to_document(self.app, answer)
        return answer

    def get(self, path: str, **request: Any) -> TestResponse:
        return self.call("GET", path, **request)

    def post(self, path: str, body: Any = None, **request: Any) -> TestResponse:
        return self.call("POST", path, **({} if body is None else {"json": body}), **request)

    def put(self, path: str, body: Any, **request: Any) -> TestResponse:
        return self.call("PUT", path, json=body, **request)

    def delete(self, path: str, **request: Any) -> TestResponse:
        return self.call("DELETE", path, **request)

    def publish(self, document: Any = None) -> None:
        """Put a rulebook in force for ever."""
        assert self.put("/v1/rulebook/draft", document or RULEBOOK).status_code == 200
        published = self.post("/v1/rulebook/publications", {"mode": "retroactive"})
        assert published.status_code == 201, published.get_json()

    def enrol(self, name: str) -> str:
        """A member known to the app by that name; answers the id."""
        member: str = self.put(f"/v1/members/{name}", {"name": name.title()}).get_json()["id"]
        return member

    def answered(self, helper: str, **changes: Any) -> dict[str, Any]:
        """An accepted answer of `helper`, each time another one."""
        number = next(self._numbers)
        return {
            "kind": "answer_accepted",
            "activity_key": f"forum:solved:{number}",
            "occurred_at": instant(-number),
            "actor": {"platform": "discourse", "scope": "forum.example.org", "id": "asker"},
            "beneficiary": helper,
        } | changes

    def earn(self, helper: str, times: int = 1) -> None:
        """Let the helper's answers be accepted."""
        for _ in range(times):
            assert self.post("/v1/activities", self.answered(helper), key="ingest").status_code == 201

    def balance(self, member: str) -> dict[str, Any]:
        """How the member's points stand."""
        found: dict[str, Any] = self.get(f"/v1/members/{member}/balance").get_json()["data"][0]
        return found


def instant(seconds: float = 0) -> str:
    """Now, or so many seconds later, as the API takes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal, which has to be a problem."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    return answer.status_code, answer.get_json()["code"]


def pointers(answer: TestResponse) -> set[str]:
    """Where in the input the refusal points."""
    return {place["pointer"] for place in answer.get_json()["errors"]}


def operations(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and entry of each operation that the served document lists and that takes a key."""
    return [
        (method.upper(), path, operation)
        for path, methods in _document(app)["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "delete")
        and CREDENTIALS & {name for way in operation["security"] for name in way}
    ]


def opener(operation: dict[str, Any]) -> str:
    """The name of the key that may do everything at such a door."""
    return "admin" if "key" in operation["security"][0] else OPERATOR


def hold_to_document(app: Flask, answer: TestResponse) -> None:
    """Fail when the document does not promise this answer."""
    operation = _operation(app, answer)
    if operation is None:
        return
    promised = operation["responses"].get(str(answer.status_code))
    assert promised is not None, f"{answer.request.method} {answer.request.path} answered {answer.status_code}"
    if answer.status_code == 304 or not answer.data:
        return
    kind = answer.content_type.partition(";")[0]
    assert kind in promised["content"], f"{answer.request.path} answered {kind}"
    if kind.endswith("json"):
        schema = json.dumps(promised["content"][kind].get("schema", {}))
        errors = _validator(app, schema).iter_errors(answer.get_json())
        problems = [f"{list(error.instance_path)}: {error.message}" for error in errors]
        assert not problems, f"{answer.request.method} {answer.request.path}: {problems}"


def _operation(app: Flask, answer: TestResponse) -> dict[str, Any] | None:
    with app.test_request_context(quote(answer.request.path), method=answer.request.method) as context:
        rule = context.request.url_rule
    if rule is None:
        return None
    path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
    found: dict[str, Any] | None = _document(app)["paths"].get(path, {}).get(answer.request.method.lower())
    return found


@cache
def _document(app: Flask) -> dict[str, Any]:
    document: dict[str, Any] = app.test_client().get("/v1/openapi.json").get_json()
    return document


@cache
def _validator(app: Flask, schema: str) -> Any:
    return jsonschema_rs.validator_for({**json.loads(schema), "components": _document(app)["components"]})


@pytest.fixture
def world(app: Flask) -> World:
    """A community to call, with keys and no members."""
    return World(app, "garden")


@pytest.fixture
def noise(app: Flask, world: World) -> World:
    """Another community with the same people and rules: what belongs to it must not be seen."""
    other = World(app, "orchard")
    other.publish()
    other.enrol("ada")
    other.earn("discourse:forum.example.org:8141")
    return other
