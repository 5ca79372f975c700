"""What is refused is said in the reader's language, down to the last place, and everything else of it stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.http import World, operations, refusal

MALAY = {"Accept-Language": "ms-MY,ms;q=0.9,en;q=0.5"}
CASES: dict[str, tuple[Callable[[World], TestResponse], int, str]] = {
    "no key": (
        lambda world: world.get("/v1/community", key=None, headers=MALAY),
        401,
        "Hantar kunci anda sebagai Authorization: Bearer <key>.",
    ),
    "a key of another scope": (
        lambda world: world.get("/v1/keys", key="ingest", headers=MALAY),
        403,
        "Ini memerlukan kunci berskop admin.",
    ),
    "nothing there": (
        lambda world: world.get("/v1/nonsense", headers=MALAY),
        404,
        "Tiada apa-apa di laluan ini. Senarai laluan ada di /v1/docs.",
    ),
    "nobody there": (
        lambda world: world.get("/v1/members/app:main:ada", headers=MALAY),
        404,
        "Tiada ahli app:main:ada.",
    ),
    "another method": (
        lambda world: world.call("PATCH", "/v1/community", headers=MALAY),
        405,
        "Laluan ini tidak menerima kaedah itu; `Allow` menyenaraikan yang diterimanya.",
    ),
    "no JSON": (
        lambda world: world.post("/v1/activities", headers=MALAY, data=b"{,", content_type="application/json"),
        400,
        "Badan permintaan bukan JSON: ada yang tidak kena di baris 1, lajur 2.",
    ),
    "another media type": (
        lambda world: world.post("/v1/activities", headers=MALAY, data=b"{}", content_type="text/plain"),
        415,
        "Hantar JSON, sebagai application/json.",
    ),
    "too much": (
        lambda world: world.post("/v1/activities", {"a": "x" * 1024 * 1024}, headers=MALAY),
        413,
        (
            "Badan permintaan terlalu besar: paling banyak 1 MiB, 5 MiB untuk sekumpulan aktiviti, buku peraturan atau"
            " sebahagian import."
        ),
    ),
    "a state that does not allow it": (
        lambda world: world.post("/v1/rulebook/publications", {}, headers=MALAY),
        409,
        "Tiada draf. Buat PUT /v1/rulebook/draft dahulu.",
    ),
    "a revision that is none": (
        lambda world: world.put("/v1/community", {"name": "Garden"}, headers={**MALAY, "If-Match": "?"}),
        412,
        "If-Match tidak menamakan mana-mana semakan perkara ini. Baca semula dan hantar ETag yang anda terima.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_speaks_the_readers_language(world: World, case: str) -> None:
    call, status, detail = CASES[case]
    answer = call(world)
    assert (refusal(answer)[0], answer.get_json()["detail"]) == (status, detail)
    assert answer.headers["Content-Language"] == "ms"
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("asked", [{}, {"Accept-Language": "fr"}, {"Accept-Language": "en-GB,ms;q=0.5"}])
def test_whoever_asks_for_no_language_of_ours_is_told_in_english(world: World, asked: dict[str, str]) -> None:
    answer = world.get("/v1/members/app:main:ada", headers=asked)
    assert answer.get_json()["detail"] == "There is no member app:main:ada."
    assert answer.headers["Content-Language"] == "en"


def test_each_place_of_a_body_is_told_in_malay_and_names_stay(world: World) -> None:
    body = {"kind": "answer_acepted", "activity_key": "", "actr": "x", "object": 5, "occurred_at": "yesterday"}
    answer = world.post("/v1/activities", body, headers=MALAY).get_json()
    assert answer["code"] == "invalid_activity"
    assert {one["pointer"]: one["detail"] for one in answer["errors"]} == {
        "/actr": "medan tidak dikenali; adakah anda maksudkan actor?",
        "/kind": "tiada jenis aktiviti sedemikian; adakah anda maksudkan answer_accepted?",
        "/activity_key": "dari 1 hingga 200 aksara",
        "/occurred_at": "masa yang wujud, dengan ofsetnya, seperti 2026-11-22T09:00:00+08:00",
        "/object": "objek JSON diperlukan",
        "/actor": "aktiviti memerlukan actor atau beneficiary",
    }


def test_no_operation_says_anything_of_a_wrong_body_in_english_to_a_malay_reader(app: Flask, world: World) -> None:
    bodies = [
        (method, path.replace("{", "").replace("}", ""), properties(app, operation))
        for method, path, operation in operations(app)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(bodies) > 15
    for method, path, names in bodies:
        for wrong in ("", 2**60, -5, [], {"?": None}, None, "\U0001f600" * 20_001):
            body = dict.fromkeys([*names, "nonsense"], wrong)
            english = details(world.call(method, path, key=opener(path), json=body))
            malay = details(world.call(method, path, key=opener(path), json=body, headers=MALAY))
            assert english.keys() == malay.keys()
            assert [text for place, text in malay.items() if text == english[place]] == [], (method, path, wrong)


def properties(app: Flask, operation: dict[str, Any]) -> list[str]:
    """The names of the fields of the operation's body."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        document = app.test_client().get("/v1/openapi.json").get_json()
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", {}))


