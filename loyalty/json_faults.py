"""Why bytes are no JSON, as a sentence with the place, for whoever reads documents that anybody may have written."""

from __future__ import annotations

from json import JSONDecodeError
from typing import NoReturn

from rules_engine.errors import Sentence


class NoNumber(ValueError):
    """JSON knows no such number: `NaN`, `Infinity`."""


def refuse_constant(name: str) -> NoReturn:
    """The `parse_constant` of `json.loads`, which would take them. Raises `NoNumber`."""
    raise NoNumber(name)


def fault(error: ValueError | RecursionError) -> Sentence:
    """What decoding UTF-8, or `json.loads`, has stumbled over."""
    if isinstance(error, JSONDecodeError):
        return Sentence("something is wrong at line {line}, column {column}", line=error.lineno, column=error.colno)
    if isinstance(error, NoNumber):
        return Sentence("{constant} is no JSON number", constant=str(error))
    if isinstance(error, UnicodeDecodeError):
        return Sentence("it is not UTF-8")
    if isinstance(error, RecursionError):
        return Sentence("it is nested too deep")
    return Sentence("a number in it is too long")  # of thousands of digits: nothing else is left that Python refuses
