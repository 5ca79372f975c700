"""Whatever is said to be a rulebook: it is one, or each thing wrong with it has a code, a place and a sentence.

Documents are good ones, spoilt: parts left out, renamed, doubled, exchanged, or replaced by what nobody would write.
"""

from __future__ import annotations

import ast
import copy
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from api.languages import told
from rules_engine import document as reading
from rules_engine import plain_json
from rules_engine.errors import CODES, Problem, RulebookRefused, Sentence
from rules_engine.facts import Fact
from rules_engine.fields import KINDS
from rules_engine.fold import Era, fold
from rules_engine.parse import parse, render, run_examples
from rules_engine.standing import Standing
from tests.properties.timelines import ADA, FIRST_DOCUMENT, timelines

ROOT = Path(__file__).parents[2]


def _good() -> list[Any]:
    stories = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "tests/rules").glob("*.yaml"))]
    return [story["rulebook"] for table in stories for story in table]


def _within(document: Any) -> Iterator[Any]:
    """Every field name and every value of a document."""
    if isinstance(document, dict):
        yield from document
        document = list(document.values())
    for item in document if isinstance(document, list) else ():
        yield from _within(item)
    yield document


GOOD = [FIRST_DOCUMENT, *_good()]
WORDS = sorted({one for document in GOOD for one in _within(document) if isinstance(one, str)})
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        [0, -1, 2**53, 2**53 + 1, 10**400, 1.5, float("nan"), float("inf"), b"bytes", {1, 2}, object(), 1j]
    ),
    st.sampled_from([dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.timedelta(1), ("a",), range(3)]),
    st.sampled_from(
        ["data.length", "2026-02-30", "366d", "2026-12-01T00:00:00Z", "\0", "\ud800", "{x}", "x" * 5_000, ""]
    ),
    st.sampled_from(WORDS),
    st.text(max_size=20),
)
NAMES = st.sampled_from([*WORDS, True, None, 1, ("a", "b")]) | st.text(max_size=300)
JUNK = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A good document after a few wrongs."""
    document = copy.deepcopy(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        holder, step = draw(st.sampled_from(_places(document)))
        wrong = draw(st.sampled_from(["replace", "remove", "rename", "double", "exchange", "add", "cycle"]))
        if wrong == "replace":
            holder[step] = draw(JUNK)
        elif wrong == "remove":
            del holder[step]
        elif wrong == "rename" and isinstance(holder, dict):
            holder[draw(NAMES)] = holder.pop(step)
        elif wrong == "double" and isinstance(holder, list):
            holder.append(copy.copy(holder[step]))
        elif wrong == "exchange":
            other, place = draw(st.sampled_from(_places(document)))
            holder[step], other[place] = other[place], holder[step]
        elif wrong == "add" and isinstance(holder, dict):
            holder[draw(st.sampled_from(WORDS))] = draw(JUNK)
        elif wrong == "cycle":
            holder[step] = holder
            break  # nothing can walk it any more
        if not _places(document):
            break
    return document


def _places(document: Any, held: tuple[int, ...] = ()) -> list[tuple[Any, Any]]:
    """Every (holder, step) of a document, not into itself."""
    if id(document) in held or not isinstance(document, (dict, list)):
        return []
    steps = list(document) if isinstance(document, dict) else list(range(len(document)))
    below = [place for step in steps for place in _places(document[step], (*held, id(document)))]
    return [(document, step) for step in steps] + below


def problems_of(document: Any) -> list[Problem]:
    try:
        rulebook = parse(document, KINDS)
    except RulebookRefused as refused:
        return refused.problems or [Problem("", "none", Sentence("refused without a word"))]
    assert render(parse(render(rulebook), KINDS)) == render(rulebook)
    return run_examples(rulebook)


def leads_somewhere(document: Any, pointer: str) -> bool:
    """Whether the pointer names a place of the document."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, dict) and name == "on" and True in document:
            document = document[True]
        else:
            return False
    return pointer == "" or pointer.startswith("/")


