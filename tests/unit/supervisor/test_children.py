"""Real processes, since what is promised is promised by the kernel."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from supervisor.children import Child, KeptChild
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[3]
SLEEP = [sys.executable, "-c", f"import time; time.sleep({2 * PATIENCE})"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(60)"]


def is_gone(pid: int) -> bool:
    """A process that ended, though nobody may have asked for its exit status yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_ends_when_asked() -> None:
    child = Child("sleeper", SLEEP)

    assert child.stop(PATIENCE)
    assert child.exit_status() == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_killed_in_time(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as output:
        child = Child("deaf", DEAF, output=output)
    until(lambda: (tmp_path / "out").stat().st_size > 0)

    assert not child.stop(timeout=0.2)
    assert child.exit_status() == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    script = f"import subprocess, sys, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
    with (tmp_path / "out").open("wb") as output:
        child = Child("parent", [sys.executable, "-c", script], output=output)
    until(lambda: (tmp_path / "out").stat().st_size > 0)
    grandchild = int((tmp_path / "out").read_text())

    child.stop(PATIENCE)

    until(lambda: is_gone(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_child_ends_when_its_parent_is_killed() -> None:
    script = f"from supervisor.children import Child; print(Child('c', {SLEEP!r}).pid, flush=True); input()"
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)

        parent.kill()

    until(lambda: is_gone(child))


def test_a_kept_child_is_started_again_when_it_dies(capfd: pytest.CaptureFixture[str]) -> None:
    started: list[Child] = []

    def start() -> Child:
        started.append(Child("sleeper", SLEEP))
        return started[-1]

    kept = KeptChild(start)
    try:
        os.kill(started[0].pid, signal.SIGKILL)

        def begun_anew() -> bool:
            kept.look_after()
            return len(started) == 2

        until(begun_anew)
        assert started[1].exit_status() is None
        assert "sleeper ended with status -9" in capfd.readouterr().err
    finally:
        kept.stop(PATIENCE)


def test_a_child_that_dies_at_once_is_started_ever_more_seldom(capfd: pytest.CaptureFixture[str]) -> None:
    started: list[Child] = []

    def start() -> Child:
        started.append(Child("broken", [sys.executable, "-c", "raise SystemExit(3)"]))
        return started[-1]

    kept = KeptChild(start)

    def third_start() -> bool:
        kept.look_after()
        return len(started) == 3

    until(third_start)
    kept.stop(PATIENCE)
    assert capfd.readouterr().err.splitlines() == [f"broken ended with status 3; again in {s} s" for s in (1, 3)]
