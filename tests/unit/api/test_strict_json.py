"""JSON from anyone: what is no JSON, what can't be stored, what a number can't say exactly."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from api import strict_json
from api.strict_json import MAX_DEPTH, NotJson, Unacceptable


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"{'a': 1}", b"NaN", b"[Infinity]", b"\xff", b"[1] 2", b'"\x00"', b"\xef\xbb\xbf1"]
)
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(NotJson):
        strict_json.parse(raw)


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"a": {"b": ["x", "\\u0000"]}}', "/a/b/1"),
        (b'{"a~b/c": "\\udc00"}', "/a~0b~1c"),
        (b'{"\\u0000": 1}', ""),
        (b"[9007199254740993]", "/0"),
        (b"[-1e308]", "/0"),
        (b"1" + b"0" * 4000, ""),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "/0" * MAX_DEPTH),
    ],
)
def test_what_cannot_be_taken_is_named_by_its_place(raw: bytes, pointer: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        strict_json.parse(raw)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_a_surrogate_pair_is_a_character() -> None:
    assert strict_json.parse(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_the_greatest_exact_number_is_taken() -> None:
    assert strict_json.parse(b"[9007199254740992, 0.5, true]") == [2**53, 0.5, True]


@given(some.binary())
def test_no_bytes_make_it_fail_in_another_way(raw: bytes) -> None:
    with contextlib.suppress(NotJson, Unacceptable):
        strict_json.parse(raw)
