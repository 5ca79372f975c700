"""`docs/operations.md` names what is there, and leaves out nothing that it promises to list."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from api.app import create_app
from loyalty import answers, backtests, clock, deliveries, outbox, rankings
from loyalty.settings import Settings
from telemetry import metrics
from tests.http import World, world

__all__ = ["world"]

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/operations.md").read_text()


@pytest.fixture(scope="module")
def made() -> Flask:
    return create_app(Settings("sqlite://", "redis://127.0.0.1:1", b"reads the document, opens nothing"))


def test_every_setting_is_listed_and_no_other() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "loyalty/settings.py").read_text()))
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.MULTILINE))

    assert listed == read | {metrics.FOLDER}


def test_defaults_are_those_that_hold() -> None:
    assert f"`{Settings.public_url}`" in TEXT
    assert f"| `{Settings.rate_limit}` |" in TEXT
    assert f"| `{Settings.page_limit}` |" in TEXT
    assert f"| `{Settings.proxies}`:" in TEXT
    assert f"| `{Settings.log_level}`;" in TEXT


def test_every_flask_command_and_its_options_exist(made: Flask) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    inline = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
    lines = [line for block in blocks for line in block.splitlines()] + [" ".join(one.split()) for one in inline]
    named = {found[1].strip() for line in lines if (found := re.match(r"flask --app wsgi ([^#]*)", line))}
    assert len(named) >= 7
    for line in named:
        command: click.Command = made.cli
        words = line.split()
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None, line
            command = found
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_every_module_and_developers_command_exists() -> None:
    for module in re.findall(r"python -m ([\w.]+)", TEXT):
        assert importlib.util.find_spec(module), module
    help_text = (ROOT / "dev.py").read_text()
    for command in re.findall(r"python3 dev\.py (\w+)", TEXT):
        assert re.search(rf"^  {command}\b", help_text, re.MULTILINE), command


def test_every_route_exists(made: Flask) -> None:
    routes = made.url_map.bind("localhost")
    named = re.findall(r"`(GET|POST|PUT|DELETE) (/[^ `]*)`", TEXT)
    assert len(named) >= 8
    for method, path in named:
        try:
            routes.match(path.replace("{id}", "x"), method)
        except (HTTPException, RequestRedirect) as error:
            raise AssertionError(f"{method} {path}") from error


def test_every_measure_is_listed_and_no_other(world: World) -> None:
    served = set(re.findall(r"^# TYPE (\w+) ", world.client.get("/metrics").get_data(as_text=True), re.MULTILINE))
    served = {name for name in served if not name.endswith("_created")}
    listed = set(re.findall(r"\b(setia_\w+)", TEXT))

    assert listed == served


def test_codes_and_times_are_those_that_hold() -> None:
    source = (ROOT / "api/unavailable.py").read_text() + (ROOT / "loyalty/rankings.py").read_text()
    for code in re.findall(r"503 `(\w+)`", TEXT) + re.findall(r"\(503 `(\w+)`\)", TEXT):
        assert f'"{code}"' in source, code
    assert f"{rankings.MOST_WITHOUT_REDIS:,} members" in TEXT
    assert f"{deliveries.KEEP // clock.DAY} days" in TEXT
    assert f"{outbox.KEEP // clock.DAY} days" in TEXT
    assert f"back-tests for {backtests.KEEP // clock.DAY} days" in TEXT
    assert f"{answers.KEPT_FOR // clock.HOUR} hours" in TEXT
