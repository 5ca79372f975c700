"""How often a caller may call: each on its own count, and Redis being away stops nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from api.app import create_app
from loyalty.db import db
from loyalty.settings import Settings
from tests.databases import Database
from tests.http import World, refusal

Serve = Callable[..., Flask]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """The clock stands still, far from where a minute or a day begins: windows follow it."""
    with time_machine.travel(datetime.now(UTC).replace(hour=12, minute=0, second=1, microsecond=0), tick=False):
        yield


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Makes applications of their own, and lets go of their connections in the end."""
    apps: list[Flask] = []

    def make(settings: Settings, **options: Any) -> Flask:
        apps.append(create_app(settings, **options))
        return apps[-1]

    yield make
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(params=["there", "away"])
def limited(request: pytest.FixtureRequest, database: Database, valkey_url: str, serve: Serve) -> World:
    redis_url = valkey_url if request.param == "there" else "redis://127.0.0.1:1/0"
    return World(serve(database.settings(redis_url), rate_limit="3 per minute"), "garden")


def test_a_caller_who_asks_too_often_waits_and_others_do_not(limited: World) -> None:
    answers = [limited.get("/v1/community", key="read") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert refusal(answers[3]) == (429, "too_many_requests")
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Policy"] == '"caller";q=3;w=60'
    assert answers[0].headers["RateLimit"].startswith('"caller";r=2;t=')
    assert limited.get("/v1/community", key="admin").status_code == 200


def test_redis_only_has_to_count_for_an_answer_to_say_what_is_left(
    database: Database, valkey_url: str, serve: Serve
) -> None:
    redis = Redis.from_url(valkey_url)
    redis.acl_setuser(
        "counts-only", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-get", "-ttl", "-pttl"]
    )
    scheme, _, place = valkey_url.partition("://")
    settings = database.settings(f"{scheme}://counts-only:secret@{place}")
    answer = World(serve(settings, rate_limit="3 per minute"), "garden").get("/v1/community", key="read")
    assert answer.status_code == 200
    assert answer.headers["RateLimit"].startswith('"caller";r=2;t=')


def test_health_is_never_limited(limited: World) -> None:
    assert {limited.client.get("/healthz").status_code for _ in range(10)} == {200}


def test_with_redis_away_facts_are_taken_and_boards_answer(database: Database, serve: Serve) -> None:
    world = World(serve(database.settings("redis://127.0.0.1:1/0")), "garden")
    world.publish()
    world.earn("discourse:forum.example.org:8141")
    assert world.get("/v1/leaderboards/all/entries").get_json()["total"] == 1
    ready = world.client.get("/readyz")
    assert (ready.status_code, ready.get_json()["checks"]["redis"]["status"]) == (200, "degraded")


def test_with_the_database_away_the_answer_says_so(database: Database, serve: Serve) -> None:
    if database.name == "sqlite":
        pytest.skip("a file does not go away")
    settings = database.settings("redis://127.0.0.1:1/0")
    away = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none")
    app = serve(away)
    answer = app.test_client().get("/v1/community", headers={"Authorization": "Bearer sk_" + "0" * 12 + "_" + "0" * 64})
    assert refusal(answer) == (503, "database_unavailable")
    assert answer.headers["Retry-After"]
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


def _read(app: Flask, path: str = "/", address: str = "192.0.2.1", **headers: str) -> TestResponse:
    place = {"REMOTE_ADDR": address}
    with app.test_client().get(path, headers={"Accept": "text/html", **headers}, environ_base=place) as answer:
        answer.get_data()
        return answer


@pytest.mark.parametrize(("language", "said"), [("en", "A little slower, please"), ("ms", "Perlahan sedikit")])
def test_who_reads_pages_too_fast_is_told_kindly_and_others_read_on(
    database: Database, valkey_url: str, serve: Serve, language: str, said: str
) -> None:
    app = serve(database.settings(valkey_url), page_limit="3 per day")
    answers = [_read(app, path, **{"Accept-Language": language}) for path in ("/", "/widget", "/v1/docs", "/")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert said in answers[3].get_data(as_text=True)
    seconds = int(answers[3].headers["Retry-After"])
    assert 0 < seconds <= 86_400
    assert str(seconds) in answers[3].get_data(as_text=True)
    assert answers[3].headers["RateLimit"] == f'"address";r=0;t={seconds}'
    assert answers[0].headers["RateLimit-Policy"] == '"address";q=3;w=86400'
    assert _read(app, address="192.0.2.2").status_code == 200


def test_what_pages_are_made_of_hooks_and_health_are_not_counted(
    database: Database, valkey_url: str, serve: Serve
) -> None:
    app = serve(database.settings(valkey_url), page_limit="1 per day")
    paths = ["/pages/pages.css", "/widget.js", "/healthz", "/v1/openapi.json"]
    assert {_read(app, path).status_code for path in paths for _ in range(3)} == {200}
    assert _read(app).status_code == 200
    assert _read(app).status_code == 429
    assert _read(app, "/pages/pages.css").status_code == 200


def test_all_of_a_readers_own_network_counts_as_one(database: Database, valkey_url: str, serve: Serve) -> None:
    app = serve(database.settings(valkey_url), page_limit="1 per day")
    addresses = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"]
    assert [_read(app, address=address).status_code for address in addresses] == [200, 429, 200]


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_wrote(
    database: Database, valkey_url: str, serve: Serve
) -> None:
    app = serve(replace(database.settings(valkey_url), proxies=1), page_limit="1 per day")
    brought = ["198.51.100.1", "198.51.100.2", "203.0.113.9, 198.51.100.1"]  # the last one pretends to be another
    assert [_read(app, **{"X-Forwarded-For": one}).status_code for one in brought] == [200, 200, 429]


def test_without_a_proxy_nobody_says_where_they_are_from(database: Database, valkey_url: str, serve: Serve) -> None:
    app = serve(database.settings(valkey_url), page_limit="1 per day")
    answers = [_read(app, **{"X-Forwarded-For": one}).status_code for one in ("198.51.100.1", "198.51.100.2")]
    assert answers == [200, 429]
