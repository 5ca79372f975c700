"""What a process that serves or works sets once, when everything is loaded."""

from __future__ import annotations

import gc


def tune() -> None:
    """Let the garbage collector run by the batch. A batch makes many small lasting values and hardly a cycle: looking
    for cycles every 700 of them took a quarter of the time of recording.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
