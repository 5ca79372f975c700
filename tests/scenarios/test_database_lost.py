"""The database full, read-only, crowded or gone: a clear 503, and everything goes on by itself afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from api import unavailable
from api.app import create_app
from loyalty.db import db
from loyalty.settings import Settings
from tests import postgres
from tests.databases import SECRET, Database
from tests.http import World, refusal


@contextmanager
def served(url: str) -> Iterator[World]:
    """A community on a database of its own, which a test may break. There is no Redis, and nobody misses it."""
    Database("own", url).migrate()
    app = create_app(Settings(url, "redis://127.0.0.1:1/0", SECRET))
    try:
        world = World(app, "garden")
        world.publish()
        yield world
    finally:
        forget_connections(world)


def forget_connections(world: World) -> None:
    with world.app.app_context():
        db.engine.dispose()


def post(world: World) -> TestResponse:
    return world.post("/v1/activities", world.answered("app::ada"), key="ingest")


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(postgres.cluster({"max_connections": "12"}))
        except postgres.NoPostgreSQL as error:
            pytest.skip(str(error))
        yield cluster


def test_a_full_sqlite_is_said_and_passes(tmp_path: Path) -> None:
    def bound(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # which means: as large as it is, and no larger

    large = {"attributes": {f"a{number}": "x" * 900 for number in range(40)}}
    with served(f"sqlite:///{tmp_path}/full.sqlite") as world:
        with world.app.app_context():
            engine = db.engine
        event.listen(engine, "connect", bound)
        engine.dispose()

        answer = world.put("/v1/members/ada", large)

        assert refusal(answer) == (503, "database_full")
        assert answer.headers["Retry-After"] == "30"
        assert world.get("/v1/community").status_code == 200

        event.remove(engine, "connect", bound)
        engine.dispose()
        assert world.put("/v1/members/ada", large).status_code in (200, 201)
        assert post(world).status_code == 201


def test_a_file_that_may_not_be_written_is_told_from_one_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "closed.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE one (two)")
    connection.close()
    closed = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as wrote:
        closed.execute("INSERT INTO one VALUES (1)")
    closed.close()
    with pytest.raises(sqlite3.OperationalError) as opened:
        sqlite3.connect(tmp_path / "no such folder" / "one.sqlite")

    assert unavailable.cause(wrote.value) == unavailable.READ_ONLY
    assert unavailable.cause(opened.value) == unavailable.GONE


def test_postgresql_that_is_gone_is_said_and_comes_back_alone(
    cluster: postgres.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.health.FRESH_SECONDS", 0)
    with served(cluster.create("gone")) as world:
        assert post(world).status_code == 201

        cluster.stop()
        answer = post(world)
        assert refusal(answer) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert world.client.get("/readyz").status_code == 503
        assert world.client.get("/healthz").status_code == 200

        cluster.start()
        assert post(world).status_code == 201
        assert world.client.get("/readyz").status_code == 200


def test_connections_that_postgresql_dropped_cost_one_request_and_not_one_each(cluster: postgres.Cluster) -> None:
    with served(cluster.create("dropped")) as world:
        with world.app.app_context(), ExitStack() as held:
            for _ in range(4):
                held.enter_context(db.engine.connect())
        cluster.stop()
        cluster.start()

        answers = [post(world).status_code for _ in range(4)]

        assert answers == [503, 201, 201, 201]


def test_postgresql_without_room_or_without_writes_is_said_and_passes(cluster: postgres.Cluster) -> None:
    url = cluster.create("full")
    with served(url) as world, psycopg.connect(url, autocommit=True) as operator:
        operator.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$"
        )
        operator.execute("CREATE TRIGGER full_disk BEFORE INSERT ON facts EXECUTE FUNCTION full_disk()")
        assert refusal(post(world)) == (503, "database_full")
        operator.execute("DROP TRIGGER full_disk ON facts")
        assert post(world).status_code == 201

        operator.execute('ALTER DATABASE "full" SET default_transaction_read_only = on')
        forget_connections(world)
        assert refusal(post(world)) == (503, "database_read_only")
        assert world.get("/v1/community").status_code == 200
        operator.execute("SET default_transaction_read_only = off")
        operator.execute('ALTER DATABASE "full" RESET default_transaction_read_only')
        forget_connections(world)
        assert post(world).status_code == 201


def test_too_many_connections_are_said_and_pass(cluster: postgres.Cluster) -> None:
    url = cluster.create("crowded")
    with served(url) as world:
        forget_connections(world)
        with ExitStack() as crowd:
            with suppress(psycopg.OperationalError):  # no more of them: that is what we want
                for _ in range(20):
                    crowd.enter_context(psycopg.connect(url))
            answer = post(world)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]

        assert post(world).status_code == 201
