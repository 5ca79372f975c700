"""Short folders are gone with whoever used them, and only then."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from supervisor.short_folder import PREFIX, short_folder

HOLD = """
import sys
from supervisor.short_folder import short_folder
with short_folder() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def hold() -> tuple[subprocess.Popen[str], Path]:
    """Another process with a folder of its own."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", HOLD], text=True, **pipes)  # type: ignore[call-overload]
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_gone_after_its_use() -> None:
    with short_folder() as folder:
        (folder / "v").touch()
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_what_a_killed_process_left_is_taken_away_and_what_is_in_use_stays(tmp_path: Path) -> None:
    killed, left = hold()
    living, used = hold()
    foreign = tmp_path / f"{PREFIX}foreign"
    foreign.mkdir()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert left.exists()
    try:
        with short_folder() as folder:
            assert not left.exists()
            assert used.exists()
            assert foreign.exists(), "nothing says that it is ours"
            assert folder.exists()
    finally:
        living.communicate()
    assert not used.exists()
