"""A throw-away PostgreSQL cluster from the machine's own binaries, for tests and benchmarks.

It listens on a unix socket in a fresh folder and nowhere else, runs as an ordinary user even when we are root (the
server refuses root), and is gone with its files when the `with` block ends; if we are killed, the kernel ends it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT

import psycopg
from sqlalchemy import make_url

from supervisor.children import Child
from supervisor.short_folder import short_folder
from tests.waiting import PATIENCE


class NoPostgreSQL(Exception):
    """No server binaries are installed here, or they do not start."""


class Cluster:
    """A running server. Its superuser is `postgres`, without a password: its socket's folder is the door."""

    def __init__(self, socket_folder: Path, launch: Callable[[], Child]) -> None:
        self._socket_folder = socket_folder
        self._launch = launch
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers. Raises `NoPostgreSQL`."""
        self._server = self._launch()
        try:
            self.version = _wait_until_it_answers(self._server, self._socket_folder)
        except NoPostgreSQL:
            self.stop()
            raise

    def stop(self) -> None:
        """Send every client away and end the server; its files stay."""
        self._server.stop(timeout=20)

    def url(self, database: str) -> str:
        """The URL of one of its databases, as SQLAlchemy and libpq both read it."""
        return f"postgresql://postgres@/{database}?host={self._socket_folder}"

    def create(self, database: str) -> str:
        """Make an empty database; answers its URL."""
        create_database(self.url("postgres"), database)
        return self.url(database)


def create_database(maintenance_url: str, database: str) -> None:
    """Make an empty database beside the one that `maintenance_url` names, in place of one left over."""
    drop_database(maintenance_url, database)
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{database}" TEMPLATE template0 ENCODING UTF8'.encode())


def drop_database(maintenance_url: str, database: str) -> None:
    """Drop a database if it exists, whoever is still connected to it."""
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())


def beside(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def find_binaries() -> Path | None:
    """The folder of `initdb` and `postgres`: the newest of Debian's, else what PATH has."""
    debian = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: int(folder.parent.name),
    )
    if debian:
        return debian[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def cluster(settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A fresh cluster with `settings` of postgresql.conf on top of ours. Raises `NoPostgreSQL` with the reason.

    Nothing is flushed to the disk unless `settings` say so: a test does not survive a power cut, and need not.
    """
    binaries = find_binaries()
    if binaries is None:
        raise NoPostgreSQL("neither Debian's PostgreSQL nor an initdb on PATH is here")
    user = _ordinary_user()
    with short_folder() as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        made = subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            user=user,
            extra_groups=None if user is None else [],
        )
        if made.returncode != 0:
            raise NoPostgreSQL(f"initdb failed: {made.stderr.strip()}")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": "200",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            **(settings or {}),
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]

        def launch() -> Child:
            with (folder / "log").open("ab") as log:
                # SIGINT is PostgreSQL's fast shutdown: it sends its clients away instead of waiting for them.
                return Child(
                    "postgresql",
                    [binaries / "postgres", "-D", data, *arguments],
                    cwd=folder,
                    user=user,
                    output=log,
                    stop_signal=SIGINT,
                )

        server = Cluster(folder, launch)
        try:
            yield server
        finally:
            server.stop()


def _ordinary_user() -> str | None:
    """Whom to run the server as: ourselves, but Debian's `postgres` or `nobody` for root."""
    if os.getuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _wait_until_it_answers(server: Child, folder: Path) -> str:
    """Wait as long as a busy machine may take; answers the version, such as `15`."""
    deadline = time.monotonic() + PATIENCE
    while server.exit_status() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(f"postgresql://postgres@/postgres?host={folder}") as connection:
                return str(connection.info.server_version // 10_000)
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoPostgreSQL(f"the server did not start: {(folder / 'log').read_text(errors='replace').strip()}")
