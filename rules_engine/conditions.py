"""`when`: a closed, typed tree of conditions, compiled to closures.

A compiled condition takes the fact and the standing before the step and returns None where it holds, else the JSON
pointer of the part that failed, which is a constant: nothing is built or parsed per fact. A field that the fact does
not have makes every operator fail but `is_not` and `exists: false`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rules_engine import contradictions, fields
from rules_engine.days import DAY
from rules_engine.document import Node, nearest, shown
from rules_engine.errors import Sentence
from rules_engine.facts import HEARD, SEVERITIES, Fact
from rules_engine.fields import Field, Kind
from rules_engine.standing import Standing

Check = Callable[[Fact, Standing], "str | None"]
Read = Callable[[Fact, Standing], Any]
Test = Callable[[Any], bool]

MAX_CONDITIONS = 100
MAX_NESTING = 8
MAX_VALUES = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """What the conditions of one rule may name."""

    kinds: Sequence[Kind]
    earns: str
    currency: str
    tiers: Sequence[str]
    badges: Sequence[str]
    of_member: bool = False
    """Whether there is no fact, so that only what is known of the member can be read."""


def parse(node: Node, scope: Scope, inside: str = "/when") -> tuple[Check, dict[str, Read]]:
    """The compiled condition, and the reader of each leaf by its pointer. `inside` is the pointer within the rule."""
    reads: dict[str, Read] = {}
    return _parse(node, scope, inside, reads, 0), reads


def _parse(node: Node, scope: Scope, path: str, reads: dict[str, Read], nesting: int) -> Check:
    if nesting > MAX_NESTING:
        node.refuse("too_deep", Sentence("conditions nest at most {most} levels deep", most=MAX_NESTING))
        return _none_fails
    value = node.value if isinstance(node.value, dict) else {}
    branch = next((word for word in ("all", "any", "not") if word in value), None)
    if branch is None:
        return _leaf(node, scope, path, reads)
    inner = node.fields(required=(branch,))[branch]
    if branch == "not":
        return _not(_parse(inner, scope, f"{path}/not", reads, nesting + 1), path)
    checks = [
        _parse(item, scope, f"{path}/{branch}/{index}", reads, nesting + 1)
        for index, item in enumerate(inner.items(MAX_CONDITIONS, 1))
    ]
    if branch == "all":
        contradictions.check(inner)
    if len(reads) > MAX_CONDITIONS:
        node.refuse("too_large", Sentence("at most {most} conditions in one rule", most=MAX_CONDITIONS))
    return _all(checks) if branch == "all" else _any(checks, path)


def _leaf(node: Node, scope: Scope, path: str, reads: dict[str, Read]) -> Check:
    operators = sorted({word for words in fields.OPERATORS.values() for word in words})
    found = node.fields(required=("field",), optional=operators)
    if "field" not in found:
        return _none_fails
    words = [word for word in found if word != "field"]
    name = found["field"].text(128)
    field = fields.find(name, scope.kinds) if name else None
    if field is None or (scope.of_member and not name.startswith(fields.MEMBER)):
        if name:
            known = [one for one in fields.names(scope.kinds) if not scope.of_member or one.startswith(fields.MEMBER)]
            detail = Sentence(
                "these activities have no field {found}; known: {known}, member.attributes.<name>",
                found=shown(name),
                known=", ".join(known),
            )
            found["field"].refuse("unknown_field", detail, nearest(name, known))
        return _none_fails
    if len(words) != 1:
        detail = Sentence("one operator of {operators}", operators=", ".join(field.operators))
        node.refuse("missing" if not words else "not_allowed_here", detail)
        return _none_fails
    word = words[0]
    if word not in field.operators:
        detail = Sentence(
            "{field} is of the type {type}; its operators are {operators}",
            field=name,
            type=field.type,
            operators=", ".join(field.operators),
        )
        node.child(word).refuse("not_allowed_here", detail)
        return _none_fails
    read = reads[path] = reader(field, scope)
    return _compare(read, _test(word, found[word], field, scope), path)


def reader(field: Field, scope: Scope) -> Read:
    """What reads the field of a fact and the standing before it; None where there is none, or of another type."""
    name = field.name
    if name.startswith(fields.DATA):
        return _data_reader(name[len(fields.DATA) :], field.type)
    if name.startswith(fields.ATTRIBUTES):
        attribute = name[len(fields.ATTRIBUTES) :]
        return lambda fact, standing: _of(standing.attributes.get(attribute), _SCALARS)
    if name == "member.earned":
        currency = scope.currency
        return lambda fact, standing: standing.earned.get(currency, 0)
    if name == "counterparty.known":
        if scope.earns == "actor":
            return lambda fact, standing: fact.beneficiary is not None
        return lambda fact, standing: fact.actor is not None
    return _READERS[name]


_TEXT: tuple[type, ...] = (str,)
_LIST: tuple[type, ...] = (list,)
_SCALARS: tuple[type, ...] = (str, int, bool)

_READERS: dict[str, Read] = {
    "kind": lambda fact, standing: fact.kind,
    "platform": lambda fact, standing: fact.platform,
    "object.kind": lambda fact, standing: _of(fact.object.get("kind"), _TEXT),
    "object.id": lambda fact, standing: _of(fact.object.get("id"), _TEXT),
    "object.tags": lambda fact, standing: _of(fact.object.get("tags"), _LIST),
    "member.tier": lambda fact, standing: standing.tier_key,
    "member.groups": lambda fact, standing: standing.groups,
    "member.badges": lambda fact, standing: standing.badges,
    "member.days": lambda fact, standing: 0 if standing.first_at is None else (fact.at - standing.first_at) // DAY,
}


def _of(value: Any, classes: tuple[type, ...]) -> Any:
    """The value, unless it is of another type than the field: that is as good as absent."""
    return value if value.__class__ in classes else None


_CLASSES: dict[str, type] = {fields.WHOLE: int, fields.TEXT: str, fields.TEXTS: list, fields.TRUTH: bool}


def _data_reader(name: str, type_: str) -> Read:
    wanted = _CLASSES[type_]

    return lambda fact, standing: value if (value := fact.data.get(name)).__class__ is wanted else None


def _test(word: str, node: Node, field: Field, scope: Scope) -> Test:
    if word == "exists":
        return _exists if node.truth() else _is_absent
    if word == "one_of":
        values = [_value(item, field, scope) for item in node.items(MAX_VALUES, 1)]
        kept = {(value.__class__, value) for value in values}
        return lambda found: (found.__class__, found) in kept
    if word == "has_any":
        wanted = {_value(item, field, scope) for item in node.items(MAX_VALUES, 1)}
        return lambda found: found is not None and any(item in wanted for item in found if item.__class__ is str)
    if word in ("at_least", "at_most"):
        bound = node.whole(-(2**53), 2**53)
        if word == "at_least":
            return lambda found: found.__class__ is int and found >= bound
        return lambda found: found.__class__ is int and found <= bound
    value = _value(node, field, scope)
    if word == "has":
        return lambda found: found is not None and value in found
    if word == "is":
        return lambda found: found == value and found.__class__ is value.__class__
    return lambda found: found != value or found.__class__ is not value.__class__


def _value(node: Node, field: Field, scope: Scope) -> Any:
    known = {
        "kind": [kind.key for kind in scope.kinds],
        "member.tier": scope.tiers,
        "member.badges": scope.badges,
    }.get(field.name)
    if field.name == f"{fields.DATA}severity" and all(kind.key in HEARD for kind in scope.kinds):
        known = SEVERITIES
    if known is not None:
        return node.choice(known)
    if field.type == fields.WHOLE:
        return node.whole(-(2**53), 2**53)
    if field.type == fields.TRUTH:
        return node.truth()
    if field.type == fields.SCALAR and isinstance(node.value, (int, bool)):
        return node.value
    return node.text(500)


def _none_fails(*_: object) -> None:
    """Stands for a condition that was refused."""


def _exists(found: Any) -> bool:
    return found is not None


def _is_absent(found: Any) -> bool:
    return found is None


def _compare(read: Read, test: Test, path: str) -> Check:
    return lambda fact, standing: None if test(read(fact, standing)) else path


def _all(checks: Sequence[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def check(fact: Fact, standing: Standing) -> str | None:
        for inner in checks:
            path = inner(fact, standing)
            if path is not None:
                return path
        return None

    return check


def _any(checks: Sequence[Check], path: str) -> Check:
    def check(fact: Fact, standing: Standing) -> str | None:
        for inner in checks:
            if inner(fact, standing) is None:
                return None
        return path

    return check


def _not(inner: Check, path: str) -> Check:
    return lambda fact, standing: None if inner(fact, standing) is not None else path
