"""A backup taken while the service works comes back whole: balances, chains, boards."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from api.app import create_app
from loyalty.db import db
from loyalty.settings import Settings
from tests import postgres
from tests.databases import Database
from tests.draining import drain_all
from tests.http import World, world

__all__ = ["world"]


@contextmanager
def elsewhere(database: Database, valkey_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on another, empty database of the same kind, with the same secret and the same Redis."""
    if database.name == "sqlite":
        url = f"sqlite:///{tmp_path}/restored.sqlite"
    else:
        name = f"{database.url.partition('?')[0].rpartition('/')[2]}_restored"
        postgres.create_database(database.url, name)
        url = postgres.beside(database.url, name)
    app = create_app(Settings(url, valkey_url, database.settings().secret))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
        if database.name == "postgresql":
            postgres.drop_database(database.url, name)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


def need_programs(database: Database) -> None:
    """pg_dump refuses a server that is newer than itself."""
    if database.name == "sqlite":
        return
    program = shutil.which("pg_dump")
    if program is None:
        pytest.skip("pg_dump is not installed")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    with database.engine.connect() as connection:
        version = connection.dialect.server_version_info[0]  # type: ignore[index]  # PostgreSQL tells it
    if int(said.split()[2].partition(".")[0]) < version:
        pytest.skip(f"{said.strip()} is older than the server, {version}")


def test_what_was_backed_up_while_members_earned_is_restored_whole(
    app: Flask, world: World, database: Database, valkey_url: str, tmp_path: Path
) -> None:
    need_programs(database)
    world.publish()
    world.earn("app::ada", 3)
    drain_all(app)
    before = world.get("/v1/leaderboards/all/entries").get_json()
    file = tmp_path / "one.backup"
    ended = threading.Event()
    writer = threading.Thread(target=lambda: [world.earn("app::ben") for _ in iter(ended.is_set, True)])
    writer.start()
    try:
        made = run(app, "backup", str(file))
    finally:
        ended.set()
        writer.join()
    assert made.exit_code == 0, made.output
    assert file.stat().st_mode & 0o077 == 0
    world.earn("app::ada", 2)  # after the backup: gone after the restore, also from the boards
    drain_all(app)

    with elsewhere(database, valkey_url, tmp_path) as restored:
        done = run(restored, "restore", str(file))
        assert done.exit_code == 0, done.output
        assert run(restored, "ledger", "verify").exit_code == 0
        checked = run(restored, "rebuild", "--check")
        assert checked.exit_code == 0, checked.output
        drain_all(restored)
        with restored.test_client() as client:
            read = {"Authorization": f"Bearer {world.keys['read']}"}
            board = client.get("/v1/leaderboards/all/entries", headers=read).get_json()
            scores = {row["name"]: row["score"] for row in board["data"]}
            ada = client.get("/v1/members/app::ada/balance", headers=read).get_json()["data"][0]
        first = before["data"][0]
        assert next(row["score"] for row in board["data"] if row["member"] == first["member"]) == 30, scores
        assert ada["balance"] == 30


def test_a_restore_takes_nothing_away_unless_told_so(
    app: Flask, world: World, tmp_path: Path, database: Database
) -> None:
    need_programs(database)
    file = tmp_path / "one.backup"
    assert run(app, "backup", str(file)).exit_code == 0

    again, back = run(app, "backup", str(file)), run(app, "restore", str(file))

    assert "overwrites nothing" in again.output
    assert "--replace" in back.output
    assert (again.exit_code, back.exit_code) == (1, 1)
    replaced = run(app, "restore", "--replace", str(file))
    assert replaced.exit_code == 0, replaced.output
    assert world.get("/v1/community").status_code == 200


def test_a_file_that_is_no_backup_is_refused(app: Flask, database: Database, tmp_path: Path) -> None:
    need_programs(database)
    file = tmp_path / "one.backup"
    file.write_bytes(b"not a database at all, but long enough to look like one" * 100)

    refused = run(app, "restore", str(file))

    assert refused.exit_code == 1
    assert "Error" in refused.output
