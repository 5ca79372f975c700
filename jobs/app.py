"""What a job works with: the database, each piece of work in a transaction of its own, and Redis.

This is the edge at which the jobs' transactions are committed; the domain never does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from flask import Flask, current_app
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from loyalty import trail
from loyalty.db import db, engine_options, prepare_engine, reading, transact
from loyalty.settings import Settings
from telemetry import commits

Result = TypeVar("Result")
Given = ParamSpec("Given")


@dataclass(frozen=True)
class Service:
    """The database and Redis of one process."""

    engine: Engine
    redis: Redis

    def write(
        self, work: Callable[Concatenate[Session, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """Do `work(session, ...)` in one transaction and commit it; a deadlock repeats the whole."""
        with Session(self.engine) as session:
            result = transact(session, trail.left_by(lambda session: work(session, *args, **kwargs)))
            commits.report(trail.of(session))
            return result

    def read(
        self, work: Callable[Concatenate[Session, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """Do `work(session, ...)`, which only reads, in one transaction that waits for no writer."""
        with Session(self.engine) as session:
            return work(reading(session), *args, **kwargs)


def make_app(settings: Settings) -> Flask:
    """The application of a worker: a database and Redis, and no routes."""
    app = Flask("jobs", static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    app.extensions["setia"] = settings
    app.extensions["setia.redis"] = Redis.from_url(settings.redis_url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, settings.derive("ledger"))
    return app


def service() -> Service:
    """The service of the application that this process entered."""
    return Service(db.engine, current_app.extensions["setia.redis"])
