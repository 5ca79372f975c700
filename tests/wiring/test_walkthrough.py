"""The walkthrough is true: what it names is called, in the order in which it names it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.draining import drain_all
from tests.hooks import ADA, BEN, Hook, message, reaction
from tests.http import World, world

__all__ = ["world"]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "walkthrough.md").read_text()
RULEBOOK = {
    "rules": [
        {
            "key": "helpful",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "gives": [{"points": 5}, {"badge": "kind"}],
        }
    ],
    "badges": [{"key": "kind", "name": {"en": "Kind", "ms": "Baik hati"}}],
}

Call = tuple[str, str]
"""(file, function)."""


def stops() -> list[list[Call]]:
    """What each of the eight stops names."""
    parts = re.split(r"^## \d\. .*$", PAGE, flags=re.MULTILINE)[1:]
    return [re.findall(r"^- `([\w/]+\.py): (\w+)`", part, re.MULTILINE) for part in parts]


@pytest.fixture
def called(world: World) -> list[Call]:
    """The project's functions, in the order in which they were first called while one reaction travelled."""
    world.publish(RULEBOOK)
    hook = Hook(world, "telegram")
    assert hook.telegram(message=message(7, ADA)).status_code == 200
    drain_all(world.app)
    seen: dict[Call, None] = {}

    def watch(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            seen.setdefault((frame.f_code.co_filename[len(str(ROOT)) + 1 :], frame.f_code.co_name))

    sys.setprofile(watch)
    try:
        assert hook.telegram(message_reaction=reaction(7, BEN, "👍")).status_code == 200
        drain_all(world.app)
    finally:
        sys.setprofile(None)
    return list(seen)


def test_there_are_eight_stops_and_each_names_where_it_happens() -> None:
    assert len(stops()) == 8
    assert all(stops())


def test_every_function_of_the_walkthrough_is_called_in_its_order(called: list[Call]) -> None:
    told = [call for stop in stops() for call in stop]

    assert [call for call in told if call not in called] == []
    assert sorted(told, key=called.index) == told
