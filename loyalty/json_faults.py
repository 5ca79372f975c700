"""Why bytes are no JSON, as a sentence with the place, for whoever reads documents that anybody may have written."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any, NoReturn

from rules_engine.document import shown
from rules_engine.errors import Sentence


class NoNumber(ValueError):
    """JSON knows no such number: `NaN`, `Infinity`."""


class StandsTwice(ValueError):
    """A field stands twice in one object: of two with one name, nobody can say which was meant."""


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The `object_pairs_hook` of `json.loads`, which would take the last. Raises `StandsTwice`."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise StandsTwice(next(name for name in names if names.count(name) > 1))
    return found


def refuse_constant(name: str) -> NoReturn:
    """The `parse_constant` of `json.loads`, which would take them. Raises `NoNumber`."""
    raise NoNumber(name)


def fault(error: ValueError | RecursionError) -> Sentence:
    """What decoding UTF-8, or `json.loads`, has stumbled over."""
    if isinstance(error, JSONDecodeError):
        return Sentence("something is wrong at line {line}, column {column}", line=error.lineno, column=error.colno)
    if isinstance(error, NoNumber):
        return Sentence("{constant} is no JSON number", constant=str(error))
    if isinstance(error, StandsTwice):
        return Sentence("the field {name} stands twice in one object", name=shown(error.args[0]))
    if isinstance(error, UnicodeDecodeError):
        return Sentence("it is not UTF-8")
    if isinstance(error, RecursionError):
        return Sentence("it is nested too deep")
    return Sentence("a number in it is too long")  # of thousands of digits: nothing else is left that Python refuses
