"""What marshmallow finds wrong with a field, as sentences that can be told in every language.

Its fields and checks say it as finished English texts: each is recognised by the template that it was made of. Our own
fields raise sentences, and texts without parts, such as those that our checks are given, are templates themselves.
"""

from __future__ import annotations

import re

from rules_engine.errors import Sentence


def template(text: str) -> tuple[str, re.Pattern[str]]:
    """A template of marshmallow's own, with what recognises a text that was made of it."""
    places = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(text))
    return text, re.compile(places, re.DOTALL)


TEMPLATES = (
    template("Missing data for required field."),
    template("Field may not be null."),
    template("Unknown field."),
    template("Invalid input type."),
    template("Invalid type."),
    template("Invalid value."),
    template("Not a valid boolean."),
    template("Not a valid integer."),
    template("Not a valid list."),
    template("Not a valid mapping type."),
    template("Not a valid string."),
    template("Not a valid utf-8 string."),
    template("Number too large."),
    template("Length must be between {min} and {max}."),
    template("Longer than maximum length {max}."),
    template("Shorter than minimum length {min}."),
    template("Must be greater than or equal to {min} and less than or equal to {max}."),
    template("Must be greater than or equal to {min}."),
    template("Must be less than or equal to {max}."),
    template("Must be one of: {choices}."),
)


def fault(message: object) -> Sentence:
    """The sentence that one of marshmallow's messages is."""
    if isinstance(message, Sentence):
        return message
    text = str(message)
    for known, pattern in TEMPLATES:
        match = pattern.fullmatch(text)
        if match is not None:
            return Sentence(known, **match.groupdict())
    return Sentence(text.replace("{", "{{").replace("}", "}}"))
