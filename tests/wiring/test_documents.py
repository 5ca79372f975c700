"""What the documents say is there is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    folders = "api|benchmarks|demo|jobs|loyalty|rules_engine|soak|supervisor|telemetry|tests"
    named = re.findall(rf"`((?:{folders})/[\w/.-]*)`", text)
    linked = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not link.startswith("<")]

    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [link for link in linked if not (ROOT / document).parent.joinpath(link).exists()]

    assert missing == []


def test_the_commands_are_explained_without_anything_installed() -> None:
    bare = [sys.executable, "-S", "dev.py", "help"]  # -S: no site-packages

    answer = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for command in ("run", "test", "soak", "bench", "screenshot", "docs", "lint", "env", "help"):
        assert re.search(rf"^  {command}\b", answer, re.MULTILINE), command


def test_a_mistyped_option_is_told_before_anything_is_installed() -> None:
    bare = [sys.executable, "-S", "dev.py", "run", "--prot", "8000"]

    answer = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 2
    assert "--prot" in answer.stderr
