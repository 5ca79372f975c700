"""The house stands as drawn: arrows point down, the rules engine is pure, each outside system has one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]


def modules_of(package: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:  # as Alembic writes them
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def test_imports_point_down_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)

    status = lint_imports(cache_dir=None)

    assert status == 0, capsys.readouterr().out


def test_only_the_clock_module_reads_the_clock_in_the_domain() -> None:
    readers = {"time", "time_ns", "now", "utcnow", "today"}

    guilty = [
        f"{path}:{node.lineno}"
        for package in ("loyalty", "rules_engine")
        for path, tree in modules_of(package)
        if path not in (Path("loyalty/clock.py"), Path("loyalty/ids.py"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("time", "datetime", "date")
        and node.func.attr in readers
    ]

    assert guilty == []


def test_the_domain_never_commits() -> None:
    guilty = [
        f"{path}:{node.lineno}"
        for path, tree in modules_of("loyalty")
        if path != Path("loyalty/db.py")  # `transact`, which the edges call
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]

    assert guilty == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for package in ("api", "jobs", "loyalty", "rules_engine", "supervisor", "telemetry")
        for path, tree in modules_of(package)
        if ast.get_docstring(tree) is None
    ]

    assert silent == []
