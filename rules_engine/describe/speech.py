"""One rulebook, spoken of in one language: its texts, and what its things are called inside a sentence.

Nobody who reads a description need hold anything, so a hidden badge is a surprise here and a private rule has no name.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine import words
from rules_engine.dates import spoken
from rules_engine.days import zone
from rules_engine.names import badge_name, currency_name, has_own_name, said
from rules_engine.rules import Rulebook


class Speech:
    """The language is English where it is not known."""

    def __init__(self, rulebook: Rulebook, language: str) -> None:
        self.rulebook = rulebook
        self.language = language if language in words.DESCRIBED else "en"
        self.texts = words.DESCRIBED[self.language]

    def rules(self, keys: Sequence[str]) -> str:
        """The rules by their names, without private ones."""
        found = [self.rulebook.rule(key) for key in keys]
        names = [said(one.name, self.language, one.key) for one in found if one is not None and one.tells != "private"]
        return self.join("or", [f"“{name}”" for name in names])

    def badge(self, key: str, level: int = 1) -> str:
        """A badge by the name of its level; a hidden one is not named."""
        badge = self.rulebook.badges.get(key)
        if badge is not None and badge.hidden:
            return self.texts["surprise_badge"]
        called = self.texts["badge"].format(badge=badge_name(self.rulebook, key, self.language, level))
        named = level == 1 or has_own_name(self.rulebook, key, level)
        return called if named else self.texts["level"].format(badge=called, level=level)

    def currency(self, key: str) -> str:
        """What points of the currency are called."""
        return currency_name(self.rulebook, key, self.language)

    def date(self, date: str | int) -> str:
        """An ISO date, or the local one of an instant."""
        return spoken(date if isinstance(date, str) else zone(self.rulebook.zone).day(date).label, self.language)

    def ordinals(self, levels: Sequence[int]) -> str:
        """`the 1st, 2nd and 3rd`, without the article."""
        if self.language == "ms":
            return self.join("and", [f"ke-{level}" for level in levels])
        return self.join("and", [_ordinal(level) for level in levels])

    def join(self, word: str, parts: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return self.texts[word].format(", ".join(parts[:-1]), parts[-1])


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
