"""Every sentence of a refusal exists in every language, and what is compiled is what is written."""

from __future__ import annotations

import ast
import importlib
import io
import string
from collections.abc import Iterator
from pathlib import Path

import marshmallow as ma
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from api import field_faults
from api.fields import RequestSchema
from api.languages import DOMAIN, TRANSLATIONS
from tests.wiring.test_layers import ROOT, modules_of

MALAY = TRANSLATIONS / "ms" / "LC_MESSAGES"
PACKAGES = ("rules_engine", "loyalty", "api")
MAKERS = {"Sentence": None, "template": None}
"""What the first argument of is a sentence to be translated, as CONTRIBUTING tells `pybabel`."""
OF_TEMPLATES = {"api/field_faults.py", "loyalty/errors.py"}
"""These make sentences of templates that stand elsewhere."""


def made() -> Iterator[tuple[Path, ast.Call]]:
    """Wherever a sentence is made."""
    for package in PACKAGES:
        for path, tree in modules_of(package):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                    yield path, node


def templates() -> set[str]:
    return {
        call.args[0].value
        for _, call in made()
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def written() -> Catalog:
    with (MALAY / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file)


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_every_sentence_is_there_in_malay_and_none_is_left_over() -> None:
    assert {message.id for message in written() if message.id} == templates()
    assert [message.id for message in written() if message.id and (not message.string or message.fuzzy)] == []


def test_a_translation_has_the_same_places_for_what_is_filled_in() -> None:
    assert {message.id: places(message.string) for message in written() if message.id} == {
        template: places(template) for template in templates()
    }


def test_a_sentence_is_a_template_in_full_so_that_it_can_be_found() -> None:
    odd = {str(path) for path, call in made() if not isinstance(call.args[0], ast.Constant)}
    assert odd == OF_TEMPLATES


def test_what_contributing_says_to_run_finds_every_sentence() -> None:
    found = {
        row[2]
        for package in PACKAGES
        for row in extract_from_dir(str(ROOT / package), [("**.py", "python")], keywords=MAKERS)
    }
    assert found == templates()


def test_what_is_compiled_is_what_is_written() -> None:
    compiled = read_mo(io.BytesIO((MALAY / f"{DOMAIN}.mo").read_bytes()))
    assert {one.id: one.string for one in compiled if one.id} == {one.id: one.string for one in written() if one.id}


def test_whatever_marshmallow_may_say_is_known_and_nothing_else() -> None:
    said = {message: name for name, message in messages()}
    assert {message: name for message, name in said.items() if message not in templates()} == {}
    assert {template for template, _ in field_faults.TEMPLATES} - said.keys() == set()


def messages() -> Iterator[tuple[str, str]]:
    """What the fields of all bodies and queries, and their checks, are able to say."""
    importlib.import_module("api.app")  # so that every schema is there
    for kind in kinds_of(RequestSchema):
        schema = kind()
        yield from ((kind.__name__, message) for message in schema.error_messages.values())
        for name, field in schema.load_fields.items():
            yield from messages_of(f"{kind.__name__}.{name}", field)


def messages_of(name: str, field: ma.fields.Field) -> Iterator[tuple[str, str]]:
    for message in field.error_messages.values():
        yield name, message
    for check in field.validators:
        for one in getattr(check, "validators", [check]):
            bounds = [getattr(one, f"message_{bound}", None) for bound in ("min", "max", "all")]
            yield from ((name, message) for message in [getattr(one, "error", None), *bounds] if message is not None)
    for inner in (getattr(field, key, None) for key in ("inner", "key_field", "value_field")):
        if inner is not None:
            yield from messages_of(name, inner)


def kinds_of(schema: type[ma.Schema]) -> Iterator[type[ma.Schema]]:
    for kind in schema.__subclasses__():
        yield kind
        yield from kinds_of(kind)
