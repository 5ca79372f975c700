"""Nothing of one community can be read or written with another's key: every operation of the served document, with
every kind of key, is told what another community's things are called.

It is refused as if they were not there at all, no answer has a word, a number or an id of theirs in it, and their rows
stay as they were. With their own admin's key the same requests are carried out, so none is refused for another reason.
An operation, a path parameter, a query parameter or a body that this matrix does not know fails it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import redis
from flask import Flask
from werkzeug.test import TestResponse

from tests.contract.tenants import Name, Tenant
from tests.databases import Database
from tests.http import instant, opener, operations

NOTHING = "0" * 26
_NUMBERS = itertools.count()
PLAIN: dict[str, Any] = {
    "activities.retract": {"by": "platform", "reason": "why"},
    "activities.void": {"reason": "why"},
    "activities.lift": {"reason": "why"},
    "badges.change": {"name": {"en": "Own"}},
    "cases.decide": {"outcome": "upheld", "reason": "why"},
    "communities.make": {"key": "third", "name": "Third"},
    "community.change": {"name": "Own"},
    "conduct.lift": {"reason": "why"},
    "conduct.publish_guidelines": {"text": "Own"},
    "corrections.adjust": {"points": 5, "reason": "why"},
    "corrections.unlock_tier": {"reason": "why"},
    "drafts.check": {"rules": []},
    "drafts.save": {"rules": []},
    "drafts.save_rule": {"on": "post_created", "gives": {"points": 1}},
    "fair_play.change": {},
    "identities.link": {},
    "imports.load": '{"kind": "post_created"}',
    "imports.revert": {"reason": "why"},
    "keys.make": {"name": "Own", "owner": "Root", "scopes": ["read"]},
    "keys.rotate": {},
    "kinds.declare": {"name": {"en": "Own"}},
    "leaderboards.change": {"name": {"en": "Own"}, "period": "day"},
    "members.make_token": {},
    "members.prefer": {"on_boards": True},
    "members.put": {"name": "Own"},
    "publications.lower_approvals": {"approvals": 1},
    "publications.reject": {},
    "publications.revert": {},
    "rewards.put": {"name": {"en": "Own"}, "cost": 1},
    "sources.connect": {"platform": "generic"},
    "sources.put": {"platform": "generic", "name": "Own"},
    "sources.rotate": {},
    "tiers.change": {"levels": []},
}
"""Bodies that name nobody's things, for operations that name them in their path or nowhere."""
SAID_ALOUD = {"sources.put"}
"""The id of a source is chosen, one in the service, and part of a public address: that it is taken is no secret."""


def telling(operation: str, of: Tenant, other: Tenant) -> list[Any]:
    """Bodies that name things of `of`, where they have to be mixed, beside things of `other`."""
    said = {"kind": "post_created", "activity_key": f"own:{next(_NUMBERS)}", "occurred_at": instant(-5)}
    activities = [
        {**said, "actor": of.member},
        {**said, "beneficiary": of.member, "actor": {"platform": "app", "scope": "", "id": "own"}},
    ]
    bodies = {
        "activities.say": activities,
        "activities.say_many": [{"activities": [one]} for one in activities],
        "cases.appeal": [
            {"member": of.member, "case": of.case, "text": "why"},
            {"member": other.member, "case": of.case, "text": "why"},
            {"member": other.member, "breach": of.breach, "text": "why"},
            {"member": other.member, "activity": of.activities[0], "text": "why"},
        ],
        "cases.decide_each": [{"verdicts": [{"case": of.case, "outcome": "upheld", "reason": "why"}]}],
        "conduct.confirm": [
            {"member": of.member, "guideline": "own", "severity": "minor", "reason": "why"},
            {"member": other.member, "guideline": "own", "severity": "minor", "reason": "why"}
            | {"activity": of.activities[0]},
        ],
        "corrections.give_badge": [{"badge": f"{of.mark}-thing", "reason": "why"}],
        "corrections.lock_tier": [{"tier": f"{of.mark}-tier", "reason": "why"}],
        "imports.begin": [{"name": "Own", "source": of.source}],
        "redemptions.redeem": [
            {"member": of.member, "reward": "shared-mug"},
            {"member": other.member, "reward": f"{of.mark}-mug"},
        ],
        "publications.publish": [{"version": int(of.names("versions")[0].text)}],
        "backtests.begin": [{"version": int(of.names("versions")[0].text)}],
    }
    return bodies[operation]


