"""A rule in plain sentences: its form's, with the deed, the conditions and what it gives, then what bounds it."""

from __future__ import annotations

from rules_engine import deeds, fields
from rules_engine.amounts import Points
from rules_engine.challenges import Challenge
from rules_engine.days import DAY
from rules_engine.describe import bounds, conditions, forms
from rules_engine.describe.speech import Speech
from rules_engine.names import field_label
from rules_engine.rules import ACTOR, CompiledRule
from rules_engine.streaks import Streak


def sentence(one: CompiledRule, speech: Speech) -> str:
    """What the rule gives and for what, as much as it tells."""
    exact = one.tells == "exact"
    kinds = [speech.rulebook.kinds[kind] for kind in one.kinds if kind in speech.rulebook.kinds]
    deed = speech.join("or", [deeds.clause(kind, one.earns == ACTOR, speech.language) for kind in kinds])
    condition = one.document.get("when")
    values = {
        "deed": deed,
        "when": speech.texts["when"].format(what=conditions.phrase(condition, speech)) if condition and exact else "",
        "gives": _gives(one, speech),
    }
    form, more = forms.parts(one, speech)
    template = speech.texts[form] if exact else speech.texts.get(f"{form}_intent", speech.texts[form])
    text = template.format(**values, **more)
    if isinstance(one.terms, Streak) and one.terms.freezes and exact:
        text += forms.freezes(one.terms, speech)
    if isinstance(one.terms, Challenge):
        text = _capital(text) + (speech.texts["repeats"] if one.terms.repeats else "")
    if not exact:
        named = [field_label(name, speech.language) for name in conditions.fields_in(condition)]
        return text + (speech.texts["depends"].format(fields=speech.join("and", named)) if named else "")
    bounded = [bounds.limit(limit, speech) for limit in (*one.times, *one.caps, *one.budgets)]
    if one.active is not None:
        bounded += bounds.active(one.active, speech)
    return f"{text} {_capital('; '.join(bounded))}." if bounded else text


def _gives(one: CompiledRule, speech: Speech) -> str:
    given = [_points(points, speech) for points in one.points]
    given += [speech.badge(key, level) for key, level in one.badges]
    return speech.join("and", given) or speech.texts["nothing"]


def _points(given: Points, speech: Speech) -> str:
    texts = speech.texts
    form = "points" if given.per is None else "plus" if given.base else "per"
    unit = "" if given.per is None else field_label(fields.DATA + given.per, speech.language)
    text = texts[form].format(
        points=given.base, currency=speech.currency(given.currency), each=given.each, unit=unit, most=given.at_most
    )
    if given.matures_after:
        text += texts["matures"].format(days=given.matures_after // DAY)
    if given.expires_after:
        text += texts["expires"].format(days=given.expires_after // DAY)
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