def check(document: Any) -> None:
    for problem in problems_of(document):
        assert problem.code in CODES
        assert leads_somewhere(document, problem.pointer), problem
        assert problem.detail.strip()
        assert told(problem.detail, "en") == problem.detail
        assert told(problem.detail, "ms").strip()


@given(spoilt())
def test_a_spoilt_rulebook_is_refused_with_codes_places_and_sentences(document: Any) -> None:
    check(document)


@settings(max_examples=400)
@given(spoilt(), timelines(most=5))
def test_a_spoilt_rulebook_that_still_is_one_folds(document: Any, facts: list[Fact]) -> None:
    try:
        rulebook = parse(document, KINDS)
    except RulebookRefused:
        return
    fold([Era(0, rulebook, "UTC")], ADA, Standing.new(), facts, facts[-1].at)


@settings(max_examples=400)
@given(JUNK)
def test_what_was_never_a_rulebook_is_refused_likewise(document: Any) -> None:
    check(document)
    check({"rules": document, "badges": document, "tiers": document, "boards": document, "currencies": document})
    check({"rules": [{"key": "a", "on": "post_created", "gives": document, "when": document, "limits": document}]})


def _deep(levels: int) -> Any:
    condition: Any = {"field": "kind", "is": "post_created"}
    for _ in range(levels):
        condition = {"not": condition}
    return {"rules": [{"key": "a", "on": "post_created", "gives": {"points": 1}, "when": condition}]}


def _own_child() -> Any:
    rule: dict[str, Any] = {"key": "a", "on": "post_created", "gives": {"points": 1}}
    rule["when"] = {"not": rule}
    return {"rules": [rule]}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"rules": [{}] * (plain_json.MAX_ITEMS + 1)}, "too_large"),
        ({"rules": [{"key": "a", "x": [[0] * 5_000] * 100}]}, "too_large"),
        ({"rules": [{"name": {"en": "x" * 4_000}}] * 2_001}, "too_large"),
        ({str(number): 0 for number in range(plain_json.MAX_FIELDS + 1)}, "too_large"),
        ({"a\0b": 1}, "bad_text"),
        ({"x" * 300: 1}, "too_long"),
        ({"rules": [{"key": "a", "on": "post_created", "gives": {"points": 1}, "examples": None}]}, "wrong_type"),
        ({"rules": [{"key": "a", "on": []}]}, "too_small"),
        (_deep(9), "too_deep"),
        (_deep(10_000), "too_deep"),
        (_own_child(), "too_deep"),
        ({"badges": [{"key": "a", "needs": {"badges": ["b"]}}, {"key": "b", "needs": {"badges": ["a"]}}]}, "cycle"),
        (
            {
                "badges": [{"key": "a", "needs": {"tier": "high"}}],
                "tiers": {"levels": [{"key": "high", "reach": 1, "needs_badges": ["a"]}]},
            },
            "cycle",
        ),
    ],
    ids=[
        "items",
        "values",
        "characters",
        "fields",
        "name",
        "long name",
        "nothing",
        "no activity",
        "conditions",
        "depth",
        "itself",
        "badges",
        "badge and tier",
    ],
)
def test_huge_deep_cyclic_and_odd_documents_are_refused_with_their_place(document: Any, code: str) -> None:
    found = problems_of(document)
    assert code in {problem.code for problem in found}
    assert len(found) <= reading.MAX_PROBLEMS
    check(document)


def test_every_code_is_explained_and_no_other() -> None:
    told_of = set()
    for path in (ROOT / "rules_engine").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = {"refuse": 0, "book": 1, "stop": 1, "Problem": 1}.get(name)
                said = node.args[place : place + 1] if place is not None else []
                told_of |= {one.value for code in said for one in ast.walk(code) if _is_code(one, code)}
                if name == "choice":
                    told_of |= {one.value for one in node.args[1:] if isinstance(one, ast.Constant)}
    assert told_of | {"unknown_value"} == set(CODES)


def _is_code(node: ast.AST, inside: ast.AST) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_text and isinstance(inside, (ast.Constant, ast.IfExp))