def asking(parameter: Mapping[str, Any], of: Tenant) -> list[str]:
    """What a parameter of the query is told to name things of that community; empty where it is no text, one of a few
    words, the place of a page, or a reason.
    """
    schema = parameter["schema"]
    if (
        "string" not in schema["type"]
        or "enum" in schema
        or "format" in schema
        or parameter["name"] in ("cursor", "reason")
    ):
        return []
    names = {
        "activity": of.activities,
        "around": [name.text for name in of.names("members")],
        "group": [f"{of.mark}-group"],
        "member": [name.text for name in of.names("members")],
        "source": [of.source],
        "with": [of.backtest],
        "subject": [of.publication],
        "actor": [of.key_id],
    }
    return names[parameter["name"]]


@dataclass
class Request:
    """One request, `about` these things of a community."""

    operation: str
    method: str
    path: str
    about: Sequence[Name] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def hidden(self) -> bool:
        """Whether it is about what is not there for anybody else. A chosen name is there once somebody puts it."""
        return any(name.given or self.method != "PUT" for name in self.about if not name.shared)

    def send(self, tenant: Tenant, key: str) -> TestResponse:
        sent: dict[str, Any] = {} if self.body is None else {"json": self.body}
        if isinstance(self.body, str):
            sent = {"data": self.body, "content_type": "application/x-ndjson"}
        return tenant.call(self.method, self.path, key=key, query_string=self.query, **sent)

    def text(self) -> str:
        return f"{self.path} {json.dumps(self.query)} {json.dumps(self.body)}"


def requests(method: str, path: str, operation: Mapping[str, Any], of: Tenant, other: Tenant) -> Iterator[Request]:
    """Every way to ask this operation about things of `of`."""
    name = operation["operationId"]
    paths = list(_paths(path, of, other))
    needed = {one["name"] for one in operation.get("parameters", []) if one["required"]}
    required = {name: value for name, value in (("first", "1"), ("reason", "why")) if name in needed}
    if name == "backtests.compare":
        required = {"with": other.backtest}
    bodies = [PLAIN.get(name)] if name in PLAIN or "requestBody" not in operation else telling(name, of, other)
    for (filled, about), body in itertools.product(paths, bodies):
        given = (of.member, of.source, of.case, of.breach)
        told = tuple(Name(one, given=True) for one in given if one in str(body))
        if f"{of.mark}-" in str(body):
            told = (*told, Name(of.mark))
        if name in ("publications.publish", "backtests.begin"):
            told = (Name(str(body["version"])),)
        yield Request(name, method, filled, (*about, *told), required, body)
    for parameter in operation.get("parameters", []):
        for value in asking(parameter, of) if parameter["in"] == "query" else []:
            filled, about = next((one for one in _paths(path, other, other)), (path, ()))
            yield Request(name, method, filled, (), {**required, parameter["name"]: value}, bodies[0])


def _paths(path: str, of: Tenant, other: Tenant) -> Iterator[tuple[str, tuple[Name, ...]]]:
    """The path with each of its parameters filled, at least one with what is of `of`, and what of theirs it names."""
    segments = re.findall(r"/([^/]+)/\{", path)
    choices = [[*of.names(segment), *other.names(segment)] for segment in segments[:1]]
    choices += [[of.names(segment)[0], other.names(segment)[0]] for segment in segments[1:]]
    assert all(choices), f"nothing here is called as {path} asks for"
    for chosen in itertools.product(*choices):
        theirs = tuple(name for segment, name in zip(segments, chosen, strict=True) if name in of.names(segment))
        if theirs or not segments:
            filled = path
            for name in chosen:
                filled = re.sub(r"\{[^}]+\}", name.text, filled, count=1)
            yield filled, theirs


