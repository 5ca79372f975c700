"""docs/api.md does what it says: its examples run, in its order, in a shell, against a service that just started."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.test_one_command import service
from tests.waiting import PATIENCE

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
MARK = "=== the next example ==="
DATE = """date() { python3 -c 'import sys, time; print(time.strftime(sys.argv[2][1:], time.gmtime()))' "$@"; }\n"""
"""`date -u +…` by the tests' clock, which every Python follows."""
Example = tuple[str, list[str]]
"""(commands, what each of them is said to print)."""


def examples() -> list[Example]:
    """The shell blocks, each with the answers of the block that follows it."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found: list[Example] = []
    for language, text in blocks:
        if language == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(values(text))
    return found


def values(text: str) -> list[Any]:
    """The JSON values that follow each other in a text; a line that is none stands for itself."""
    found: list[Any] = []
    decoder = json.JSONDecoder()
    while text := text.strip():
        try:
            value, end = decoder.raw_decode(text)
        except ValueError:
            value, end = text.partition("\n")[0], len(text.partition("\n")[0])
        found.append(value)
        text = text[end:]
    return found


def fits(said: Any, got: Any) -> bool:
    """Whether the answer is as the page says: `…` is anything, and there may be more fields than it shows."""
    if said == "…":
        return got is not None
    if isinstance(said, dict):
        return isinstance(got, dict) and all(name in got and fits(said[name], got[name]) for name in said)
    if said == ["…"]:
        return isinstance(got, list) and bool(got)
    if isinstance(said, list):
        return isinstance(got, list) and len(said) <= len(got) and all(map(fits, said, got))
    return bool(said == got)


def test_a_page_that_lies_does_not_fit() -> None:
    assert fits({"a": "…", "b": [1]}, {"a": 5, "b": [1, 2], "c": None})
    assert not fits({"a": 1}, {"a": 2})
    assert not fits({"a": "…"}, {"b": 1})
    assert not fits([1, 2], [1])


def test_every_example_of_the_api_document_answers_as_it_says(tmp_path: Path) -> None:
    missing = [tool for tool in ("timeout", "sh", "curl", "python3") if shutil.which(tool) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"no {missing[0]} here: the page cannot be tried")
    if missing:
        pytest.skip(f"no {missing[0]} here: the page cannot be tried")
    told = examples()
    script = DATE + f"\necho; echo '{MARK}'\n".join(commands for commands, _ in told)

    with service(tmp_path / "data", "--no-demo"):
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "READY": str(tmp_path / "data" / "ready.json")}
        shell = ["timeout", str(PATIENCE), "sh", "-e"]
        ran = subprocess.run(shell, input=script, env=environment, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr + ran.stdout
    printed = [values(part) for part in ran.stdout.split(MARK)]
    assert len(printed) == len(told)
    for (commands, said), got in zip(told, printed, strict=True):
        assert not said or fits(said, got), f"{commands}\nprinted\n{json.dumps(got, indent=1, ensure_ascii=False)}"
