"""Log lines: JSON for machines, columns for a person at a terminal; our own lines and the libraries' in one stream.

A line is an event and the ids that belong to it, so that one activity can be followed from its hook to its booking:
`request_id`, `delivery`, `facts`, `notice`, `job_id`. Lines go to standard error; what a command prints stays apart.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

OURS = ("api", "jobs", "telemetry")
"""The packages that follow the level asked for; libraries are heard from warnings on."""


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is now: tests and daemons exchange it."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _value: TextIO) -> None:
        """There is nothing to set."""


def configure(level: str, *, readable: bool | None = None) -> None:
    """Log from `level` (one of Python's names) on. `readable`: columns; else JSON; None: as standard error is."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    told: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without local variables, which hold keys and bodies.
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*told, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # a worker configures after its modules are loaded
    )
    if readable is None:
        readable = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *told],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, _StandardError)] + [handler]
    for name in OURS:
        logging.getLogger(name).setLevel(threshold)
