"""Log lines: JSON for machines, columns for a person at a terminal; our own lines and the libraries' in one stream.

A line is an event and the ids that belong to it, so that one activity can be followed from its hook to its booking:
`request_id`, `deliveries`, `facts`, `notices`, `job_id`. Lines go to standard error; what a command prints stays apart.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import orjson
import structlog


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is now: tests and daemons exchange it."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _value: TextIO) -> None:
        """There is nothing to set."""


def configure(level: str, *, readable: bool | None = None) -> None:
    """Log from `level` (one of Python's names) on, of libraries from warnings on. `readable`: columns; else JSON; None:
    as standard error is.
    """
    told: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without local variables, which hold keys and bodies.
        structlog.processors.format_exc_info,
    ]
    if readable is None:
        readable = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(serializer=_json)
    )
    structlog.configure(
        processors=[*told, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # Straight to the stream: by way of the standard library a line takes five times as long.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,  # a worker configures after its modules are loaded
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


def _json(line: Any, **options: Any) -> str:
    return orjson.dumps(line, **options).decode()
