"""Runs the benchmarks named on the command line, all without a name, each on a fresh PostgreSQL database."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks
from tests import postgres

# What a server in production does at a commit: a floor that skips it would flatter nobody but the floor.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "512MB"}


def main(names: list[str]) -> int:
    """Answers the exit status: 2 for a name that there is not."""
    there = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name[0] != "_")
    unknown = set(names) - set(there)
    if unknown:
        print(f"there is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(there)}", file=sys.stderr)
        return 2
    with postgres.cluster(DURABLE) as cluster:
        for name in names or there:
            print(f"\n=== {name} (postgresql {cluster.version}, own cluster, durable)", flush=True)
            importlib.import_module(f"benchmarks.{name}").main(cluster.create(f"bench_{name}"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
