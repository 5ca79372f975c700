"""Real parts for the tests: PostgreSQL, SQLite and Valkey, an application on top of them.

A test that asks for `database` (or for `app`, `session`, `client`) runs once on each database and finds it migrated
and empty. Nothing here is faked, nothing is shared between test processes, and every server is gone afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from supervisor.short_folder import short_folder as make_short_folder
from supervisor.valkey import start_valkey
from tests import moment, postgres
from tests.databases import Database, required

NAMES = ("sqlite", "postgresql")
SERVER = pytest.StashKey[str]()  # URL of a PostgreSQL in which databases may be made; "" for none
ABOUT = pytest.StashKey[str]()
OPEN = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*NAMES, "all"), default="all", help="run on this database alone")
    parser.addoption("--at", default=moment.USUAL, metavar="TIME", help="have it be this RFC 3339 time")


def pytest_configure(config: pytest.Config) -> None:
    """Set the clock, and find or start PostgreSQL, once for all test processes."""
    config.stash[OPEN] = ExitStack()
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[SERVER] = worker_input["postgresql"]
        return
    moment.begin(config.getoption("--at"))
    config.stash[SERVER], config.stash[ABOUT] = _find_postgresql(config)


def _find_postgresql(config: pytest.Config) -> tuple[str, str]:
    """Its URL and a word about it; no URL where none is wanted or found. A needed one that is missing ends the run."""
    wanted = config.getoption("--database")
    given = os.environ.get("TEST_DATABASE_URL")
    if wanted == "sqlite" or config.option.collectonly:
        return "", ""
    if given:
        return given, "postgresql (TEST_DATABASE_URL)"
    try:
        cluster = config.stash[OPEN].enter_context(postgres.cluster())
    except postgres.NoPostgreSQL as error:
        if required() or wanted == "postgresql":
            raise pytest.UsageError(f"PostgreSQL is needed: {error}") from error
        return "", f"no postgresql: {error}"
    return cluster.url("postgres"), f"postgresql {cluster.version} (own cluster)"


def pytest_configure_node(node: object) -> None:
    """Tell a test process of xdist where PostgreSQL is."""
    node.workerinput["postgresql"] = node.config.stash[SERVER]  # type: ignore[attr-defined]  # xdist has no types


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[OPEN].close()


def pytest_report_header(config: pytest.Config) -> str:
    sqlite = ["sqlite"] if config.getoption("--database") != "postgresql" else []
    about = [config.stash[ABOUT]] if config.stash.get(ABOUT, "") else []
    return f"databases: {', '.join(sqlite + about)}; it is {config.getoption('--at')}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database once on each that there is."""
    if "database" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--database")
        there = [name for name in NAMES if name == "sqlite" or metafunc.config.stash[SERVER]]
        metafunc.parametrize("_migrated", [name for name in there if wanted in (name, "all")], indirect=True)


@pytest.fixture(scope="session")
def process_name(request: pytest.FixtureRequest) -> str:
    """What tells this test process from its siblings: `gw0`, or `alone`."""
    worker_input = getattr(request.config, "workerinput", {})
    return str(worker_input.get("workerid", "alone"))


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    with make_short_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def valkey_server(short_folder: Path) -> Iterator[str]:
    """URL of this test process's own Valkey."""
    socket_path = short_folder / "v"
    server = start_valkey(short_folder, socket_path)
    yield f"unix://{socket_path}"
    server.stop(timeout=10)


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """URL of a real, empty Valkey."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def _migrated(request: pytest.FixtureRequest, process_name: str, short_folder: Path) -> Iterator[Database]:
    """A database made by the migrations: once a test process, for all its tests."""
    with ExitStack() as after:
        if request.param == "sqlite":
            url = f"sqlite:///{short_folder}/tests.sqlite"
        else:
            server = request.config.stash[SERVER]
            name = f"setia_test_{process_name}"
            postgres.create_database(server, name)
            after.callback(postgres.drop_database, server, name)
            url = postgres.beside(server, name)
        database = Database(request.param, url)
        after.callback(database.close)
        database.migrate()
        yield database


@pytest.fixture
def database(_migrated: Database) -> Iterator[Database]:
    """A real database with its tables and no rows: `.name`, `.url`, `.engine`, `.empty()`."""
    yield _migrated
    _migrated.empty()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session as the domain gets it; what is not committed is rolled back.

    On SQLite an open transaction keeps every other writer waiting: commit before you call `client` or another process.
    """
    with Session(database.engine) as session:
        yield session


@pytest.fixture(scope="session")
def _served(_migrated: Database, valkey_server: str) -> Iterator[Flask]:
    """The application on this test process's database, made once: making it costs more than most tests do."""
    from api.app import create_app  # here, so that tests of what lies below the API run without it
    from loyalty.db import db

    app = create_app(_migrated.settings(valkey_server))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(_served: Flask, database: Database, valkey_url: str) -> Flask:
    """The application on `database` and `valkey_url`, both empty."""
    _served.extensions.pop("setia.looked", None)  # what an earlier test found with the database and Redis
    return _served


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client of `app`, without a key."""
    return app.test_client()
