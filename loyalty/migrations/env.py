"""Runs the migrations on the database of the application that Flask-Migrate was given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from loyalty.db import Key

migrate = current_app.extensions["migrate"]


def render(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Keys by the name that the template gives their type; everything else as Alembic does."""
    return "KEY" if kind == "type" and value is Key else False


with migrate.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        render_item=render,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
