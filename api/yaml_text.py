"""YAML as people write it in a folder of rules: values out of a text, each with its line, and a text out of values.

Only what JSON can say is read: mappings with names, lists, texts, numbers, `true`, `false`, `null`. A bare `on`, `yes`,
`no` or date is a text, as it looks. Tags, anchors and aliases are refused, so that a small file is never a large value;
so is a field that is there twice. Reading and writing share one table of what is not a text, so one undoes the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from rules_engine.document import pointer_to, shown
from rules_engine.errors import Sentence
from rules_engine.plain_json import MAX_DEPTH

MAX_BYTES = 1_000_000
"""The largest file that is read."""

_READER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, ten times as fast, where PyYAML has it
_ROW = 100

_CORE: tuple[tuple[str, str, str, Callable[[str], Any]], ...] = (
    ("null", r"(?:~|null)?\Z", "~n", lambda text: None),
    ("bool", r"(?:true|false)\Z", "tf", lambda text: text == "true"),
    ("int", r"-?(?:0|[1-9][0-9]{0,39})\Z", "-0123456789", int),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z", "-0123456789", float),
)
"""What a bare word may be other than a text: the tag, how it looks, how it begins, what it means."""
_INVISIBLE = re.compile(r"[^\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LOOKS = [(re.compile(pattern), read) for _, pattern, _, read in _CORE]


class Place(NamedTuple):
    """A line and a column, from 1 on."""

    line: int
    column: int


class Marked(NamedTuple):
    """What a text says, and by RFC 6901 pointer where it says it."""

    value: Any
    places: Mapping[str, Place]


class BadYaml(ValueError):
    """The text is not what we read; `place`, `code` and `detail` say where and why."""

    def __init__(self, place: Place, code: str, detail: Sentence) -> None:
        super().__init__(detail)
        self.place = place
        self.code = code
        self.detail = detail


def read(data: bytes) -> Marked:
    """What the bytes of one file say. Raises `BadYaml`."""
    if len(data) > MAX_BYTES:
        raise BadYaml(Place(1, 1), "too_large", Sentence("a file has at most {most} bytes", most=MAX_BYTES))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadYaml(Place(line, 1), "bad_yaml", Sentence("this is no text in UTF-8")) from None
    try:
        return _Reading(text).document()
    except yaml.MarkedYAMLError as error:
        place = _place(error.problem_mark) if error.problem_mark else Place(1, 1)
        detail = Sentence("this is no YAML: {problem}", problem=str(error.problem or error.context))
        raise BadYaml(place, "bad_yaml", detail) from None
    except yaml.YAMLError as error:
        detail = Sentence("this is no YAML: {problem}", problem=str(getattr(error, "reason", error)))
        raise BadYaml(Place(1, 1), "bad_yaml", detail) from None


def write(value: Any) -> str:
    """A text that `read` reads as this very value; what is short stands in one line."""
    text: str = yaml.dump(value, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=_ROW + 20)
    return text


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


class _Reading:
    """One text being read, from the parser's events: nothing is built that was not asked for."""

    def __init__(self, text: str) -> None:
        self.events = yaml.parse(text, Loader=_READER)
        self.places: dict[str, Place] = {}

    def document(self) -> Marked:
        value = None
        next(self.events)  # the stream begins
        event = next(self.events)
        if isinstance(event, yaml.DocumentStartEvent):
            value = self.value(next(self.events), "", 0)
            next(self.events)  # the document ends
            event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise BadYaml(_place(event.start_mark), "bad_yaml", Sentence("a file is one document; here another begins"))
        return Marked(value, self.places)

    def value(self, event: Any, pointer: str, depth: int) -> Any:
        place = _place(event.start_mark)
        self.places.setdefault(pointer, place)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None:
            raise BadYaml(place, "bad_yaml", Sentence("tags, anchors and aliases are not read; write the value itself"))
        if depth > MAX_DEPTH:
            raise BadYaml(place, "too_deep", Sentence("nested more than {most} levels deep", most=MAX_DEPTH))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self.value(event, pointer_to(pointer, len(items)), depth + 1))
            return items
        fields: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            place = _place(event.start_mark)
            if not isinstance(event, yaml.ScalarEvent):
                raise BadYaml(place, "bad_yaml", Sentence("the name of a field is a word"))
            name = event.value
            if name in fields:
                raise BadYaml(place, "duplicate", Sentence("the field {name} is there twice", name=shown(name)))
            self.places[pointer_to(pointer, name)] = place
            fields[name] = self.value(next(self.events), pointer_to(pointer, name), depth + 1)
        return fields


def _scalar(event: yaml.ScalarEvent) -> Any:
    is_bare = event.implicit[0]
    look = next((read for pattern, read in _LOOKS if pattern.match(event.value)), None) if is_bare else None
    return look(event.value) if look else event.value


class _Writer(yaml.SafeDumper):
    """Quotes a text only where it would be read as something else, and keeps short values in one line."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  # it is PyYAML's attribute; filled below

    def represent(self, data: Any) -> None:
        node = self.represent_data(data)
        _lay_out(node)
        self.serialize(node)
        self.represented_objects = {}
        self.object_keeper = []
        self.alias_key = None

    def ignore_aliases(self, data: Any) -> bool:
        """A value that is there twice is written twice."""
        return True


for _tag, _pattern, _begins, _ in _CORE:
    _Writer.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), [*_begins, ""])


def _lay_out(node: Any) -> int:
    """Decides how each value is written: in one line where that stays short, texts of several lines as they are.

    Answers how long the value is in one line.
    """
    if isinstance(node, yaml.ScalarNode):
        if _INVISIBLE.search(node.value):
            node.style = '"'
        elif "\n" in node.value and node.value.strip() == node.value:
            node.style = "|"
            return _ROW + 1
        return len(node.value)
    inner: Sequence[Any] = [part for pair in node.value for part in pair] if _is_mapping(node) else node.value
    length = sum(_lay_out(part) + 2 for part in inner)
    node.flow_style = length <= _ROW and not (_is_mapping(node) and any(map(_is_nested, inner)))
    return length if node.flow_style else _ROW + 1


def _is_mapping(node: Any) -> bool:
    return isinstance(node, yaml.MappingNode)


def _is_nested(node: Any) -> bool:
    """Whether a value holds mappings: a field with such a value gets a line of its own."""
    return not isinstance(node, yaml.ScalarNode) and any(not isinstance(part, yaml.ScalarNode) for part in node.value)
