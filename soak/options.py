"""The options of `python3 dev.py soak`. Standard library alone: a wrong option is told before anything is installed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

MOST = 10_000_000


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; a wrong one ends the process with a message. `kills` and `flushes` follow from the length."""
    parser = argparse.ArgumentParser(
        prog="dev.py soak", description="A long stream under fire: nothing lost or doubled."
    )
    parser.add_argument("--deliveries", type=int, default=20_000, help="how many are sent (default: 20000)")
    parser.add_argument("--data", type=Path, default=Path("data/soak"), help="where all is kept (default: ./data/soak)")
    parser.add_argument("--resume", action="store_true", help="go on with what was broken off in this folder")
    parser.add_argument("--minutes", type=float, default=240, help="send no longer than this at a time (default: 240)")
    parser.add_argument("--kills", type=int, help="how many processes are killed (default: 1 for 2,000, from 5 to 30)")
    parser.add_argument("--flushes", type=int, help="how often Redis is flushed (default: 1 for 10,000, from 1 to 5)")
    options = parser.parse_args(arguments)
    if not 1 <= options.deliveries <= MOST:
        parser.error(f"--deliveries must be between 1 and {MOST}")
    if options.kills is None:
        options.kills = min(30, max(5, options.deliveries // 2_000))
    if options.flushes is None:
        options.flushes = min(5, max(1, options.deliveries // 10_000))
    options.data = options.data.resolve()
    return options
