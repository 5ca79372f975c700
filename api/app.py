"""The web application: every resource behind its door, every failure a problem, every answer with its headers.

One request is one transaction, opened and committed in `api.operations`. This module only puts the parts together; it
knows nothing of jobs: whoever composes the process says what is to happen after a commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import loyalty.models  # makes every table known to the migrations
from api import (
    addresses,
    auth,
    bodies,
    cli,
    cors,
    errors,
    etags,
    health,
    hooks,
    languages,
    limits,
    logs,
    metrics,
    pages,
    spec,
    v1,
)
from loyalty import leaderboards
from loyalty.db import db, engine_options, prepare_engine
from loyalty.settings import Settings
from telemetry.logs import configure

MIGRATIONS = Path(loyalty.models.__file__).parent.parent / "migrations"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
}


def create_app(
    settings: Settings,
    *,
    on_commit: Callable[[], object] = lambda: None,
    rate_limit: str | None = None,
    page_limit: str | None = None,
    log_level: str = "warning",
) -> Flask:
    """The application on `settings`.

    `on_commit` is called after each commit of a request. `rate_limit` bounds each caller (`6000 per minute`),
    `page_limit` each address that reads pages; None: no bound. `log_level` is one of Python's names.
    """
    configure(log_level)
    app = Flask(__name__, static_folder=None)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]  # as Flask's documentation has it
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=bodies.BODY_LIMIT,
    )
    app.extensions["setia"] = settings
    app.extensions["setia.on_commit"] = on_commit
    app.extensions["setia.redis"] = leaderboards.connect(settings.redis_url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, settings.derive("ledger"))
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)

    logs.follow(app)
    app.before_request(bodies.refuse_unstorable_urls)
    cors.allow(app)
    app.before_request(auth.authenticate)
    errors.register(app)
    languages.register(app)
    addresses.register(app)
    app.after_request(etags.conditional)
    app.after_request(_secure)

    api = spec.make(app)
    for resource in v1.RESOURCES:
        api.register_blueprint(resource)
    for blueprint in (health.blueprint, metrics.blueprint, hooks.blueprint):
        app.register_blueprint(blueprint)
    pages.register(app)
    if rate_limit is not None or page_limit is not None:
        limits.limit(app, settings.redis_url, rate_limit, page_limit)  # after the pages, which tell when to read on
    spec.write(app, api)
    cli.register(app)
    return app


def _secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
