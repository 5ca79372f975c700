"""Hostile calls of the hooks of every platform: never a 5xx, nothing kept that was not signed, nothing that the worker
cannot end with.

Some hundreds of calls by default; `SETIA_FUZZ=100000` asks for as many, `SETIA_FUZZ_SEED` for another run of chance.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.bodies import BODY_LIMIT
from loyalty.models import Delivery
from loyalty.platforms import PLATFORMS
from tests.databases import Database
from tests.draining import drain_all
from tests.hooks import Hook
from tests.http import World, instant

CALLS = int(os.environ.get("SETIA_FUZZ", "400"))
SEED = int(os.environ.get("SETIA_FUZZ_SEED", "20261122"))
AT_ONCE = 200
FIXTURES = Path(__file__).parent / "platforms"

Headers = list[tuple[str, str]]

WILD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, -0.0, 2**31, 2**53, 2**63, 2**70, 10**400, 1e308, [], {}, [[]], {"id": {}}),
    *(
        "",
        " ",
        "0",
        "-1",
        "x" * 5_000,
        "\u0000",
        "\ud800",
        "\u202e",
        "字" * 300,
        "mem_" + "0" * 26,
        "author_of:discourse:x:1",
    ),
    *("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z"),
    *("post_created", "reverse", "amend", "setia:own", "NaN", "regular", "private_message"),
)
BROKEN: tuple[bytes, ...] = (
    *(
        b"",
        b"null",
        b"[]",
        b"{}",
        b"0",
        b'""',
        b"{",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"\x00" * 64,
        b"NaN",
        b"-Infinity",
    ),
    *(b"[" * 50_000, b'{"a":' * 20_000, b"1" * 9_000, b'{"update_id":1,"update_id":2}', b'"\\ud800"', b"\xed\xa0\x80"),
    *(b"payload=%7B%7D", b"<xml/>", b'{"a":1}{"b":2}', b'{"update_id": 1e999}'),
)
HOSTILE = (
    "",
    " ",
    "-1",
    "0",
    "9" * 300,
    "1e3",
    "x" * 9_000,
    "\xe9",
    "\x7f",
    "%00",
    "%ff",
    "v1,",
    "v1,!!!",
    "sha256=",
    "a,b",
    "'\"<>",
)


class Call(NamedTuple):
    """A request, and whether whoever knows the secret made it."""

    path: str
    headers: Headers
    raw: bytes
    signed: bool


class Door:
    """One connected source: bodies that its platform sends, and how it signs them."""

    def __init__(self, hook: Hook, chance: random.Random, seeds: list[tuple[Any, dict[str, str]]]) -> None:
        self.hook, self.chance, self.seeds = hook, chance, seeds

    def call(self, sign: Callable[[Hook, bytes, dict[str, str]], dict[str, str]], other: Hook) -> Call:
        document, headers = self.chance.choice(self.seeds)
        raw = self._bytes(document)
        headers = {"Content-Type": "application/json", **headers}
        how = self.chance.choices(
            ("right", "missing", "wrong", "another's", "altered", "doubled", "hostile"), (8, 1, 1, 1, 1, 1, 3)
        )[0]
        sent = {**headers, **sign(other if how == "another's" else self.hook, raw, headers)}
        names = sorted(sent.keys() - headers.keys())
        said = list(sent.items())
        signed = how in ("right", "doubled", "hostile")
        if how == "missing":
            gone = self.chance.choice(names)
            said = [(name, value) for name, value in said if name != gone]
        elif how == "wrong":
            wrong = self.chance.choice(names)
            other_letter = {"A": "B"}.get(sent[wrong][:1], "A")
            said = [(name, other_letter + value[1:] if name == wrong else value) for name, value in said]
        elif how == "altered" and "X-Telegram-Bot-Api-Secret-Token" not in sent:
            raw += self.chance.choice((b" ", b"\n", b"\x00", b"{}"))
        elif how == "altered":
            said = [(name, value + " x") for name, value in said if name in names]
        elif how == "doubled":
            said += [(name, self.chance.choice((value, "x"))) for name, value in said if self.chance.random() < 0.7]
        elif how == "hostile":
            said = [(name, self._hostile() if self.chance.random() < 0.3 else value) for name, value in said]
        return Call(self.hook.path, said, raw, signed)

    def _hostile(self) -> str:
        return self.chance.choice(HOSTILE)

    def _bytes(self, document: Any) -> bytes:
        """The document as it is, with wild values in it, or broken as bytes."""
        chance = self.chance
        if chance.random() < 0.1:
            return chance.choice(BROKEN)
        document = json.loads(json.dumps(document))
        for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
            document = self._changed(document)
        raw = json.dumps(document, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        cut = chance.randrange(len(raw) + 1)
        match chance.choices(("whole", "cut", "flipped", "inserted", "huge"), (30, 1, 2, 1, 0.05))[0]:
            case "cut":
                return raw[:cut]
            case "flipped" if raw:
                return raw[: cut - 1] + bytes([chance.randrange(256)]) + raw[cut:]
            case "inserted":
                return raw[:cut] + chance.choice((b"\xff", b"\x00", b"\xc0\x80", b"[" * 2_000)) + raw[cut:]
            case "huge":
                return raw + b" " * chance.choice((BODY_LIMIT - len(raw), BODY_LIMIT))
        return raw

    def _changed(self, document: Any) -> Any:
        places = list(_places(document))
        if not places:
            return deepcopy(self.chance.choice(WILD))
        parent, step = self.chance.choice(places)
        match self.chance.randrange(4):
            case 0 if isinstance(parent, dict):
                del parent[step]
            case 1:
                parent[step] = {"deeper": [deepcopy(parent[step]) for _ in range(3)]}
            case 2:
                parent[step] = deepcopy(self.chance.choice(places)[0])
            case _:
                parent[step] = deepcopy(self.chance.choice(WILD))
        return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    steps = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for step, item in steps:
        yield value, step
        yield from _places(item)


def _telegram(hook: Hook, raw: bytes, headers: dict[str, str]) -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": hook.secret}


def _discourse(hook: Hook, raw: bytes, headers: dict[str, str]) -> dict[str, str]:
    return {"X-Discourse-Event-Signature": hook.discourse_signature(raw)}


def _generic(hook: Hook, raw: bytes, headers: dict[str, str]) -> dict[str, str]:
    return hook.standard_headers(raw, f"msg_{sha256(raw).hexdigest()[:24]}", datetime.now(UTC))


SIGN: dict[str, Callable[[Hook, bytes, dict[str, str]], dict[str, str]]] = {
    "telegram": _telegram,
    "discourse": _discourse,
    "generic": _generic,
}


def _seeds(platform: str, world: World) -> list[tuple[Any, dict[str, str]]]:
    """(body, headers) of each fixture of the platform, or bodies of the project's own for the generic door."""
    if platform == "generic":
        event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "io.setia.activity.post_created.v1"}
        event |= {"subject": "app:main:1", "time": instant(-60), "data": {"length": 3}}
        structured = {"Content-Type": "application/cloudevents+json"}
        batch = {"Content-Type": "application/cloudevents-batch+json"}
        binary = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"}
        plain = [world.answered("app:main:2"), [world.answered("app:main:3") for _ in range(3)]]
        return [*((one, {}) for one in plain), (event, structured), ([event, event], batch), (event["data"], binary)]
    found = [json.loads(path.read_text()) for path in sorted((FIXTURES / platform).glob("*.json"))]
    return [(one.get("body", one.get("update")), one.get("headers", {})) for one in found]


