"""The soak in small, as a person would start it: a few hundred deliveries, two killed processes and a flushed Redis."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from soak.proof import Books
from soak.stream import BLOCK, Stream
from tests import postgres
from tests.conftest import SERVER
from tests.databases import Database
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
TO_THE_END = 3 * PATIENCE  # with two processes killed and started again
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="whom to kill is found in /proc")


@pytest.fixture
def database_url(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path, process_name: str
) -> Iterator[str]:
    """An empty database without tables."""
    if database.name == "sqlite":
        yield f"sqlite:///{tmp_path}/soak.sqlite"
        return
    server, name = request.config.stash[SERVER], f"setia_soak_{process_name}"
    postgres.create_database(server, name)
    yield postgres.beside(server, name)
    postgres.drop_database(server, name)


def soak(database_url: str, data: Path, *options: str) -> subprocess.Popen[bytes]:
    """Begin it; what it says goes into a file beside its folder."""
    environment = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
    command = [sys.executable, "-m", "soak", "--data", str(data), "--deliveries", "400", "--kills", "2", *options]
    with data.with_suffix(".out").open("wb") as output:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment | {"DATABASE_URL": database_url}, stdout=output, stderr=output
        )


def said(data: Path) -> str:
    return data.with_suffix(".out").read_text()


def test_nothing_is_lost_and_nothing_doubled_amid_killed_processes(database_url: str, tmp_path: Path) -> None:
    data = tmp_path / "soak"
    assert soak(database_url, data).wait(TO_THE_END) == 0, said(data)
    for line in ("lost: 0", "doubled: 0", "1 x api worker, 1 x flush, 1 x worker", "on record, once"):
        assert line in said(data)
    _is_seen_when_it_is_not_so(database_url, data)


def test_one_that_was_broken_off_goes_on(database: Database, tmp_path: Path) -> None:
    if database.name != "sqlite":
        pytest.skip("how far it is does not stand in the database")
    data, url = tmp_path / "soak", f"sqlite:///{tmp_path}/soak.sqlite"
    broken_off = soak(url, data)
    sent = data / "soak.json"  # there once the first sendings go out
    until(lambda: sent.exists() or broken_off.poll() is not None)
    assert sent.exists(), said(data)
    broken_off.send_signal(signal.SIGINT)
    assert broken_off.wait(PATIENCE) == 130, said(data)
    assert soak(url, data).wait(PATIENCE) == 1
    assert "there is one; add --resume" in said(data)
    assert soak(url, data, "--resume").wait(TO_THE_END) == 0, said(data)


def _is_seen_when_it_is_not_so(database_url: str, data: Path) -> None:
    """A lost fact, a doubled one and one that nobody sent are told apart: else the zeros above say nothing."""
    state = json.loads((data / "soak.json").read_text())
    ready = json.loads((data / "service/ready.json").read_text())
    stream = Stream(state["seed"], state["deliveries"], state["members"], state["began"])
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    keys = dict.fromkeys(one.key for one in stream.block(0) if one.door == "api")  # some are sent twice, or undone
    undone = {one.key for one in stream.block(0) if one.undoes}
    lost, doubled, stranger = [key for key in keys if key not in undone][:3]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM facts WHERE key = :key"), {"key": lost})
        connection.execute(text("UPDATE facts SET key = :key WHERE key = :old"), {"key": doubled, "old": stranger})
    engine.dispose()
    books = Books(database_url, {door: ready["sources"][door]["id"] for door in ("telegram", "generic")})
    found = books.compare(stream, -(-state["deliveries"] // BLOCK))
    books.close()
    assert (found.counts["lost"], found.counts["doubled"]) == (2, 1)
