"""Commands of the service: a community, and the two proofs that the books are right.

`flask --app wsgi setia bootstrap --out FILE`, `flask --app wsgi rebuild --check`, `flask --app wsgi ledger
verify|anchor`. Backups and rules have files of their own (`backups`, `rules_cli`).
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import backups, rules_cli
from loyalty import founding, ledger, sources
from loyalty import rebuild as proof
from loyalty.db import db, reading, snapshot, transact
from loyalty.errors import DomainError
from loyalty.models import Community
from loyalty.platforms import PLATFORMS
from loyalty.settings import Settings

setia = AppGroup("setia", help="Begin with Setia.")
books = AppGroup("ledger", help="Prove the ledger.")


def register(app: Flask) -> None:
    """Make the commands known to `flask --app wsgi`."""
    app.cli.add_command(setia)
    app.cli.add_command(books)
    app.cli.add_command(rebuild)
    app.cli.add_command(backups.backup)
    app.cli.add_command(backups.restore)
    app.cli.add_command(rules_cli.rules)


@setia.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the keys go (0600).")
@click.option("--key", default="demo", show_default=True, help="The community's key.")
@click.option("--name", default="Setia", show_default=True)
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone of its days.")
def bootstrap(out: Path, key: str, name: str, zone: str) -> None:
    """Make a community with three keys and a source of each platform; what is shown once goes into a file.

    The first one or a further one: communities of one service know nothing of each other.
    """
    settings: Settings = current_app.extensions["setia"]
    # The file comes first: keys that are committed and written nowhere would be lost for good.
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        try:
            made = transact(db.session(), lambda session: _begin(session, settings, key, name, zone))
        except DomainError as refused:
            out.unlink()
            raise click.ClickException(refused.detail) from None
        except BaseException:
            out.unlink()
            raise
        json.dump(made, file, indent=2)
        file.write("\n")
    click.echo(f"community {made['community']}: keys and secrets are in {out}")


def _begin(session: Session, settings: Settings, key: str, name: str, zone: str) -> dict[str, Any]:
    community, first = founding.found(session, settings.derive("keys"), key, name, zone, by="bootstrap")
    connected = {
        platform: sources.connect(session, settings.derive("sources"), community.id, platform=platform)
        for platform in PLATFORMS
    }
    return {
        "url": settings.public_url,
        "community": community.id,
        "keys": first,
        "sources": {
            platform: {
                "id": one.source.id,
                "hook_url": sources.hook_url(one.source, settings.public_url),
                "secret": one.secret,
            }
            for platform, one in connected.items()
        },
    }


@click.command()
@click.option("--check", is_flag=True, help="Only say what differs; write nothing.")
@click.option("--community", default=None, help="One community's id; else all.")
@with_appcontext
def rebuild(check: bool, community: str | None) -> None:
    """Fold everything from nothing. What differs from what is booked is named; without --check it is booked."""
    differences: list[str] = []
    for one in _communities(community):
        found = proof.rebuild(partial(transact, db.session()), one, check=check)
        differences += [f"{one}: {difference}" for difference in found]
    _conclude(differences, "every standing and balance is what its facts say")


@books.command()
@click.option("--community", default=None, help="One community's id; else all.")
def verify(community: str | None) -> None:
    """Walk every chain; name what was altered, removed or cut off."""
    _conclude(ledger.verify(snapshot(reading(db.session())), community), "every chain is intact")


@books.command()
def anchor() -> None:
    """Seal today's ledger of every community."""
    for one in _communities(None):
        transact(db.session(), partial(ledger.anchor, community_id=one))
    click.echo("anchored")


def _communities(only: str | None) -> list[str]:
    session = db.session()
    found = [only] if only else list(session.scalars(select(Community.id).order_by(Community.id)))
    session.rollback()
    return found


def _conclude(wrong: list[str], right: str) -> None:
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        raise SystemExit(1)
    click.echo(right)
