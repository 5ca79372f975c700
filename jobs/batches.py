"""Work on many things at once that does not let a broken one hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def all_or_each(
    items: Sequence[Item], work: Callable[[Sequence[Item]], None], put_off: Callable[[Item, Exception], None]
) -> None:
    """Do the work on all at once; when that fails on each alone, and put off those that still fail."""
    try:
        work(items)
    except Exception as error:  # noqa: BLE001  # whatever it is, the others are not to wait for it
        if len(items) == 1:
            put_off(items[0], error)
            return
        for item in items:
            all_or_each([item], work, put_off)
