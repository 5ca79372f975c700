"""The texts that members read of rules, a module for each language: `TOLD` of what happened, `DESCRIBED` of what is.

What was told and what comes next share one table, rulebooks in plain sentences have another; both languages have the
same keys. A language that is not known reads English. Activities are put into words by `deeds`, dates by `dates`,
refusals are translated where they are told.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules_engine.words import en, ms

TOLD = {"en": en.TOLD, "ms": ms.TOLD}
DESCRIBED = {"en": en.DESCRIBED, "ms": ms.DESCRIBED}


def told(language: str) -> Mapping[str, str]:
    """The texts for what happened to a member and what comes next."""
    return TOLD.get(language, TOLD["en"])


def numbered(texts: Mapping[str, str], form: str, number: int) -> str:
    """The text for that many: its singular for one, in a language that has it."""
    return texts.get(f"{form}_one", texts[form]) if number == 1 else texts[form]
