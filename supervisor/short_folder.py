"""Short folders for sockets, of which none outlives its use: a unix socket's path has 107 bytes at most.

A folder is in use for as long as somebody holds the lock in it, and the kernel lets go of the locks of whoever is
killed. So each new one takes away those of the same person that nobody uses any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "setia-"
_LOCK = "in-use"


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder for our eyes alone, gone after the block; one whose process was killed goes when the next is made."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    new = folder / "new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(folder / _LOCK)  # with its lock held: nobody ever sees it free
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep() -> None:
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}"):
        try:
            file = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:  # gone meanwhile, or somebody else's
            continue
        try:
            if os.fstat(file).st_uid == os.getuid():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except BlockingIOError:
            continue  # in use
        finally:
            os.close(file)
