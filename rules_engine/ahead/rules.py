"""What comes next of a rule that counts, as a sentence: how many more, which days may be missed, which date."""

from __future__ import annotations

from typing import Any

from rules_engine import deeds, rule_progress, words
from rules_engine.challenges import Challenge, Stage
from rules_engine.dates import spoken
from rules_engine.diversity import Diversity
from rules_engine.names import said, unit_of
from rules_engine.rules import CompiledRule, Rulebook
from rules_engine.standing import Standing
from rules_engine.streaks import Streak
from rules_engine.terms import latest


def step(rule: CompiledRule, rulebook: Rulebook, standing: Standing, language: str) -> dict[str, Any] | None:
    """`{"rule", "have", "need", "sentence"}`, with `steps` for a challenge; None where nothing comes or may be told."""
    if rule.tells == "private" or (come := rule_progress.progress(rule, rulebook, standing)) is None:
        return None
    texts = words.told(language)
    exact, more = rule.tells == "exact", come.need - come.have
    kinds = [rulebook.kinds[kind] for kind in rule.kinds if kind in rulebook.kinds]
    counted = texts["or"].join(deeds.counted(kind, more if exact else 0, language) for kind in kinds)
    values = {"activity": counted, "name": said(rule.name, language, rule.key)}
    if not exact:
        form = texts[f"next_{rule.form}_intent"]
    elif isinstance(rule.terms, Streak):
        form = words.numbered(texts, f"next_streak_{rule.terms.unit}", more)
    else:
        form = words.numbered(texts, f"next_{rule.form}", more)
    if isinstance(rule.terms, Diversity):
        values["unit"] = unit_of(rule.terms.of, more, language)
    if come.on is not None:
        values["date"] = spoken(come.on, language)
    values["stages"] = texts["or_comma"].join(_stage(*one, rulebook, language) for one in come.stages)
    text = form.format(more=more, **values)
    if exact and come.freezes is not None and isinstance(rule.terms, Streak):
        freezes = words.numbered(texts, f"freezes_{rule.terms.unit}", come.freezes)
        text += " " + freezes.format(left=come.freezes, per=texts[f"this_{rule.terms.per}"])
    numbers = exact and come.on is None
    step: dict[str, Any] = {
        "rule": rule.key,
        "have": come.have if numbers else None,
        "need": come.need if numbers else None,
    }
    if come.stages and exact:
        step["steps"] = [{"key": stage.key, "have": have, "need": stage.times} for stage, have in come.stages]
    return {**step, "sentence": text}


def challenge(rule: CompiledRule, rulebook: Rulebook, standing: Standing, language: str) -> dict[str, Any] | None:
    """The same of a challenge, with `done`: nothing comes any more, since it is completed. None for one that is over
    without that, and for other rules.
    """
    if rule.tells == "private" or not isinstance(rule.terms, Challenge):
        return None
    if (open_step := step(rule, rulebook, standing, language)) is not None:
        return {"steps": [], **open_step, "done": False}
    if not latest(standing, rule.key, rule.terms):
        return None
    steps = len(rule.terms.steps) if rule.tells == "exact" else None
    text = words.told(language)["challenge_done"].format(name=said(rule.name, language, rule.key))
    return {"rule": rule.key, "have": steps, "need": steps, "steps": [], "done": True, "sentence": text}


def _stage(stage: Stage, have: int, rulebook: Rulebook, language: str) -> str:
    """What is still to be done for a step of a challenge."""
    texts, more = words.told(language), stage.times - have
    if stage.name:
        return texts["stage_named"].format(name=said(stage.name, language, stage.key), have=have, need=stage.times)
    kinds = [rulebook.kinds[kind] for kind in sorted(stage.kinds) if kind in rulebook.kinds]
    counted = texts["or"].join(deeds.counted(kind, more, language) for kind in kinds)
    return texts["stage"].format(more=more, activity=counted)
