"""The reader's language, and sentences told in it.

Sentences are written in English where something is refused; what they are in other languages stands in
`translations/`, by their templates. What has no translation is told in English. Every answer in which the language was
asked for says which one it speaks. The pages' own texts are not here (`api.pages`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request

from api.fields import LANGUAGES
from rules_engine.errors import Sentence

TRANSLATIONS = Path(__file__).parent / "translations"
DOMAIN = "refusals"


def language(otherwise: str = LANGUAGES[0]) -> str:
    """The language for sentences: the best of `Accept-Language` that we have, else that one."""
    wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    g.spoken = next((tag for tag in wanted if tag in LANGUAGES), otherwise)
    return str(g.spoken)


def told(sentence: Sentence, tongue: str) -> str:
    """The sentence in one of our languages, and the sentences that are parts of it."""
    template: str = _catalogue(tongue).gettext(sentence.template)
    return template.format(
        **{name: told(part, tongue) if isinstance(part, Sentence) else part for name, part in sentence.parts.items()}
    )


def register(app: Flask) -> None:
    """Have answers say which language they speak, and that another one may be asked for."""
    app.after_request(_say_which)


@cache
def _catalogue(tongue: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [tongue], DOMAIN)


def _say_which(response: Response) -> Response:
    if "spoken" in g:
        response.headers.setdefault("Content-Language", g.spoken)
        response.vary.add("Accept-Language")
    return response
