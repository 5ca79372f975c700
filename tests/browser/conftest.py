"""A real browser before a real server: one community on SQLite, made once for all the tests here, which only read it.

A page that asks another host for anything, or does what its policy forbids, fails the test that opened it. Without a
Chromium the tests are skipped, in CI they fail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from api.app import create_app
from api.auth import Caller, mint
from loyalty.db import db
from tests.browser import chromium
from tests.browser.garden import furnish
from tests.databases import Database, required
from tests.http import World

PATIENCE = 20_000  # milliseconds: a busy machine is slow, and only a failure waits this long
expect.set_options(timeout=PATIENCE)


@dataclass
class Site:
    """A service that runs, with one community in it."""

    url: str
    world: World

    def token(self, member: str, seconds: int = 600) -> str:
        """A member token; one of negative seconds has ended."""
        member_id = self.world.get(f"/v1/members/{member}").get_json()["id"]
        caller = Caller(self.world.id, "tests", "tests", frozenset())
        secret = self.world.app.extensions["setia"].derive("tokens")
        return mint(secret, caller, member_id, seconds)[0]


class Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # as Werkzeug names it
        """Nothing is written."""


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """The application on a free port of this machine, until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, valkey_server: str) -> Iterator[Site]:
    """The community, served."""
    database = Database("sqlite", f"sqlite:///{tmp_path_factory.mktemp('browser')}/browser.sqlite")
    database.migrate()
    app: Flask = create_app(database.settings(valkey_server))
    world = World(app, "garden")
    furnish(world)
    with serve(app) as url:
        yield Site(url, world)
    with app.app_context():
        db.engine.dispose()
    database.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; without one, a skip, and a failure in CI."""
    if chromium.find() is None and not required():
        pytest.skip("no Chromium on the PATH: apt-get install chromium")  # a fresh machine has none; CI does
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Open]:
    """Open a path of the site (or a whole URL) as a reader with this language, these colours and this width."""
    wrong: list[str] = []
    contexts = []

    def keep_here(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:")):
            route.continue_()
        else:
            wrong.append(f"asked for {route.request.url}")
            route.abort()

    def note(text: str) -> None:
        if "Content Security Policy" in text or "Refused to" in text or "Uncaught" in text:
            wrong.append(text)

    def open_(path: str, language: str = "en", colours: Any = "light", width: int = 1200) -> Page:
        context = browser.new_context(
            locale=language, color_scheme=colours, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        contexts.append(context)
        context.route("**/*", keep_here)
        context.clock.set_fixed_time(datetime.now(UTC))  # that of the tests; timers run on
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: note(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path if path.startswith("http") else site.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []
