"""The options of `python3 dev.py run`. Standard library alone: a wrong option is told before anything is installed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of `dev.py run`; a wrong one ends the process with a message."""
    parser = argparse.ArgumentParser(prog="dev.py run", description="Serve Setia: API, worker and clock.")
    parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1; 0 takes a free one (default: 8000)")
    parser.add_argument("--data", type=Path, default=Path("data"), help="where all is kept (default: ./data)")
    parser.add_argument("--no-demo", action="store_true", help="do not fill the community with a demonstration")
    parser.add_argument("--live", action="store_true", help="let the demonstration go on: something every few seconds")
    parser.add_argument("--api-workers", type=int, help="processes that serve (default: 1 on SQLite, else 2)")
    options = parser.parse_args(arguments)
    if options.live and options.no_demo:
        parser.error("--live lets the demonstration go on, so it does not go with --no-demo")
    if not 0 <= options.port <= 65535:
        parser.error("--port must be between 0 and 65535")
    if options.api_workers is not None and not 1 <= options.api_workers <= 64:
        parser.error("--api-workers must be between 1 and 64")
    options.data = options.data.resolve()
    return options