def test_every_platform_is_tried() -> None:
    assert set(SIGN) == set(PLATFORMS)


def test_hostile_calls_break_nothing_and_leave_nothing_that_was_not_signed(
    app: Flask, world: World, database: Database
) -> None:
    chance = random.Random(SEED)
    world.publish({"rules": [{"key": "post", "on": "post_created", "gives": {"points": 2}}]})
    doors = {one: Door(Hook(world, one), chance, _seeds(one, world)) for one in PLATFORMS}
    others = {one: Hook(world, one) for one in PLATFORMS}
    signed: set[tuple[str, str]] = set()
    answers: Counter[int] = Counter()
    last = ""
    for number in range(CALLS):
        platform = chance.choice(list(doors))
        call = doors[platform].call(SIGN[platform], others[platform])
        answer = world.client.post(call.path, data=call.raw, headers=call.headers)
        answers[answer.status_code] += 1
        about = f"call {number} of seed {SEED}: {platform}, {call.headers}, {call.raw[:2_000]!r}"
        assert answer.status_code in ((200, 401, 413) if call.signed else (401, 413)), about
        if call.signed:
            signed.add((doors[platform].hook.id, sha256(call.raw).hexdigest()))
        if number % AT_ONCE == AT_ONCE - 1 or number == CALLS - 1:
            drain_all(app)
            last = _checked(database, signed, last, about)
    assert answers[200] > CALLS / 3, answers
    assert answers[401] > CALLS / 10, answers


def _checked(database: Database, signed: set[tuple[str, str]], after: str, about: str) -> str:
    """What was stored after that delivery was signed, and the worker has ended with each; answers the last one."""
    with Session(database.engine) as session:
        stuck = select(Delivery.error, Delivery.raw).where(Delivery.state == "received").limit(3)
        assert session.execute(stuck).all() == [], about
        stored = select(Delivery.id, Delivery.source_id, Delivery.raw).where(Delivery.id > after).order_by(Delivery.id)
        rows = session.execute(stored).all()
    assert {(source, sha256(raw).hexdigest()) for _, source, raw in rows} <= signed, about
    return rows[-1].id if rows else after
