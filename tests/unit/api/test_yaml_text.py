"""YAML in and out: one undoes the other, and what is no plain value is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.yaml_text import BadYaml, Place, read, write
from rules_engine.plain_json import MAX_NUMBER

ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
MARKS = st.characters(categories=[], include_characters="ab \n\r\t:-#'\"|>[]{},&*!%@`?~0123.eE")
TEXT = (
    st.text(ANY, max_size=150) | st.text(MARKS, max_size=12) | st.sampled_from(["on", "no", "yes", "2026-12-01", "007"])
)
LEAF = st.none() | st.booleans() | st.integers(-MAX_NUMBER, MAX_NUMBER) | TEXT
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(VALUE)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert read(write(value).encode()).value == value


def test_a_whole_rulebook_is_written_as_people_would_and_read_again() -> None:
    rulebook = json.loads((Path(__file__).parents[3] / "demo/community.json").read_text())["rulebook"]
    text = write(rulebook)
    assert read(text.encode()).value == rulebook
    assert "  on: answer_accepted\n" in text
    assert "  limits: [{times: 3, per: day}]\n" in text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: no", {"on": "no"}),
        ("- yes\n- off\n- 2026-12-01\n- 0x1f\n- 1_000\n- 007", ["yes", "off", "2026-12-01", "0x1f", "1_000", "007"]),
        ("[1, -2, true, null, ~, '1', \"true\"]", [1, -2, True, None, None, "1", "true"]),
        ("1: one\ntrue: two", {"1": "one", "true": "two"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("# nothing but a comment", None),
        ("- 1.5\n- 1e3\n- 1.", [1.5, 1000.0, "1."]),
    ],
)
def test_a_bare_word_is_a_text_unless_json_has_it(text: str, value: Any) -> None:
    assert read(text.encode()).value == value


@pytest.mark.parametrize(
    ("data", "line", "code", "word"),
    [
        (b"a: 1\nb: 2\na: 3", 3, "duplicate", '"a"'),
        (b"a: &x [1]\nb: *x", 1, "bad_yaml", "anchors"),
        (b"a:\n  !!python/object/apply:os.system [ls]", 2, "bad_yaml", "tags"),
        (b"a: 1\n---\nb: 2", 2, "bad_yaml", "another"),
        (b"a: [1,\nb: }", 2, "bad_yaml", "YAML"),
        (b"a: 1\n? [b]\n: c", 2, "bad_yaml", "word"),
        (b"a: 1\nb: \xff", 2, "bad_yaml", "UTF-8"),
        (b"a: \x01", 1, "bad_yaml", "YAML"),
        (b"a:\n- " + b"[" * 100 + b"]" * 100, 2, "too_deep", "levels"),
        (b"a:\n" + b"[" * 100_000, 2, "bad_yaml", "YAML"),
        (b" " * 1_000_001, 1, "too_large", "bytes"),
    ],
    ids=[
        "twice",
        "anchor",
        "tag",
        "two documents",
        "syntax",
        "no word",
        "no text",
        "control",
        "deep",
        "endless",
        "large",
    ],
)
def test_what_is_no_plain_value_is_refused_with_its_line(data: bytes, line: int, code: str, word: str) -> None:
    with pytest.raises(BadYaml) as refused:
        read(data)
    assert (refused.value.place.line, refused.value.code) == (line, code)
    assert word in refused.value.detail


def test_a_bomb_of_aliases_is_never_unfolded() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(BadYaml, match="anchors"):
        read(bomb.encode())


def test_each_value_has_the_place_of_its_name() -> None:
    places = read(b"on: post_created\nlimits:\n  - {times: 5,\n     per: day}\n").places
    assert places["/on"] == Place(1, 1)
    assert places["/limits/0"] == Place(3, 5)
    assert places["/limits/0/per"] == Place(4, 6)
