"""JSON as it may come from anyone: what can't be stored, or said exactly, is refused with its place.

Python's own reader takes NaN, numbers of any size, U+0000 and lone surrogates; each of them would surface later as an
error that nobody can act on. Depth is bounded, so no document exhausts the stack.
"""

from __future__ import annotations

import json
from typing import Any

from loyalty.errors import Problem, step
from loyalty.json_faults import StandsTwice, each_once, fault, refuse_constant
from rules_engine.errors import Sentence

MAX_DEPTH = 32
MAX_NUMBER = 2**53
MAX_PROBLEMS = 20


class NotJson(ValueError):
    """The bytes are no JSON document; `fault` says why."""

    def __init__(self, fault: Sentence) -> None:
        super().__init__(fault)
        self.fault = fault


class Unacceptable(ValueError):
    """It is JSON, but `problems` names what can't be taken."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("unacceptable JSON")
        self.problems = problems


def parse(raw: bytes) -> Any:
    """The document in `raw` (UTF-8). Raises `NotJson` or `Unacceptable`."""
    try:
        document = json.loads(raw.decode("utf-8"), parse_constant=refuse_constant, object_pairs_hook=each_once)
    except StandsTwice as error:
        raise Unacceptable([Problem("", fault(error))]) from None
    except RecursionError:
        raise Unacceptable([Problem("", Sentence("nested deeper than {most} levels", most=MAX_DEPTH))]) from None
    except ValueError as error:
        raise NotJson(fault(error)) from None
    # Only an escape can smuggle in U+0000 or half a surrogate pair: raw ones are not JSON, or not UTF-8.
    problems: list[Problem] = []
    _check(document, "", 0, b"\\u" in raw, problems)
    if problems:
        raise Unacceptable(problems)
    return document


def _check(value: Any, pointer: str, depth: int, escaped: bool, problems: list[Problem]) -> None:
    if len(problems) >= MAX_PROBLEMS:
        return
    if isinstance(value, str):
        if escaped and (reason := _bad_text(value)):
            problems.append(Problem(pointer, reason))
    elif isinstance(value, dict):
        if depth == MAX_DEPTH:
            problems.append(Problem(pointer, Sentence("nested deeper than {most} levels", most=MAX_DEPTH)))
            return
        for name, item in value.items():
            if escaped and (reason := _bad_text(name)):
                problems.append(Problem(pointer, Sentence("a field's name: {reason}", reason=reason)))
            else:
                _check(item, pointer + step(name), depth + 1, escaped, problems)
    elif isinstance(value, list):
        if depth == MAX_DEPTH:
            problems.append(Problem(pointer, Sentence("nested deeper than {most} levels", most=MAX_DEPTH)))
            return
        for index, item in enumerate(value):
            _check(item, f"{pointer}/{index}", depth + 1, escaped, problems)
    elif isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        problems.append(Problem(pointer, Sentence("numbers go up to 2^53; send a larger one as text")))


def _bad_text(text: str) -> Sentence | None:
    if "\x00" in text:
        return Sentence("U+0000 can't be stored")
    if any("\ud800" <= character <= "\udfff" for character in text):
        return Sentence("half of a surrogate pair is no character")
    return None
