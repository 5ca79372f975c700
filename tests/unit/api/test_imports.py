"""Imports at the door: opened, loaded in chunks, looked at, closed; by the right key, in the right form, and once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from loyalty import clock, imports
from loyalty.db import db
from loyalty.models import ImportLine
from tests.draining import drain_all
from tests.http import World, instant, pointers, refusal

LONG_AGO = "2024-03-01T09:00:00+08:00"


@pytest.fixture(autouse=True)
def _published(world: World) -> None:
    world.publish()


def line(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "answer_accepted",
        "activity_key": f"old:{number}",
        "occurred_at": LONG_AGO,
        "beneficiary": "app:main:ben",
    } | changes


def opened(world: World, key: str = "import", **changes: Any) -> str:
    answer = world.post("/v1/imports", {"name": "The old forum"} | changes, key=key)
    assert answer.status_code == 201, answer.get_json()
    import_id: str = answer.get_json()["id"]
    return import_id


def load(world: World, import_id: str, *lines: Any, first: int = 1, key: str = "import") -> TestResponse:
    body = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines).encode()
    path = f"/v1/imports/{import_id}/lines?first={first}"
    return world.call("POST", path, key=key, data=body, content_type="application/x-ndjson")


def show(world: World, import_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"/v1/imports/{import_id}").get_json()
    return found


def record(world: World, import_id: str) -> dict[str, Any]:
    assert world.post(f"/v1/imports/{import_id}/close", key="import").status_code == 202
    drain_all(world.app)
    return show(world, import_id)


def test_lines_of_any_age_are_recorded_once_the_import_is_closed(world: World) -> None:
    import_id = opened(world)
    loaded = load(world, import_id, line(1), line(2))
    assert (loaded.status_code, loaded.get_json()) == (200, {"good": 2, "bad": 0, "errors": []})
    assert show(world, import_id)["state"] == "open"
    drain_all(world.app)
    assert refusal(world.get("/v1/members/app:main:ben")) == (404, "member_not_found")

    done = record(world, import_id)

    assert (done["state"], done["loaded"], done["lines"]["recorded"]) == ("recorded", 2, 2)
    assert done["earliest_at"] == done["latest_at"] == "2024-03-01T01:00:00Z"
    assert world.balance("app:main:ben")["available"] == 20


def test_the_same_chunk_again_changes_nothing_and_a_better_line_takes_the_place_of_a_bad_one(world: World) -> None:
    import_id = opened(world)
    chunk = [line(1), line(2, kind="answer_acepted")]
    first, again = load(world, import_id, *chunk), load(world, import_id, *chunk)
    assert first.get_json() == again.get_json()
    assert show(world, import_id)["loaded"] == 2

    assert load(world, import_id, line(2), first=2).get_json()["good"] == 1

    assert record(world, import_id)["lines"] == {
        "waiting": 0,
        "refused": 0,
        "recorded": 2,
        "known": 0,
        "reverted": 0,
    }


def test_what_is_wrong_is_told_by_line_and_pointer_and_the_good_lines_count(world: World) -> None:
    import_id = opened(world)
    lines = [
        line(1),
        "{",
        "",
        line(4, kind="answer_acepted"),
        line(5, occurred_at="2999-01-01T00:00:00Z"),
        line(6, op="reverse"),
        line(7, beneficiary="mem_00000000000000000000000000"),
        "[1]",
        '{"activity_key": "a\\u0000"}',
        "[" * 100_000,
        json.dumps(line(11)).replace('"kind"', '"kind": "post_created", "kind"'),
        line(12, occurred_at="1969-07-20T20:17:00Z"),
    ]
    loaded = load(world, import_id, *lines).get_json()
    assert (loaded["good"], loaded["bad"]) == (1, 10)
    found = {one["line"]: [place["pointer"] for place in one["errors"]] for one in loaded["errors"]}
    assert found[4] == ["/kind"]
    assert found[5] == ["/occurred_at"]
    assert found[6] == ["/op"]
    assert found[7] == ["/beneficiary"]
    assert "/activity_key" in found[9]
    assert found[2] == found[8] == found[10] == found[11] == [""]
    details = {one["line"]: one["errors"][0]["detail"] for one in loaded["errors"]}
    assert details[11] == 'the field "kind" stands twice in one object'
    assert details[12] == "before 1970: nothing that far back can be recorded"

    preview = world.get(f"/v1/imports/{import_id}/preview?limit=3").get_json()
    assert (preview["good"], preview["bad"]) == (1, 10)
    assert [one["line"] for one in preview["data"]] == [2, 4, 5]
    rest = world.get(f"/v1/imports/{import_id}/preview?cursor={preview['next_cursor']}").get_json()
    assert [one["line"] for one in rest["data"]] == [6, 7, 8, 9, 10, 11, 12]
    assert preview["data"] + rest["data"] == loaded["errors"]
    assert record(world, import_id)["lines"]["recorded"] == 1


def test_a_line_about_what_is_on_record_adds_nothing(world: World) -> None:
    said = world.answered("app:main:ben", activity_key="old:1", beneficiary="app:main:ben")
    assert world.post("/v1/activities", said, key="ingest").status_code == 201
    import_id = opened(world)
    load(world, import_id, line(1, data={"votes": 9}), line(2), line(2, data={"votes": 9}))

    done = record(world, import_id)

    assert (done["lines"]["recorded"], done["lines"]["known"]) == (1, 2)
    assert [one["line"] for one in world.get(f"/v1/imports/{import_id}/preview").get_json()["data"]] == [1, 3]
    assert world.balance("app:main:ben")["available"] == 20


def test_a_closed_import_takes_no_more_lines(world: World) -> None:
    import_id = opened(world)
    assert record(world, import_id)["state"] == "recorded"
    assert refusal(load(world, import_id, line(1))) == (409, "import_closed")
    assert world.post(f"/v1/imports/{import_id}/close").status_code == 202


def test_a_chunk_has_to_be_one(world: World) -> None:
    import_id = opened(world)
    assert refusal(load(world, import_id, "", " ")) == (422, "invalid")
    assert refusal(load(world, import_id, *["{}"] * (imports.MOST_LINES + 1))) == (422, "invalid")
    assert refusal(load(world, import_id, "{}", first=0)) == (422, "invalid")
    assert refusal(load(world, import_id, "{}", "{}", first=imports.LAST_LINE)) == (422, "invalid")
    assert refusal(load(world, import_id, "x" * (5 * 1024 * 1024 + 1))) == (413, "body_too_large")
    path = f"/v1/imports/{import_id}/lines"
    assert refusal(world.post(f"{path}?first=1", line(1))) == (415, "unsupported_media_type")
    unnumbered = world.call("POST", path, data=b"{}", content_type="application/x-ndjson")
    assert (refusal(unnumbered), pointers(unnumbered)) == ((422, "invalid"), {"/first"})


def test_an_import_speaks_only_for_its_platforms_and_its_key(world: World) -> None:
    import_id = opened(world, platforms=["app"])
    wrong = load(world, import_id, line(1), line(2, beneficiary="discourse:forum.example.org:1")).get_json()
    assert [(one["line"], one["errors"][0]["pointer"]) for one in wrong["errors"]] == [(2, "/beneficiary")]

    narrow = {"name": "shop", "owner": "Root", "scopes": ["import"], "kinds": ["purchase_made"]}
    key = world.post("/v1/keys", narrow).get_json()["key"]
    import_id = opened(world, key=key)
    assert load(world, import_id, line(1), key=key).get_json()["errors"][0]["errors"][0]["pointer"] == "/kind"


def test_one_that_speaks_for_a_source_names_things_as_the_source_does(world: World) -> None:
    source = world.post("/v1/sources", {"platform": "generic", "name": "automation"}).get_json()["id"]
    refused = world.post("/v1/imports", {"name": "x", "source": source}, key="import")
    assert refusal(refused) == (403, "scope_missing")
    import_id = opened(world, key="admin", source=source)
    load(world, import_id, line(1), key="admin")

    record_as_admin = world.post(f"/v1/imports/{import_id}/close")
    assert record_as_admin.status_code == 202
    drain_all(world.app)

    (activity,) = world.get("/v1/members/app:main:ben/activities").get_json()["data"]
    assert activity["activity_key"] == f"{source}:old:1"
    assert refusal(world.post("/v1/imports", {"name": "x", "source": "nobody"})) == (422, "unknown_source")


def test_a_key_sees_its_own_imports_an_admin_all_and_another_community_none(world: World, noise: World) -> None:
    import_id = opened(world)
    key = world.post("/v1/keys", {"name": "other", "owner": "Root", "scopes": ["import"]}).get_json()["key"]
    for other in (key, noise.keys["admin"]):
        for method, path in (("GET", ""), ("GET", "/preview"), ("POST", "/close")):
            answer = world.call(method, f"/v1/imports/{import_id}{path}", key=other)
            assert refusal(answer) == (404, "import_not_found")
        assert refusal(load(world, import_id, line(1), key=other)) == (404, "import_not_found")
        assert world.get("/v1/imports", key=other).get_json()["data"] == []
    assert [one["id"] for one in world.get("/v1/imports").get_json()["data"]] == [import_id]
    assert world.call("GET", f"/v1/imports/{import_id}", key="ingest").status_code == 403


def test_a_live_activity_of_that_age_is_told_of_imports(world: World) -> None:
    answer = world.post("/v1/activities", line(1), key="ingest")
    assert pointers(answer) == {"/occurred_at"}
    assert "import" in answer.get_json()["errors"][0]["detail"]
    assert world.post("/v1/activities", line(1, occurred_at=instant(-60)), key="ingest").status_code == 201


def test_what_is_told_of_an_import_is_what_counting_its_lines_tells(world: World) -> None:
    def counted() -> tuple[dict[str, int], set[str]]:
        with world.app.app_context():
            query = select(ImportLine.state, ImportLine.at).where(ImportLine.import_id == import_id)
            rows = db.session.execute(query).all()
        return Counter(state for state, _ in rows), {clock.to_rfc3339(at) for state, at in rows if state != "refused"}

    def told() -> tuple[dict[str, int], set[str]]:
        shown = show(world, import_id)
        assert shown["loaded"] == sum(shown["lines"].values())
        lines = {state: count for state, count in shown["lines"].items() if count}
        return lines, {shown["earliest_at"], shown["latest_at"]} - {None}

    import_id = opened(world)
    assert told() == counted() == ({}, set())
    load(world, import_id, line(1, occurred_at="2024-02-01T00:00:00Z"), line(2, kind="none"), line(3))
    assert told() == counted()
    load(world, import_id, line(2), line(2), line(4, kind="none"), first=1)
    assert told() == counted()
    assert told()[0] == {"waiting": 2, "refused": 1}
    record(world, import_id)
    assert told() == counted()
    assert told()[0] == {"recorded": 1, "known": 1, "refused": 1}
    world.post(f"/v1/imports/{import_id}/revert", {"reason": "The wrong file."}, key="import")
    drain_all(world.app)
    assert told() == counted()
    assert told()[0] == {"reverted": 1, "known": 1, "refused": 1}
