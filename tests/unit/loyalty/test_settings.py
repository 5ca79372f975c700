"""Settings: what can't be used is refused before anything begins, in one line that says which and what it must be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loyalty.settings import Misconfigured, Settings

ROOT = Path(__file__).parents[3]
RIGHT = {
    "DATABASE_URL": "sqlite:////nowhere/setia.sqlite",
    "REDIS_URL": "redis://127.0.0.1:1",
    "SETIA_SECRET": "s" * 32,
}
COMMANDS = {
    "the API": ["-c", "import wsgi"],
    "a command": ["-m", "flask", "--app", "wsgi", "rules", "plan", "."],
    "another command": ["-m", "flask", "--app", "wsgi", "db", "upgrade"],
    "a worker": ["-m", "jobs.worker"],
    "the clock": ["-m", "jobs.clock"],
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("SETIA_")]:
        monkeypatch.delenv(name)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "DATABASE_URL": [
            "setia.sqlite",
            "sqlite",
            "sqlite://",
            "sqlite:///:memory:",
            "mysql://host/database",
            "postgres://host/database",
            "postgresql://user:password@host:port/database",
        ],
        "REDIS_URL": ["redis:", "127.0.0.1:6379", "http://127.0.0.1", "redis://host:port", "unix://"],
        "SETIA_SECRET": ["s" * 31, "s" * 32 + "\n", "s" * 32 + "\udcff"],
        "SETIA_PUBLIC_URL": ["setia.example.org", "ftp://setia.example.org", "https://", "https://host:port"],
        "SETIA_RATE_LIMIT": ["6000", "many", "6000 per blink"],
        "SETIA_PAGE_LIMIT": ["120/", "-1 per minute"],
        "SETIA_PROXIES": ["one", "-1", "10", "1.0"],
        "SETIA_LOG_LEVEL": ["loud"],
        "SETIA_METRICS_TOKEN": ["two words", "t\u00f6ken"],
        "SETIA_OPERATOR_KEY": ["short", "\u00f6" * 32, "o" * 32 + "\n"],
    }.items(),
)
def test_what_cannot_be_used_is_refused_by_its_name(
    environment: pytest.MonkeyPatch, name: str, values: list[str]
) -> None:
    for value in values:
        environment.setenv(name, value)
        with pytest.raises(Misconfigured, match=f"^{name} must be ."):
            Settings.from_environment()


def test_a_value_is_not_told_since_it_may_be_a_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "postgresql://setia:hunter2@host:port/setia")
    with pytest.raises(Misconfigured) as refused:
        Settings.from_environment()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "DATABASE_URL": ["postgresql://", "postgresql+psycopg://user:p%40ss@[::1]:5432/setia?connect_timeout=5"],
        "REDIS_URL": ["redis://", "rediss://:secret@host:6380/1", "unix:///run/valkey.sock"],
        "SETIA_PUBLIC_URL": ["http://127.0.0.1:8000", "https://example.org/setia/"],
        "SETIA_RATE_LIMIT": ["", "1/second;10/minute"],
        "SETIA_PROXIES": ["", "0", "9"],
        "SETIA_LOG_LEVEL": ["DEBUG", "warning"],
        "SETIA_METRICS_TOKEN": ["", "m"],
        "SETIA_OPERATOR_KEY": ["", "o" * 32],
    }.items(),
)
def test_what_can_be_used_is_taken(environment: pytest.MonkeyPatch, name: str, values: list[str]) -> None:
    for value in values:
        environment.setenv(name, value)
        Settings.from_environment()


def test_what_is_missing_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("REDIS_URL")
    environment.setenv("SETIA_SECRET", "")
    with pytest.raises(Misconfigured, match=r"^set REDIS_URL, SETIA_SECRET "):
        Settings.from_environment()


def test_an_empty_limit_is_none_and_an_absent_one_the_default(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SETIA_RATE_LIMIT", "")
    settings = Settings.from_environment()
    assert (settings.rate_limit, settings.page_limit) == (None, Settings.page_limit)


def test_measures_go_into_a_folder_that_is_there(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere/at/all")
    done = subprocess.run(
        [sys.executable, "-c", "import telemetry.metrics"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "PROMETHEUS_MULTIPROC_DIR must be a folder that is there\n")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_whatever_is_started_ends_with_one_line(environment: pytest.MonkeyPatch, command: list[str]) -> None:
    environment.setenv("REDIS_URL", "redis:")
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "REDIS_URL must be redis://host:port, rediss://host:port or unix:///path/to/socket"
    ]
