"""What things of a rulebook are called, in the reader's language: badges, tiers, currencies, fields, values.

A name that is missing in the language falls back to English, then to any, then to the key. Whether somebody may know
of a thing at all is decided by who asks; only `called` keeps hidden badges to itself, since conditions name them.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules_engine import fields, words
from rules_engine.rules import Rulebook


def said(names: Mapping[str, str], language: str, key: str) -> str:
    """A name in the language, else in English, else in any, else the key."""
    return names.get(language) or names.get("en") or next(iter(names.values()), key)


def badge_name(rulebook: Rulebook, key: str, language: str, level: int = 1) -> str:
    """What a badge is called, at a level."""
    badge = rulebook.badges.get(key)
    return said(badge.called(level), language, key) if badge is not None else key


def has_own_name(rulebook: Rulebook, key: str, level: int) -> bool:
    """Whether the level of a badge is called something else than the badge."""
    badge = rulebook.badges.get(key)
    return badge is not None and badge.called(level) != badge.name


def tier_name(rulebook: Rulebook, key: str, language: str) -> str:
    """What a tier is called."""
    levels = rulebook.tiers.levels if rulebook.tiers is not None else ()
    return next((said(level.name, language, key) for level in levels if level.key == key), key)


def currency_name(rulebook: Rulebook, key: str, language: str) -> str:
    """What points of a currency are called."""
    return next((said(one.name, language, key) for one in rulebook.currencies if one.key == key), key)


def field_label(name: str, language: str) -> str:
    """What a field is called."""
    field = next((field for field in fields.FIELDS if field.name == name), None)
    return said(field.label if field is not None else fields.data_label(name.rpartition(".")[2]), language, name)


def unit_of(of: str, number: int, language: str) -> str:
    """What a diversity rule tells apart, as that many of them are called."""
    texts = words.told(language)
    known = texts.get(f"unit_{of}_one") if number == 1 else None
    return known or texts.get(f"unit_{of}") or field_label(of, language)


def called(field: str, value: object, rulebook: Rulebook, language: str) -> str:
    """A value that a condition asks of a field, for people: badges and tiers by their names, hidden badges by none."""
    if field == "member.tier":
        return tier_name(rulebook, str(value), language)
    if field == "member.badges":
        badge = rulebook.badges.get(str(value))
        hidden = badge is not None and badge.hidden
        return words.told(language)["surprise"] if hidden else badge_name(rulebook, str(value), language)
    return str(value)
