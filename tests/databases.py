"""The databases that the tests run on: one of each kind for each test process, migrated once, emptied between tests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import Engine, create_engine, text

import loyalty.models  # `empty` knows the tables that are declared there
from loyalty.db import Base, db, engine_options, prepare_engine
from loyalty.settings import Settings

MIGRATIONS = Path(loyalty.models.__file__).parents[1] / "migrations"
SECRET = b"known to everybody, for tests alone"
OPERATOR_KEY = "known to everybody, for tests alone as well"


@dataclass
class Database:
    """One database of one test process. `name` is `sqlite` or `postgresql`, `url` as SQLAlchemy reads it."""

    name: str
    url: str

    def settings(self, redis_url: str = "") -> Settings:
        """What an application or another process on this database is told; a domain test needs no Redis."""
        return Settings(self.url, redis_url, SECRET, operator_key=OPERATOR_KEY)

    @cached_property
    def engine(self) -> Engine:
        """An engine beside the application's own."""
        engine = create_engine(self.url, **engine_options(self.url))
        prepare_engine(engine, self.settings().derive("ledger"))
        return engine

    def migrate(self) -> None:
        """Make the tables as a deployment does."""
        app = Flask("migrations")
        app.config["SQLALCHEMY_DATABASE_URI"] = self.url
        db.init_app(app)
        flask_migrate.Migrate(app, db, directory=str(MIGRATIONS))
        with app.app_context():
            flask_migrate.upgrade()
            db.engine.dispose()

    def empty(self) -> None:
        """Delete every row of every table. A transaction that somebody left open fails this, and does not hang it."""
        with self.engine.begin() as connection:
            if self.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())

    def close(self) -> None:
        """Let go of every connection of `engine`."""
        self.engine.dispose()


def required() -> bool:
    """Whether a missing PostgreSQL is a failure: in CI, and where somebody asks for it."""
    return os.environ.get("CI") == "true" or os.environ.get("SETIA_REQUIRE_POSTGRESQL") == "1"
