"""The moment at which the tests take place: for all of them, and for every Python process they start, the same one.

What a test finds on a day in spring it finds on New Year's Eve. `--at` has them take place at another moment.
"""

from __future__ import annotations

import importlib
import os
import time
from datetime import datetime
from pathlib import Path

USUAL = "2026-11-25T12:00:01Z"
"""A Wednesday at noon, far from the edges of a minute, a day, a week and a month."""
_CHILDREN = Path(__file__).parent / "children"


def begin(at: str) -> None:
    """Set the clock of this process, and of those that it will start, to an RFC 3339 time; it goes on from there."""
    ahead = datetime.fromisoformat(at).timestamp() - time.time()
    os.environ["TESTS_AHEAD_BY"] = str(ahead)  # in seconds, for `children/sitecustomize.py`
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_CHILDREN), os.environ.get("PYTHONPATH"))))
    importlib.import_module("tests.moment.children.sitecustomize")
