"""Child processes that never outlive the process that started them, and such that are started again when they die.

Each child leads a process group of its own, so that Ctrl-C in a terminal reaches its parent alone, which then ends its
children in an order of its choosing. On Linux the kernel also ends a child whose parent was killed; elsewhere only an
orderly end is promised. Used by the supervisor and by the tests and benchmarks for the servers that they start.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: nothing may be imported between fork and exec


class Child:
    """One child process and its group. It must be started from the main thread: Linux watches that thread's life."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        output: IO[bytes] | None = None,
        keeps_open: Sequence[int] = (),
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start `command`.

        `user` is whom to run it as (needs root), `keeps_open` are file descriptors that it inherits, `stop_signal` asks
        it to end in good order.
        """
        self.name = name
        self._stop_signal = stop_signal
        parent = os.getpid()

        def end_with_parent() -> None:
            if sys.platform == "linux":
                _libc.prctl(_PR_SET_PDEATHSIG, stop_signal)
                if os.getppid() != parent:  # it died before the kernel was told
                    os._exit(1)

        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            user=user,
            group=None if user is None else _group_of(user),
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            pass_fds=keeps_open,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  # it takes no lock that a thread could hold
        )

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._process.pid

    def exit_status(self) -> int | None:
        """None while it runs; else its exit status, negative when a signal ended it."""
        return self._process.poll()

    def stop(self, timeout: float) -> bool:
        """Ask it to end, wait `timeout` seconds, then kill what is left of its group. Whether it ended when asked."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(timeout)
            obeyed = True
        except subprocess.TimeoutExpired:
            obeyed = False
        with contextlib.suppress(ProcessLookupError):  # the whole group is gone: what we want
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        return obeyed


class KeptChild:
    """A child that is started again when it dies: later each time, up to half a minute, unless it had lived steadily.

    It watches only while somebody calls `look_after`.
    """

    STEADY_AFTER = 60  # seconds
    LONGEST_PAUSE = 30

    def __init__(self, start: Callable[[], Child]) -> None:
        """Start it for the first time. Whatever `start` raises, it raises."""
        self._start = start
        self._failures = 0
        self._again_at: float | None = None
        self._begin()

    def look_after(self) -> None:
        """Start it again if it is dead and its pause is over; says so on standard error."""
        status = self._child.exit_status()
        if status is None:
            return
        now = time.monotonic()
        if self._again_at is None:
            self._child.stop(timeout=0)  # what it left of its group would be in the way of the next
            self._failures = 0 if now - self._began_at > self.STEADY_AFTER else self._failures + 1
            pause = min(2**self._failures - 1, self.LONGEST_PAUSE)
            self._again_at = now + pause
            print(f"{self._child.name} ended with status {status}; again in {pause} s", file=sys.stderr, flush=True)
        if now >= self._again_at:
            self._begin()

    def stop(self, timeout: float) -> None:
        """End it in good order; one that does not end in time is killed, and that is said."""
        if not self._child.stop(timeout):
            print(f"{self._child.name} did not end within {timeout} s and was killed", file=sys.stderr, flush=True)

    def _begin(self) -> None:
        self._child = self._start()
        self._began_at = time.monotonic()
        self._again_at = None


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid
