"""What a rule's form asks beyond a single fact, in words: how often, how many in a row, which steps, which day."""

from __future__ import annotations

from rules_engine import deeds
from rules_engine.boosts import Boost
from rules_engine.challenges import Challenge, Stage
from rules_engine.clocks import Clock
from rules_engine.conduct import Conduct
from rules_engine.counts import Count
from rules_engine.days import DAY
from rules_engine.describe.speech import Speech
from rules_engine.diversity import Diversity
from rules_engine.names import said, unit_of
from rules_engine.rules import CompiledRule
from rules_engine.streaks import Streak
from rules_engine.words import numbered


def parts(one: CompiledRule, speech: Speech) -> tuple[str, dict[str, str]]:
    """The sentence for the form of a rule, and what stands in it besides the deed, the condition and the gift."""
    terms, texts = one.terms, speech.texts
    if isinstance(terms, Count):
        every, at = terms.levels.every, terms.levels.at
        return "every" if every else "levels", {"every": str(every), "levels": speech.ordinals(at)}
    if isinstance(terms, Streak):
        return f"streak_{terms.unit}", {"most": str(terms.most)}
    if isinstance(terms, Challenge):
        steps = speech.join("and", [_stage(stage, speech, one.tells == "exact") for stage in terms.steps])
        within = texts["within"].format(days=terms.within) if terms.within else ""
        return "challenge", {"steps": steps, "within": within}
    if isinstance(terms, Diversity):
        unit, units = (unit_of(terms.of, number, speech.language) for number in (1, 2))
        levels, window = speech.ordinals(terms.levels.at), texts[f"in_{terms.per}"]
        return "diversity", {"levels": levels, "unit": unit, "units": units, "window": window}
    if isinstance(terms, Clock):
        return f"clock_{terms.anniversary or 'after'}", {"days": str(terms.after // DAY)}
    if isinstance(terms, Conduct):
        return "conduct", {"consequences": _consequences(terms, speech)}
    if isinstance(terms, Boost):
        rules = texts["everything"] if terms.of is None else speech.rules(sorted(terms.of))
        return "boost", {"percent": str(terms.percent), "rules": rules}
    return "single", {}


def freezes(streak: Streak, speech: Speech) -> str:
    """How much of a streak may be missed."""
    missed = numbered(speech.texts, f"missed_{streak.unit}", streak.freezes)
    return speech.texts[f"freezes_{streak.unit}"].format(
        missed=missed.format(most=streak.freezes), per=speech.texts[f"per_{streak.per}"]
    )


def _stage(stage: Stage, speech: Speech, exact: bool) -> str:
    if stage.name:
        return f"“{said(stage.name, speech.language, stage.key)}”"
    kinds = [speech.rulebook.kinds[kind] for kind in sorted(stage.kinds) if kind in speech.rulebook.kinds]
    number = stage.times if exact else 2
    counted = speech.join("or", [deeds.counted(kind, number, speech.language) for kind in kinds])
    return f"{number} {counted}" if exact else counted


def _consequences(conduct: Conduct, speech: Speech) -> str:
    told = [
        speech.texts["withdrawn"].format(points=points, currency=speech.currency(currency))
        for currency, points in sorted(conduct.withdraws.items())
    ]
    if conduct.pauses:
        told.append(speech.texts["paused"].format(days=conduct.pauses // DAY))
    told += [speech.texts["lost"].format(badge=speech.badge(badge)) for badge in conduct.takes]
    return speech.join("and", told)
