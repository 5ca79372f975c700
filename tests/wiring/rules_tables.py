"""The tables of `docs/rules.md` that follow from the engine's catalogue: `python3 dev.py docs` writes them anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rules_engine import (
    badges,
    challenges,
    conditions,
    diversity,
    examples,
    fields,
    limits,
    parse,
    parse_rule,
    plain_json,
)
from rules_engine import tiers as ladder
from rules_engine.errors import CODES
from rules_engine.forms import FORMS

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
_TABLE = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def rewritten(text: str) -> str:
    """The page with its tables as they follow from the engine."""
    made = tables()
    return _TABLE.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", text)


def tables() -> dict[str, str]:
    """Each table by its name."""
    return {
        "operators": _table(("type", "questions"), ((name, _words(words)) for name, words in fields.OPERATORS.items())),
        "fields": _table(
            ("field", "type", "means", "maksudnya", "such as"),
            (
                (f"`{one.name}`", one.type, one.label["en"], one.label["ms"], f"`{json.dumps(one.example)}`")
                for one in fields.catalogue(())
            ),
        )
        + "\nand `data.<name>`, what the [activity](#activities) itself says.\n",
        "forms": _table(
            ("word", "means", "maksudnya", "such as"),
            (
                (f"`{word}`", form.label["en"], form.label["ms"], f"`{json.dumps(form.example)}`")
                for word, form in FORMS.items()
                if form.example is not None
            ),
        ),
        "kinds": _table(
            ("activity", "means", "maksudnya", "`data`"),
            (
                (f"`{kind.key}`", kind.name["en"], kind.name["ms"], _typed(kind.fields))
                for kind in sorted(fields.KINDS.values())
            ),
        ),
        "icons": f"The pictures: {_words(badges.ICONS)}.\n",
        "codes": _table(("code", "means"), ((f"`{code}`", meaning) for code, meaning in CODES.items())),
        "bounds": _table(("", "at most"), ((what, f"{most:,}") for what, most in _BOUNDS)),
    }


_BOUNDS = (
    ("rules", parse.MAX_RULES),
    ("badges", parse.MAX_BADGES),
    ("tiers", ladder.MAX_LEVELS),
    ("boards", parse.MAX_BOARDS),
    ("currencies", parse.MAX_CURRENCIES),
    ("activities of one rule", parse_rule.MAX_KINDS),
    ("gifts of one rule", parse_rule.MAX_GIVES),
    ("limits of one rule", limits.MAX_LIMITS),
    ("conditions of one rule", conditions.MAX_CONDITIONS),
    ("conditions in conditions", conditions.MAX_NESTING),
    ("steps of a challenge", challenges.MAX_STEPS),
    ("different ones that a rule remembers", diversity.MOST),
    ("different ones that all rules remember", diversity.MOST_TOGETHER),
    ("examples of one rule", examples.MAX_EXAMPLES),
    ("levels of nesting", plain_json.MAX_DEPTH),
    ("values in all", plain_json.MAX_NODES),
    ("characters in all", plain_json.MAX_CHARACTERS),
)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _typed(types: dict[str, str]) -> str:
    return ", ".join(f"`{name}` ({type_})" for name, type_ in sorted(types.items()))


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text()))
