"""The measures of several processes are one sum, and children that come and go leave no file each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os
from telemetry import metrics
from prometheus_client import generate_latest

metrics.NOTICES.labels("board", "put_off").inc()
for _ in range(3):
    child = os.fork()
    if not child:
        metrics.forked(os.getppid())
        metrics.NOTICES.labels("board", "carried_out").inc(2)
        os._exit(0)
    os.waitpid(child, 0)
print(generate_latest(metrics.registry()).decode())
"""


def test_processes_add_up_and_children_share_their_files(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    told = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    assert 'setia_notices_total{kind="board",outcome="put_off"} 2.0' in told[1]
    assert 'setia_notices_total{kind="board",outcome="carried_out"} 12.0' in told[1]
    assert len(list(tmp_path.iterdir())) == 4  # of each program its own, and one for all its children
