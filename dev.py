#!/usr/bin/env python3
"""Every command a developer needs, from nothing but Python 3.11: `python3 dev.py help`.

It makes a virtual environment beside itself and remembers, by a hash of the requirement files, what is in it, so that
each command finds it ready. It uses the standard library alone and knows nothing of the service: `run` becomes
supervisor/, `test` pytest, `bench` benchmarks/.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from soak.options import parse_options as parse_soak_options
from supervisor.options import parse_options

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")

HELP = """\
usage: python3 dev.py COMMAND [OPTIONS]

  run [--port N] [--data DIR] [--no-demo]   serve API, worker and clock; what is missing (database, Redis) is embedded
      [--live]                              and let the demonstration go on: something happens every few seconds
  test [PYTEST OPTIONS]                     the tests, on SQLite and on PostgreSQL where one is found
                                            (--database sqlite|postgresql|all, TEST_DATABASE_URL)
  soak [--deliveries N] [--data DIR]        a long stream amid killed processes: nothing is lost, nothing doubled;
      [--resume]                            and go on with one that was broken off
  bench [NAME ...]                          the benchmarks, each a ratio to a floor measured in the same run
  screenshot [--url URL] [--out FILE]       docs/community.png anew, of a service that runs
  docs                                      the tables of docs/rules.md anew, from what the engine knows
  lint                                      style, formatting, types, layers, migrations
  env                                       make or refresh the virtual environment in .venv
  help                                      this text
"""


def main(arguments: list[str]) -> int:
    """Do one command. Answers its exit status; `run`, `test` and `bench` become the process they start."""
    if sys.version_info < (3, 11):  # noqa: UP036  # this file is read by whatever Python there is
        return say(f"Setia needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    command, *options = arguments or ["help"]
    if command == "run":
        data = parse_options(options).data
        os.chdir(ROOT)
        return become("-m", "supervisor", *options, "--data", data)
    if command == "soak":
        data = parse_soak_options(options).data
        os.chdir(ROOT)
        return become("-m", "soak", *options, "--data", data)
    if command == "test":
        os.chdir(ROOT)
        return become("-m", "pytest", "-n", "2", *options)
    if command == "bench":
        os.chdir(ROOT)
        return become("-m", "benchmarks", *options)
    if command == "screenshot":
        os.chdir(ROOT)
        return become("-m", "tests.browser.screenshot", *options)
    if command == "docs":
        os.chdir(ROOT)
        return become("-m", "tests.wiring.rules_tables", *options)
    if command in ("help", "-h", "--help"):
        print(HELP, end="")
        return 0
    if command not in ("env", "lint") or options:
        print(HELP, end="", file=sys.stderr)
        return say(f"\ndev.py does not know: {' '.join(arguments)}", status=2)
    if command == "lint":
        return lint()
    make_environment()
    return 0


def say(message: str, status: int = 1) -> int:
    """Tell the person what is wrong; answers the exit status."""
    print(message, file=sys.stderr)
    return status


def become(*command: str | Path) -> int:
    """Replace this process by the environment's Python, so that signals and exit status are the command's own."""
    make_environment()
    os.execv(PYTHON, [str(PYTHON), *map(str, command)])  # noqa: S606  # a shell would be in the way of signals


def make_environment() -> None:
    """Make .venv anew unless it was made by this Python from these very requirements."""
    wanted = hashlib.sha256(f"{sys.version}{sys.base_prefix}".encode())
    for name in REQUIREMENTS:
        wanted.update((ROOT / name).read_bytes())
    stamp = VENV / "requirements.sha256"
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started at once make one environment
        if stamp.exists() and stamp.read_text() == wanted.hexdigest():
            return
        if Path(sys.prefix).resolve() == VENV:
            raise SystemExit(say("The requirements changed, and this Python is that of .venv, to be made anew."))
        print("Making the virtual environment (once, about a minute) ...", file=sys.stderr, flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        for step in environment_steps():
            if subprocess.run(step, cwd=ROOT, check=False).returncode != 0:
                raise SystemExit(say(f"\nThis failed: {' '.join(map(str, step))}"))
        stamp.write_text(wanted.hexdigest())


def environment_steps() -> list[list[str]]:
    """The commands that make .venv: with uv if there is one, else with this Python's pip, else with one it brings."""
    needed = ["-r", REQUIREMENTS[-1]]
    uv = shutil.which("uv")
    if uv:
        return [
            [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)],
            [uv, "pip", "install", "--quiet", "--python", str(PYTHON), *needed],
        ]
    if importlib.util.find_spec("pip"):  # Debian's may lack ensurepip, and refuses to install outside an environment
        return [
            [sys.executable, "-m", "venv", "--without-pip", str(VENV)],
            [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", *needed],
        ]
    if importlib.util.find_spec("ensurepip"):
        return [
            [sys.executable, "-m", "venv", str(VENV)],
            [str(PYTHON), "-m", "pip", "install", "--quiet", *needed],
        ]
    raise SystemExit(
        say(
            f"{sys.executable} has neither pip nor ensurepip, so nothing can be installed.\n"
            "On Debian and Ubuntu: apt-get install python3-venv (or python3-pip), or put uv on PATH."
        )
    )


def lint() -> int:
    """Every check that runs no test; all of them run, and the last line names those that failed."""
    make_environment()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {
            "PATH": f"{PYTHON.parent}:{os.environ['PATH']}",
            "FLASK_APP": "wsgi",
            "DATABASE_URL": f"sqlite:///{scratch}/setia.sqlite",
            "REDIS_URL": f"unix://{scratch}/none.sock",
            "SETIA_SECRET": "0" * 64,
        }
        checks = {
            "style": "ruff check .",
            "formatting": "ruff format --check .",
            "types": "mypy",
            "layers": "lint-imports --no-cache",
            "migrations have one head": "flask db upgrade",  # refuses more than one
            "migrations make the models' tables": "flask db check",
        }
        failed = []
        for name, command in checks.items():
            print(f"--- {name}: {command}", flush=True)
            if subprocess.run(command.split(), cwd=ROOT, check=False).returncode != 0:
                failed.append(name)
    if failed:
        return say(f"\nlint failed: {', '.join(failed)}")
    print("\nlint passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
