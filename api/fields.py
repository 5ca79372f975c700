"""Fields and schema bases that all resources share.

Requests refuse what they do not know; answers may grow, so their schemas promise nothing about further fields. Answers
are not dumped through their schemas: those document them, and the contract tests hold the two together.
"""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma

from loyalty import clock
from rules_engine.errors import Sentence

KEY_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
LANGUAGES = ("en", "ms")
LATEST = 2**53  # microseconds: an instant is a number that JSON can say exactly


class RequestSchema(ma.Schema):
    """Something sent to us: an unknown field is an error, since it is most often a typing error."""

    class Meta:
        unknown = ma.RAISE


class ReasonSchema(RequestSchema):
    """Why."""

    reason = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=500),
        metadata={"description": "A sentence that the member can read."},
    )


class AnswerSchema(ma.Schema):
    """Something that we answer."""

    class Meta:
        unknown = ma.EXCLUDE


class WholeNumber(ma.fields.Integer):
    """A whole number: 5 and 5.0, not 5.7, "5" or true. marshmallow's own either rounds 5.7 or refuses 5.0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self.make_error("invalid")
        return int(value)


class WholeParameter(ma.fields.Integer):
    """A whole number in a query, where everything is text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,16}", value):
            raise self.make_error("invalid")
        return int(value)


class Flag(ma.fields.Boolean):
    """`true` or `false`, in a body or in a query."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise self.make_error("invalid", input=value)
        return value in (True, "true")


class Pattern(ma.validate.Regexp):
    """How a whole text has to look. marshmallow's own lets a line break follow what `$` ends."""

    def __call__(self, value: Any) -> Any:
        """The text again. Raises `ValidationError`."""
        if self.regex.fullmatch(value) is None:
            raise ma.ValidationError(self.error)
        return value


class Moment(ma.fields.Field[int]):
    """An instant: RFC 3339 with an offset outside, whole microseconds inside."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            at = clock.from_rfc3339(value if isinstance(value, str) else "")
        except ValueError as error:
            detail = Sentence(
                "not a time that there is, with its offset, such as 2026-11-22T09:00:00+08:00; in a query + is %2B"
            )
            raise ma.ValidationError(detail) from error
        if not 0 <= at <= LATEST:
            raise ma.ValidationError(Sentence("a time from 1970 to 2255"))
        return at


def key_field(description: str, **kwargs: Any) -> ma.fields.String:
    """A human key, such as `helpful-answer`."""
    check = Pattern(KEY_PATTERN, error=Sentence("lower-case letters, digits and dashes, at most 64"))
    return ma.fields.String(validate=check, metadata={"description": description}, **kwargs)


def text_field(description: str, longest: int, shortest: int = 0, **kwargs: Any) -> ma.fields.String:
    """Text for people, with a bound on its length in characters."""
    check = ma.validate.Length(min=shortest, max=longest)
    return ma.fields.String(validate=check, metadata={"description": description}, **kwargs)


class Words(ma.fields.Field[str | dict[str, str]]):
    """Text for people, of at most `longest` characters: one for all, or one in each language."""

    def __init__(self, description: str, longest: int, *, required: bool = False) -> None:
        text = {"type": "string", "maxLength": longest}
        by_language = {
            "type": "object",
            "properties": dict.fromkeys(LANGUAGES, text),
            "additionalProperties": False,
            "minProperties": 1,
        }
        super().__init__(required=required, metadata={"description": description, "oneOf": [text, by_language]})
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | dict[str, str]:
        texts = [*value.values()] if isinstance(value, dict) and value.keys() <= {*LANGUAGES} else [value]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise ma.ValidationError(Sentence('a text, or one in each language, such as {{"en": "…", "ms": "…"}}'))
        if any(len(text) > self.longest for text in texts):
            raise ma.ValidationError(Sentence("at most {most} characters", most=self.longest))
        found: str | dict[str, str] = value
        return found


class NameSchema(RequestSchema):
    """A name in each language; English is what others fall back to."""

    en = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=200))
    ms = ma.fields.String(validate=ma.validate.Length(min=1, max=200))


def moment(at: int | None) -> str | None:
    """An instant as the API shows it."""
    return None if at is None else clock.to_rfc3339(at)
