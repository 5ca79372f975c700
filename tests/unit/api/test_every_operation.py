"""What holds at every door alike: who may come in, what a body has to be, and how a refusal looks.

The operations are those that the served document lists, so a new one is held to this on the day it is made.
"""

from __future__ import annotations

import io
import json
import random
import string
from typing import Any

import pytest

from api.app import create_app
from api.pagination import write_cursor
from loyalty.settings import Settings
from tests.http import World, opener, operations, pointers, refusal

OPERATIONS = operations(create_app(Settings("sqlite://", "redis://127.0.0.1:1", b"reads the document, opens nothing")))
WITH_BODY = [one for one in OPERATIONS if "application/json" in one[2].get("requestBody", {}).get("content", {})]
BY_NAME = pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS]
)
WITH_BODY_BY_NAME = pytest.mark.parametrize(
    ("method", "path", "operation"), WITH_BODY, ids=[f"{m} {p}" for m, p, _ in WITH_BODY]
)


def _url(path: str) -> str:
    return path.replace("{version}", "1").replace("{", "").replace("}", "")


def test_there_are_operations_to_test() -> None:
    assert len(OPERATIONS) > 50
    assert len(WITH_BODY) > 15


def test_doors_are_as_narrow_as_they_should_be(world: World) -> None:
    for method, path, operation in OPERATIONS:
        way = operation["security"][0]
        for scope in {*world.keys} - ({"admin", way["key"][0]} if "key" in way else {*way}):
            assert world.call(method, _url(path), key=scope, json={}).status_code == 403, (method, path, scope)


def test_nobody_comes_in_without_a_key(world: World) -> None:
    for method, path, _ in OPERATIONS:
        answer = world.call(method, _url(path), key=None, json={})
        assert refusal(answer) == (401, "credentials_missing"), (method, path)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["sk_000000000000_" + "0" * 64, "sk_x", "e30.e30.e30", "\u20ac", "a b", "."])
def test_a_made_up_key_opens_nothing(world: World, key: str) -> None:
    answer = world.call("GET", "/v1/community", key=key.encode().decode("latin-1"))
    assert answer.status_code == 401


def test_a_member_token_opens_only_what_members_use(world: World) -> None:
    world.publish()
    world.enrol("ada")
    token = world.post("/v1/members/ada/tokens", {}).get_json()["token"]
    for method, path, operation in OPERATIONS:
        for_members = any("member_token" in way for way in operation["security"])
        code = refusal_code(world.call(method, _url(path), key=token, json={}))
        assert (code == "member_token_not_enough") == (not for_members), (method, path)


def refusal_code(answer: Any) -> str | None:
    code: str | None = (answer.get_json(silent=True) or {}).get("code")
    return code


@WITH_BODY_BY_NAME
def test_a_body_has_to_be_json(world: World, method: str, path: str, operation: dict[str, Any]) -> None:
    def send(data: bytes, media_type: str = "application/json") -> Any:
        return world.call(method, _url(path), key=opener(operation), data=data, content_type=media_type)

    assert refusal(send(b"{")) == (400, "not_json")
    assert refusal(send(b"\xff\xfe")) == (400, "not_json")
    assert refusal(send(b"[NaN]")) == (400, "not_json")
    assert refusal(send(b"{}", "text/plain")) == (415, "unsupported_media_type")
    assert send(b"[" * 100_000).status_code in (400, 422)
    assert refusal(send(b'{"a": "\\u0000"}'))[0] == 422
    assert pointers(send(b'{"a": ["\\ud800"]}')) == {"/a/0"}
    assert pointers(send(b'{"a/b": 1e300}')) == {"/a~1b"}


@WITH_BODY_BY_NAME
def test_a_body_may_not_be_too_large(world: World, method: str, path: str, operation: dict[str, Any]) -> None:
    most = 5 if path.endswith(("/batch", "/rulebook/draft", "/rulebook/draft/check")) else 1
    body = json.dumps({"a": "x" * (most * 1024 * 1024)}).encode()
    answer = world.call(method, _url(path), key=opener(operation), data=body, content_type="application/json")
    assert refusal(answer) == (413, "body_too_large")