def _in_turn(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    """The operations, those last that may make what was not there before."""
    return sorted(operations(app), key=lambda one: one[0] == "PUT")


@pytest.fixture
def own(app: Flask) -> Tenant:
    """Whose keys are used."""
    return Tenant(app, "wombat", 111_911)


@pytest.fixture
def theirs(app: Flask) -> Tenant:
    """Whose things are asked for."""
    return Tenant(app, "quokka", 791_911, versions=3)


def test_no_key_opens_anything_of_another_community(
    own: Tenant, theirs: Tenant, database: Database, valkey_url: str
) -> None:
    before = _state(theirs, database, valkey_url)
    with database.engine.connect() as connection:
        secrets = theirs.unmistakable(connection)
    wrong: list[str] = []
    own_words: list[str] = []  # what was carried out is their own from then on
    for method, path, operation in _in_turn(own.app):
        keys = [*own.keys, own.token]
        for request in requests(method, path, operation, theirs, own):
            for key in keys:
                answer = request.send(own, key)
                carried_out = answer.status_code < 400
                said = " ".join([request.text(), *own_words])
                leaked = [one for one in secrets if one in _everything(answer) and one not in said]
                if leaked or answer.status_code >= 500 or (request.hidden and _status(answer) < 400):
                    wrong.append(f"{method} {request.text()} ({key}): {answer.status_code} {leaked} {answer.data!r}")
                if carried_out and method != "GET":
                    own_words.append(request.text())
            keys = ["admin", *operation["security"][0].get("key", []), own.token]  # the others stay at the door
            if request.operation not in SAID_ALOUD:
                wrong += _telling_answers(request, own, theirs)
        if method != "GET" and _state(theirs, database, valkey_url) != before:
            wrong.append(f"{method} {path} changed what is theirs")
            before = _state(theirs, database, valkey_url)
    assert not wrong, "\n".join(wrong)
    assert _state(theirs, database, valkey_url) == before


def test_their_own_admin_is_refused_none_of_it(theirs: Tenant) -> None:
    """Else a refusal above could be one of a request that makes no sense."""
    refused = []
    for method, path, operation in operations(theirs.app):
        request = next(requests(method, path, operation, theirs, theirs))
        answer = request.send(theirs, opener(operation))
        if _status(answer) >= 400 and _status(answer) != 409:
            refused.append(f"{method} {request.text()}: {answer.get_json()}")
    assert not refused, "\n".join(refused)


def _telling_answers(request: Request, own: Tenant, theirs: Tenant) -> Iterator[str]:
    """Where the answer about a thing of theirs is another than about one that nobody has."""
    there = {theirs.member, theirs.source, *theirs.activities, *(name.text for name in request.about if name.given)}
    names = [name for name in there if name in request.text()]
    if not names:
        return
    text = request.text()
    made_up = replace(request)
    for name in names:
        nobody = f"{name[:4]}{NOTHING}"
        made_up.path = made_up.path.replace(name, nobody)
        made_up.query = {key: value.replace(name, nobody) for key, value in made_up.query.items()}
        made_up.body = made_up.body and json.loads(json.dumps(made_up.body).replace(name, nobody))
        text = text.replace(name, nobody)
    answers = [_said(one.send(own, "admin"), names) for one in (request, made_up)]
    if answers[0] != answers[1]:
        yield f"{text}: {answers[0]} tells that it is there: else {answers[1]}"


def _said(answer: TestResponse, names: Sequence[str]) -> str:
    body = re.sub(r"req_\w+", "", answer.get_data(as_text=True))
    for name in names:
        body = body.replace(name, f"{name[:4]}{NOTHING}")
    return f"{answer.status_code} {body}"


def _status(answer: TestResponse) -> int:
    """The status, or that of the one item of a batch."""
    return int(answer.get_json()["results"][0]["status"]) if answer.status_code == 207 else answer.status_code


def _everything(answer: TestResponse) -> str:
    return f"{answer.headers} {answer.get_data(as_text=True)}"


def _state(tenant: Tenant, database: Database, valkey_url: str) -> Any:
    """All that is kept of the community, in the database and in Redis."""
    with database.engine.connect() as connection:
        rows = Counter(tenant.rows(connection))
    with redis.Redis.from_url(valkey_url) as client:
        keys = sorted(client.keys(f"*{tenant.id}*"))
        return rows, [(key, client.dump(key)) for key in keys]
