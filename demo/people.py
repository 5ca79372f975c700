"""Who is in the community: two hundred people with names as they are met in Malaysia, each with habits of their own.

The same list each time. The first ones do the most; the last ones have only just come. Nobody here is real.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path

NAMES: list[str] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Person:
    """One member. `drive` says how much they do on a day (1: a regular), `since` the day of the story they came."""

    number: int
    name: str
    language: str
    drive: float
    since: int
    telegram: bool
    forum: bool

    @property
    def key(self) -> str:
        """Their id in the community's own app: `aisyah-rahman`."""
        return self.name.lower().replace(" ", "-")


def count() -> int:
    """How many there are: all two hundred, or fewer where `SETIA_DEMO_MEMBERS` says so, for a quick look."""
    return min(int(os.environ.get("SETIA_DEMO_MEMBERS") or len(NAMES)), len(NAMES))


def people(count: int, days: int) -> list[Person]:
    """`count` people who came in the course of so many days, in the order of what they do."""
    dice = random.Random(1963)  # noqa: S311  # the same people each time
    found = []
    for number, name in enumerate(NAMES[:count]):
        place = number / count
        since = 0 if place < 0.3 else dice.randrange(days - 7)
        on_telegram, on_forum = dice.random() < 0.9, dice.random() < 0.8
        found.append(
            Person(
                number,
                name,
                language="en" if dice.random() < 0.35 else "ms",
                drive=0.9 * (1 - place) ** 4 + 0.06,
                since=days - 1 - dice.randrange(7) if place > 0.94 else since,
                telegram=on_telegram or not on_forum,
                forum=on_forum or place < 0.1,
            )
        )
    return found
