"""Back up and restore: `flask --app wsgi backup FILE`, `flask --app wsgi restore FILE`.

The databases' own ways, which their manuals describe: SQLite's online backup, and `pg_dump` and `pg_restore`. A backup
is one consistent moment, taken while the service works. Redis is not in it: what it holds is made again. Neither is
`SETIA_SECRET`, without which a restored ledger cannot be verified and no key works.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import URL, inspect, select
from sqlalchemy.orm import Session

from api.commands import Command
from loyalty import notices
from loyalty.db import db, transact
from loyalty.models import Community


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write the whole database to FILE, which must not exist yet, while the service goes on."""
    if file.exists():
        raise click.ClickException(f"{file} exists; a backup overwrites nothing")
    draft = file.with_name(f"{file.name}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # people's data: for the owner alone
    try:
        _write(db.engine.url, draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"{file}: {file.stat().st_size} bytes. Keep SETIA_SECRET with it, in another place.")


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where there are communities already; they are gone then.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put the database back as it was when FILE was written. Stop the service first."""
    url = db.engine.url
    if _is_used() and not replace:
        raise click.ClickException("this database has communities; --replace puts the backup in their place")
    db.engine.dispose()
    if url.get_backend_name() == "sqlite":
        _prove(file)
        _copy(file, Path(str(url.database)))
    else:
        options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        _run("pg_restore", url, *options, str(file))
    count = transact(db.session(), _doubt_boards)
    click.echo(f"{count} communities are back, and their boards are made again once a worker runs.")
    click.echo("Now: flask --app wsgi db upgrade; flask --app wsgi ledger verify; then start the service.")


def _write(url: URL, draft: Path) -> None:
    if url.get_backend_name() == "sqlite":
        _copy(Path(str(url.database)), draft)
        _prove(draft)
    else:
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")


def _is_used() -> bool:
    if not inspect(db.engine).has_table(Community.__tablename__):
        return False
    session = db.session()
    found = session.scalar(select(Community.id).limit(1))
    session.rollback()
    return found is not None


def _doubt_boards(session: Session) -> int:
    """What Redis has may be younger than the backup, and would never give way to it."""
    communities = session.scalars(select(Community.id)).all()
    for community_id in communities:
        notices.publish(session, notices.BOARDS_REBUILD, community_id, {})
    return len(communities)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


def _prove(file: Path) -> None:
    """Raises `ClickException` for a file that is no whole database of ours."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA quick_check").fetchone()
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise click.ClickException(f"{file} is no backup of this service: {error}") from None
    if said != "ok":
        raise click.ClickException(f"{file} is damaged: {said}")


def _run(program: str, url: URL, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database. Raises `ClickException` with what it said."""
    place = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = dict(os.environ)
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)  # an argument could be read by everybody on this machine
    try:
        done = subprocess.run(
            [program, f"--dbname={place}", *arguments], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise click.ClickException(f"{program} is not here; install PostgreSQL's client programs") from None
    if done.returncode != 0:
        raise click.ClickException(f"{program} failed: {done.stderr.strip()}")
