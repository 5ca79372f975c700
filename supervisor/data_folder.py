"""What lies in the data folder besides databases: who holds it, and what only its owner may read."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from pathlib import Path

FREE_WITHIN = 15  # seconds, for the children of a supervisor that was killed to end


class FolderTaken(Exception):
    """Another service runs on this folder."""


def take(data: Path) -> int:
    """Take the folder, which must exist, for this process and its children. Raises `FolderTaken`.

    Answers a file descriptor for the children to inherit. There are two locks: one tells at once whether another
    supervisor lives; the other is held by its children too, and is waited for where it was killed and they are ending.
    """
    own = os.open(data / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(own, 20, 0).decode()
        raise FolderTaken(f"another one runs on {data} (process {holder})") from None
    os.ftruncate(own, 0)
    os.pwrite(own, str(os.getpid()).encode(), 0)
    shared = os.open(data / "children.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + FREE_WITHIN
    while True:
        try:
            fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise FolderTaken(f"processes of an earlier start still use {data}") from None
            time.sleep(0.1)
        else:
            return shared


def secret(data: Path) -> str:
    """The root of every key that the service derives: made once, needed for as long as the data is."""
    path = data / "secret"
    if not path.exists():
        write_private(path.with_suffix(".new"), secrets.token_hex(32)).replace(path)
    return path.read_text()


def empty(folder: Path) -> Path:
    """Make the folder anew. What the processes of the last start left in it is about nobody who lives."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def write_private(path: Path, text: str) -> Path:
    """Write a file that nobody but its owner may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path
