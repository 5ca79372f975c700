"""How far the story is: kept in a file, so that a killed demonstration goes on, and shown to who waits."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")
_WIDTH = 28
_SAVE_EVERY = 0.5  # seconds; what was done since the last time is done again, which changes nothing


class Progress:
    """The instant at which the story ends, what it has to remember, and how many items of each step are done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text()) if path.exists() else {}
        self.now = datetime.fromisoformat(kept["now"]) if kept else datetime.now(UTC).replace(microsecond=0)
        self.members: dict[str, str] = kept.get("members", {})
        self.imports: dict[str, str] = kept.get("imports", {})
        self._done: dict[str, int] = kept.get("done", {})
        self._saved_at = 0.0

    def each(self, step: str, items: Sequence[Item], do: Callable[[Item], object]) -> None:
        """Do each item that an earlier start has not done, in their order."""
        with self._shown(step, len(items)) as show:
            for number in range(self._done.get(step, 0), len(items)):
                show(number)
                do(items[number])
                self._done[step] = number + 1
                if time.monotonic() > self._saved_at + _SAVE_EVERY:
                    self.save()
        self.save()

    def wait(self, step: str, total: int, done: Callable[[], int]) -> None:
        """Look on until as many as `total` are done."""
        with self._shown(step, total) as show:
            while (count := done()) < total:
                show(count)
                time.sleep(0.2)

    def save(self) -> None:
        """Write down how far it is: whole, or not at all."""
        kept: dict[str, Any] = {"now": self.now.isoformat(), "members": self.members, "imports": self.imports}
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps({**kept, "done": self._done}))
        draft.replace(self._path)
        self._saved_at = time.monotonic()

    @contextmanager
    def _shown(self, step: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar on a terminal while it goes on; a line with the count and the time when it is done."""
        began, width = time.monotonic(), _WIDTH if sys.stdout.isatty() else 0
        room = os.get_terminal_size().columns if width else 0

        def show(count: int) -> None:
            if width:
                filled = "#" * (count * width // max(total, 1))
                print(f"\r  {step:<30} [{filled:<{width}}] {count:>6}"[: room + 1], end="", flush=True)

        yield show
        line = f"  {step:<30} {total:>6}   {time.monotonic() - began:4.1f} s"
        print(f"\r{line:<{room}}" if width else line, flush=True)