def opener(path: str) -> str:
    return "operator" if path.startswith("/v1/communities") else "admin"


def details(answer: TestResponse) -> dict[str, str]:
    """All that is said of what was refused, by place."""
    said = answer.get_json() or {}
    if answer.status_code < 400:
        return {}
    return {"the whole": said["detail"]} | {one["pointer"]: one["detail"] for one in said["errors"]}


def test_what_is_wrong_with_a_rulebook_is_told_in_malay(world: World) -> None:
    document = {"rules": [{"key": "Helpful", "on": "answer_accepted", "gives": [{"points": "ten"}]}], "tires": {}}
    wanted = {
        "/tires": 'medan "tires" tidak dikenali; yang dikenali: rules, badges, tiers, boards, currencies',
        "/rules/0/key": "kunci terdiri daripada paling banyak 64 aksara a-z, 0-9 dan -, dan bermula dengan huruf atau"
        " angka",
        "/rules/0/gives/0/points": 'nombor bulat diperlukan, tetapi di sini "ten"',
    }
    checked = world.post("/v1/rulebook/draft/check", document, headers=MALAY).get_json()
    saved = world.put("/v1/rulebook/draft", document, headers=MALAY).get_json()
    for problems in (checked["problems"], saved["errors"]):
        assert {one["pointer"]: one["detail"] for one in problems} == wanted


def test_an_item_of_a_batch_is_refused_in_malay(world: World) -> None:
    world.publish()
    answer = world.post("/v1/activities/batch", [world.answered("mem_" + "0" * 26), "?"], headers=MALAY).get_json()
    assert [one["body"]["errors"][0]["detail"] for one in answer["results"]] == [
        "tiada ahli mem_" + "0" * 26,
        "aktiviti ialah objek JSON",
    ]


def test_lines_loaded_in_one_language_are_looked_at_in_another(world: World) -> None:
    world.publish()
    opened = world.post("/v1/imports", {"name": "Old"}, key="import").get_json()["id"]
    lines = [{"kind": "answer_acepted", "activity_key": "a"}, {"kind": "post_created", "activity_key": "b"}, "{"]
    loaded = world.post(
        f"/v1/imports/{opened}/lines?first=1",
        key="import",
        data="\n".join(json.dumps(one) if isinstance(one, dict) else one for one in lines),
        content_type="application/x-ndjson",
    ).get_json()
    preview = world.get(f"/v1/imports/{opened}/preview", key="import", headers=MALAY).get_json()
    english = [place["detail"] for line in loaded["errors"] for place in line["errors"]]
    malay = [place["detail"] for line in preview["data"] for place in line["errors"]]
    assert "no such kind of activity; did you mean answer_accepted?" in english
    assert "tiada jenis aktiviti sedemikian; adakah anda maksudkan answer_accepted?" in malay
    assert malay[-1] == "bukan JSON: ada yang tidak kena di baris 1, lajur 2"
    assert len(english) == len(malay)