def test_a_body_of_unannounced_length_is_not_cut_off_but_refused(world: World) -> None:
    raw = b'{"name": "Ada"}' + b" " * (1 << 20) + b"and more"
    answer = world.call(
        "PUT",
        "/v1/members/ada",
        input_stream=io.BytesIO(raw),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert refusal(answer) == (413, "body_too_large")


def test_an_unknown_path_and_a_wrong_method_are_problems_too(world: World) -> None:
    assert refusal(world.call("GET", "/v1/nothing-here")) == (404, "not_found")
    answer = world.call("DELETE", "/v1/community")
    assert refusal(answer) == (405, "method_not_allowed")
    assert {"GET", "PUT"} <= {method.strip() for method in answer.headers["Allow"].split(",")}


def test_every_answer_says_how_it_may_be_used(world: World) -> None:
    for answer in (world.get("/v1/community"), world.get("/v1/nothing-here"), world.client.get("/healthz")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Request-Id"].startswith("req_")


def test_a_refusal_names_the_request_as_the_logs_do(world: World) -> None:
    answer = world.call("GET", "/v1/nothing-here")
    assert answer.get_json()["instance"] == f"urn:setia:request:{answer.headers['X-Request-Id']}"


def test_an_unknown_parameter_is_refused_with_the_nearest_name(world: World) -> None:
    answer = world.get("/v1/kinds?limitt=3")
    assert refusal(answer) == (422, "invalid")
    assert answer.get_json()["errors"] == [
        {"pointer": "/limitt", "detail": "unknown field; did you mean limit?", "in": "query"}
    ]


def test_reads_are_not_sent_again_while_nothing_changed(world: World) -> None:
    first = world.get("/v1/kinds")
    again = world.get("/v1/kinds", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_what_fails_inside_is_answered_without_details(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("loyalty.kinds.list_for", fail)
    answer = world.get("/v1/kinds")
    assert refusal(answer) == (500, "unexpected_error")
    assert "secret" not in answer.get_data(as_text=True)


def test_what_a_body_may_not_hold_a_path_or_query_may_not_either(world: World) -> None:
    for path in ("/v1/kinds/a%00b", "/v1/members/external:a%00", "/v1/members/a%2500", "/v1/keys/%00/rotate"):
        assert world.call("GET", path).status_code in (404, 405), path
    answer = world.get("/v1/leaderboards/all/entries?group=a%00")
    assert refusal(answer) == (422, "invalid")
    assert pointers(answer) == {"/group"}


def test_a_path_is_no_longer_than_a_key_in_the_database_can_be(world: World) -> None:
    rng = random.Random(7)  # a key that does not shrink when it is compressed
    for length, code in ((2_000, "invalid_external_id"), (2_001, "not_found")):
        name = "".join(rng.choices(string.ascii_letters, k=length - len("/v1/members//adjust")))
        body = {"points": 1, "reason": "She helped."}
        answer = world.post(f"/v1/members/{name}/adjust", body, headers={"Idempotency-Key": "k" * 200})
        assert refusal(answer)[1] == code


@pytest.mark.parametrize("number", [2**31, -(2**61)])
def test_a_cursor_that_no_list_made_is_no_failure_of_ours(world: World, number: int) -> None:
    world.publish()
    world.enrol("address")
    opened = world.post("/v1/imports", {"name": "What was before"}).get_json()["id"]
    for method, path, operation in OPERATIONS:
        if not any(one["name"] == "cursor" for one in operation.get("parameters", [])):
            continue
        for place in ([number], [number, number], [number, "x"], [number, number, "x"]):
            url = _url(path.replace("{import_id}", opened).replace("{key}", "all"))
            answer = world.call(method, f"{url}?cursor={write_cursor(*place)}")
            assert answer.status_code in (200, 422), (path, place)


def test_where_nothing_has_to_be_said_no_body_is_needed(world: World) -> None:
    world.enrol("ada")

    assert world.call("POST", "/v1/members/ada/tokens").status_code == 201
    assert refusal(world.call("POST", "/v1/members/ada/adjust")) == (415, "unsupported_media_type")


def test_what_is_wrong_in_an_entry_is_pointed_at_by_the_entrys_name(world: World) -> None:
    refused = world.put("/v1/kinds/tea_poured", {"name": {"en": "Tea"}, "fields": {"cups": {"type": "number"}}})
    assert pointers(refused) == {"/fields/cups"}


def test_a_read_is_not_bound_to_what_its_reader_has(world: World) -> None:
    assert world.get("/v1/community", headers={"If-Match": '"x"'}).status_code == 200
