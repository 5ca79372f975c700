"""Every sentence of the pages exists in every language, and what is compiled is what is written."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

PAGES = Path(__file__).parents[2] / "api" / "pages"
MALAY = PAGES / "translations" / "ms" / "LC_MESSAGES"
_PLACES = re.compile(r"%\(\w+\)s")


def said() -> set[str | tuple[str, ...]]:
    """Every sentence that templates and code ask to be translated."""
    with (PAGES / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(str(PAGES), methods, options)
    return {one[2] if isinstance(one[2], str) else tuple(one[2]) for one in found}


def written() -> Catalog:
    with (MALAY / "messages.po").open("rb") as file:
        return read_po(file)


def identity(message: Message) -> str | tuple[str, ...]:
    """The sentence in English; both of its forms where there are two."""
    return message.id if isinstance(message.id, str) else tuple(message.id)


def forms(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_sentence_is_there_in_malay_and_none_is_left_over() -> None:
    assert {identity(message) for message in written() if message.id} == said()
    assert [message.id for message in written() if message.id and not all(forms(message.string))] == []
    assert [message.id for message in written() if message.fuzzy and message.id] == []


def test_a_translation_has_the_same_places_for_names_and_numbers() -> None:
    for message in written():
        if message.id:
            wanted = {place for form in forms(message.id) for place in _PLACES.findall(form)}
            assert all(set(_PLACES.findall(form)) == wanted for form in forms(message.string)), message.id


def test_what_is_compiled_is_what_is_written() -> None:
    compiled = read_mo(io.BytesIO((MALAY / "messages.mo").read_bytes()))
    assert {identity(one): forms(one.string) for one in compiled if one.id} == {
        identity(one): forms(one.string) for one in written() if one.id
    }
