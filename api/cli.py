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
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import backups, rules_cli
from api.commands import Command, Commands
from loyalty import chains, communities, founding, sources
from loyalty import rebuild as proof
from loyalty.db import db, reading, snapshot, transact
from loyalty.models import Community
from loyalty.platforms import PLATFORMS
from loyalty.settings import Settings

setia = Commands("setia", help="Begin with Setia.")
books = Commands("ledger", help="Prove the ledger.")

_community = click.option("--community", "key", help="One community's key; else all.")


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


@click.command(cls=Command)
@click.option("--check", is_flag=True, help="Only say what differs; write nothing.")
@_community
@with_appcontext
def rebuild(check: bool, key: str | None) -> None:
    """Fold everything from nothing. What differs from what is booked is named; without --check it is booked."""
    differences: list[str] = []
    for one in _communities(key):
        found = proof.rebuild(partial(transact, db.session()), one, check=check)
        differences += [f"{one}: {difference}" for difference in found]
    _conclude(differences, "every standing and balance is what its facts say")


@books.command()
@_community
def verify(key: str | None) -> None:
    """Walk every chain; name what was altered, removed or cut off."""
    only = None if key is None else _communities(key)[0]
    _conclude(chains.verify(snapshot(reading(db.session())), only), "every chain is intact")


@books.command()
def anchor() -> None:
    """Seal today's ledger of every community."""
    for one in _communities(None):
        transact(db.session(), partial(chains.anchor, community_id=one))
    click.echo("anchored")


def _communities(key: str | None) -> list[str]:
    """The ids of all communities, or of the one with that key. Raises `NotFound`."""
    session = db.session()
    try:
        if key is not None:
            return [communities.of_key(session, key).id]
        return list(session.scalars(select(Community.id).order_by(Community.id)))
    finally:
        session.rollback()


def _conclude(wrong: list[str], right: str) -> None:
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        raise SystemExit(1)
    click.echo(right)
