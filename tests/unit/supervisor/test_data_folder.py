import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from supervisor import data_folder
from supervisor.data_folder import FolderTaken
from tests.waiting import PATIENCE

HOLD = (
    "import fcntl, os, sys, time; fcntl.flock(os.open(sys.argv[1], os.O_RDWR), 2); print(flush=True); time.sleep(0.7)"
)


def test_a_second_supervisor_is_refused_at_once_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    children = data_folder.take(tmp_path)

    with pytest.raises(FolderTaken, match=f"process {os.getpid()}"):
        data_folder.take(tmp_path)

    os.close(children)


def test_children_of_a_killed_supervisor_are_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "children.lock"
    lock.touch()
    with subprocess.Popen([sys.executable, "-c", HOLD, lock], stdout=subprocess.PIPE) as leftover:
        assert leftover.stdout is not None
        leftover.stdout.readline()

        taken = data_folder.take(tmp_path)

        assert leftover.wait(PATIENCE) == 0
    os.close(taken)


def test_the_secret_is_made_once_and_is_for_the_owner_alone(tmp_path: Path) -> None:
    first = data_folder.secret(tmp_path)

    assert data_folder.secret(tmp_path) == first
    assert len(bytes.fromhex(first)) == 32
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
