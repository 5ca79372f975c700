"""Everything a worker would do by now, done here and at once.

The first thing that cannot be carried out is raised, where a worker would put it off.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Flask

from jobs import backtests, imports, relay, schedule, walks
from jobs.app import service


def drain_all(app: Flask) -> None:
    """Do all that is due with the jobs' own code, inline."""
    with app.app_context():
        schedule.bring_forward()
        imports.drain(service(), failed=_raise)
        relay.drain(service(), failed=_raise)
        for part in walks.begin(service(), failed=_raise):
            walks.go(service(), part)
        relay.drain(service(), failed=_raise)
        backtests.drain(service(), failed=_raise)
        schedule.build_boards()


def _raise(what: str, error: Exception) -> NoReturn:
    error.add_note(f"while carrying out {what}")
    raise error
