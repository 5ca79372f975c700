"""Decisions and what comes next, as sentences in the reader's language.

A rule's `tells` decides how much: `exact` says the numbers; `intent` says what mattered but no number of a condition,
limit or threshold; `private` is one neutral line. Points that were given are always said, so that the lines still add
up. A language that is not known, or a name that is missing in it, falls back to English, then to the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules_engine import deeds, fields, rule_progress, tiers
from rules_engine.badges import Badge, Needs, met
from rules_engine.challenges import Stage
from rules_engine.dates import spoken
from rules_engine.days import zone
from rules_engine.diversity import Diversity
from rules_engine.effects import ADJUSTMENT, AWARD, EXPIRY, GIVEN, KEPT, REDEMPTION, TAKING, TIER_LOCK, Decision
from rules_engine.rules import CompiledRule, Rulebook
from rules_engine.standing import Standing
from rules_engine.streaks import Streak

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "given": "{rule}: {effects}.",
        "corrected": "{rule} {effects}: {reason}",
        "private": "Community recognition {effects}.",
        "private_refused": "This activity brought nothing here.",
        "not_given": "{rule}: not given, because {reason}.",
        "badge": "badge “{badge}”",
        "badge_level": "badge “{badge}”, level {level}",
        "surprise": "a badge that is a surprise",
        "tier_free": "no longer",
        "boost": "{percent} % of the usual points",
        "nothing": "nothing new",
        "condition_failed": "{field} {operator}",
        "condition_found": "{field} {operator}, and here it is {found}",
        "condition_absent": "{field} {operator}, and here there is none",
        "condition_intent": "it depends on “{field}”",
        "condition_group": "none of the ways to qualify applies, or an exclusion does",
        "at_least": "has to be at least {value}",
        "at_most": "has to be at most {value}",
        "is": "has to be {value}",
        "is_not": "must not be {value}",
        "one_of": "has to be one of {value}",
        "has": "has to include {value}",
        "has_any": "has to include one of {value}",
        "exists_true": "has to be there",
        "exists_false": "must not be there",
        "limit_times": "it counts at most {most} times {per}",
        "limit_pair": "it counts at most {most} times {per} between the same two people",
        "limit_points": "it gives at most {most} points {per}",
        "limit_intent": "it has counted as often as it can for now",
        "day": "a day",
        "week": "a week",
        "month": "a month",
        "ever": "in all",
        "budget_points": "it gives everyone together at most {most} points {per}, and those are given",
        "budget_times": "it gives at most {most} times {per} to everyone together, and those are given",
        "budget_intent": "what there is of it for everyone together is given for now",
        "withheld": "a person looks at it first",
        "outside_window": "it is not active at this time",
        "outstacked": "“{winner}” counted instead",
        "undone": "the activity was taken back",
        "staff": "staff and bots earn nothing",
        "same_person": "both sides are the same person",
        "already_held": "the badge is held already",
        "badge_taken": "a person took the badge away",
        "nothing_to_give": "there is nothing to give for it",
        "nothing_to_boost": "nothing that it boosts was given",
        "not_yet": "there are {more} more to go ({have} of {need})",
        "not_yet_one": "there is 1 more to go ({have} of {need})",
        "not_yet_intent": "there is some way to go yet",
        "all_given": "it has given all that it can give",
        "given_before": "it was given before",
        "met_before": "this one has counted already",
        "nothing_to_tell_apart": "it says nothing that could be told apart",
        "paused": "earning is paused after a breach of the guidelines",
        "paused_days": "nothing is earned for {days} days",
        "paused_days_one": "nothing is earned for 1 day",
        "lost": "badge “{badge}” is lost",
        "refused": "it does not apply",
        "next_count": "{more} more {activity} for “{name}”.",
        "next_count_intent": "Keep going with {activity} for “{name}”.",
        "next_streak_day": "{more} more days in a row for “{name}”.",
        "next_streak_day_one": "1 more day in a row for “{name}”.",
        "next_streak_week": "{more} more weeks in a row for “{name}”.",
        "next_streak_week_one": "1 more week in a row for “{name}”.",
        "freezes_day": "{left} days may still be missed {per}.",
        "freezes_day_one": "1 day may still be missed {per}.",
        "freezes_week": "{left} weeks may still be missed {per}.",
        "freezes_week_one": "1 week may still be missed {per}.",
        "this_week": "this week",
        "this_month": "this month",
        "next_challenge": "Still to do for “{name}”: {stages}.",
        "next_challenge_intent": "Keep going with {activity} for “{name}”.",
        "stage": "{more} more {activity}",
        "stage_named": "{name} ({have} of {need})",
        "or_comma": ", ",
        "next_diversity": "{more} more different {unit} for “{name}”.",
        "next_diversity_intent": "Keep meeting new {unit} for “{name}”.",
        "unit_counterparty": "people",
        "unit_counterparty_one": "person",
        "unit_platform": "platforms",
        "unit_platform_one": "platform",
        "unit_object.id": "things",
        "unit_object.id_one": "thing",
        "next_clock": "“{name}” comes on {date}.",
        "next_clock_intent": "“{name}” comes in time.",
        "next_streak_intent": "Keep coming back for “{name}”.",
        "next_tier": "{more} more points for {name}.",
        "next_tier_one": "1 more point for {name}.",
        "next_tier_badges": "{name} also needs {badges}.",
        "next_badge": "{more} more points for the badge “{name}”.",
        "next_badge_one": "1 more point for the badge “{name}”.",
        "next_badge_needs": "The badge “{name}” also needs {needs}.",
        "tier": "the tier “{tier}”",
        "or": " or ",
        ADJUSTMENT: "Correction",
        REDEMPTION: "Redemption",
        AWARD: "Given by hand",
        TAKING: "Taken by hand",
        TIER_LOCK: "Tier set by hand",
        EXPIRY: "Expired",
        KEPT: "Kept from before the new rules",
        "by_rulebook": "{sentence}, by the rulebook of {date}.",
    },
    "ms": {
        "given": "{rule}: {effects}.",
        "corrected": "{rule} {effects}: {reason}",
        "private": "Penghargaan komuniti {effects}.",
        "private_refused": "Aktiviti ini tidak membawa apa-apa di sini.",
        "not_given": "{rule}: tidak diberi, kerana {reason}.",
        "badge": "lencana “{badge}”",
        "badge_level": "lencana “{badge}”, peringkat {level}",
        "surprise": "satu lencana kejutan",
        "tier_free": "tidak lagi",
        "boost": "{percent} % daripada mata biasa",
        "nothing": "tiada yang baharu",
        "condition_failed": "{field} {operator}",
        "condition_found": "{field} {operator}, tetapi di sini {found}",
        "condition_absent": "{field} {operator}, tetapi di sini tiada",
        "condition_intent": "ia bergantung pada “{field}”",
        "condition_group": "tiada cara kelayakan yang dipenuhi, atau ada pengecualian",
        "at_least": "mesti sekurang-kurangnya {value}",
        "at_most": "mesti selebih-lebihnya {value}",
        "is": "mesti {value}",
        "is_not": "tidak boleh {value}",
        "one_of": "mesti salah satu daripada {value}",
        "has": "mesti mengandungi {value}",
        "has_any": "mesti mengandungi salah satu daripada {value}",
        "exists_true": "mesti ada",
        "exists_false": "tidak boleh ada",
        "limit_times": "ia dikira paling banyak {most} kali {per}",
        "limit_pair": "ia dikira paling banyak {most} kali {per} antara dua orang yang sama",
        "limit_points": "ia memberi paling banyak {most} mata {per}",
        "limit_intent": "ia telah dikira sebanyak yang boleh buat masa ini",
        "day": "sehari",
        "week": "seminggu",
        "month": "sebulan",
        "ever": "kesemuanya",
        "budget_points": "ia memberi semua orang bersama paling banyak {most} mata {per}, dan semuanya telah diberi",
        "budget_times": "ia memberi paling banyak {most} kali {per} untuk semua orang, dan semuanya telah diberi",
        "budget_intent": "bahagian untuk semua orang telah habis diberi buat masa ini",
        "withheld": "seseorang akan menyemaknya dahulu",
        "outside_window": "ia tidak aktif pada masa ini",
        "outstacked": "“{winner}” dikira sebagai ganti",
        "undone": "aktiviti itu telah ditarik balik",
        "staff": "kakitangan dan bot tidak memperoleh apa-apa",
        "same_person": "kedua-dua pihak ialah orang yang sama",
        "already_held": "lencana itu sudah dimiliki",
        "badge_taken": "lencana itu telah ditarik balik oleh seseorang",
        "nothing_to_give": "tiada apa-apa untuk diberi",
        "nothing_to_boost": "tiada yang digandakan telah diberi",
        "not_yet": "masih perlu {more} lagi ({have} daripada {need})",
        "not_yet_intent": "masih ada sedikit lagi",
        "all_given": "semua yang boleh diberi telah diberi",
        "given_before": "ia telah diberi sebelum ini",
        "met_before": "yang ini sudah dikira",
        "nothing_to_tell_apart": "tiada apa-apa yang boleh dibezakan",
        "paused": "perolehan digantung selepas pelanggaran garis panduan",
        "paused_days": "tiada apa-apa diperoleh selama {days} hari",
        "lost": "lencana “{badge}” hilang",
        "refused": "ia tidak terpakai",
        "next_count": "{more} lagi {activity} untuk “{name}”.",
        "next_count_intent": "Teruskan dengan {activity} untuk “{name}”.",
        "next_streak_day": "{more} hari lagi berturut-turut untuk “{name}”.",
        "next_streak_week": "{more} minggu lagi berturut-turut untuk “{name}”.",
        "freezes_day": "{left} hari lagi boleh tertinggal {per}.",
        "freezes_week": "{left} minggu lagi boleh tertinggal {per}.",
        "this_week": "minggu ini",
        "this_month": "bulan ini",
        "next_challenge": "Yang belum selesai untuk “{name}”: {stages}.",
        "next_challenge_intent": "Teruskan dengan {activity} untuk “{name}”.",
        "stage": "{more} lagi {activity}",
        "stage_named": "{name} ({have} daripada {need})",
        "or_comma": ", ",
        "next_diversity": "{more} lagi {unit} yang berlainan untuk “{name}”.",
        "next_diversity_intent": "Teruskan dengan {unit} yang baharu untuk “{name}”.",
        "unit_counterparty": "orang",
        "unit_platform": "platform",
        "unit_object.id": "perkara",
        "next_clock": "“{name}” tiba pada {date}.",
        "next_clock_intent": "“{name}” akan tiba pada masanya.",
        "next_streak_intent": "Teruslah kembali untuk “{name}”.",
        "next_tier": "{more} mata lagi untuk {name}.",
        "next_tier_badges": "{name} juga memerlukan {badges}.",
        "next_badge": "{more} mata lagi untuk lencana “{name}”.",
        "next_badge_needs": "Lencana “{name}” juga memerlukan {needs}.",
        "tier": "tahap “{tier}”",
        "or": " atau ",
        ADJUSTMENT: "Pembetulan",
        REDEMPTION: "Penebusan",
        AWARD: "Diberi secara terus",
        TAKING: "Ditarik balik secara terus",
        TIER_LOCK: "Tahap ditetapkan secara terus",
        EXPIRY: "Tamat tempoh",
        KEPT: "Dikekalkan daripada sebelum peraturan baharu",
        "by_rulebook": "{sentence}, kerana buku peraturan {date}.",
    },
}


_BY_HAND = (ADJUSTMENT, AWARD, TAKING, TIER_LOCK)


def sentence(decision: Decision, rulebook: Rulebook, language: str) -> str:
    """One decision as a sentence for the member it is about."""
    texts = TEXTS.get(language, TEXTS["en"])
    rule = rulebook.rule(decision.rule)
    tells = rule.tells if rule is not None else "exact"
    if decision.outcome == GIVEN:
        if tells == "private":
            return neutral(decision.effects, rulebook, language)
        given = _given(decision.effects, rulebook, texts, language)
        title = _title(rule, decision.rule, texts, language)
        if decision.rule in _BY_HAND and decision.found:
            return texts["corrected"].format(rule=title, effects=given, reason=decision.found)
        return texts["given"].format(rule=title, effects=given)
    if rule is None or tells == "private":
        return texts["private_refused"]
    reason = _reason(decision, rule, rulebook, texts, language)
    return texts["not_given"].format(rule=_title(rule, decision.rule, texts, language), reason=reason)


def neutral(effects: Sequence[Mapping[str, Any]], rulebook: Rulebook, language: str) -> str:
    """What something that keeps to itself gave, in the one line that there is for it."""
    texts = TEXTS.get(language, TEXTS["en"])
    return texts["private"].format(effects=_given(effects, rulebook, texts, language))


def _given(effects: Sequence[Mapping[str, Any]], rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    return ", ".join(_effect(effect, rulebook, texts, language) for effect in effects) or texts["nothing"]


def by_rulebook(text: str, label: str, language: str) -> str:
    """A sentence about something that no activity brought, but the rulebook published on the day of that label."""
    texts = TEXTS.get(language, TEXTS["en"])
    return texts["by_rulebook"].format(sentence=text.removesuffix("."), date=spoken(label, language))


def progress(rulebook: Rulebook, standing: Standing, language: str) -> list[dict[str, Any]]:
    """What comes next: for each count, streak, badge by points and the next tier, what the member has and needs.

    Each is `{"rule" | "badge" | "tier": key, "have", "need", "sentence"}`, as of the standing's `through`. A rule that
    tells its intent has no numbers (None), a private one is left out, as is what is reached for good.
    """
    texts = TEXTS.get(language, TEXTS["en"])
    steps = [_next_of_rule(rule, rulebook, standing, texts, language) for rule in rulebook.rules]
    steps += [_next_by_needs(badge, rulebook, standing, texts, language) for badge in rulebook.badges.values()]
    steps.append(_next_tier(rulebook, standing, texts, language))
    return [step for step in steps if step is not None]


def _next_of_rule(
    rule: CompiledRule, rulebook: Rulebook, standing: Standing, texts: Mapping[str, str], language: str
) -> dict[str, Any] | None:
    if rule.tells == "private" or (come := rule_progress.progress(rule, rulebook, standing)) is None:
        return None
    exact, more = rule.tells == "exact", come.need - come.have
    kinds = [rulebook.kinds[kind] for kind in rule.kinds if kind in rulebook.kinds]
    counted = texts["or"].join(deeds.counted(kind, more if exact else 0, language) for kind in kinds)
    values = {"activity": counted, "name": said(rule.name, language, rule.key)}
    if not exact:
        form = texts[f"next_{rule.form}_intent"]
    elif isinstance(rule.terms, Streak):
        form = _numbered(texts, f"next_streak_{rule.terms.unit}", more)
    else:
        form = _numbered(texts, f"next_{rule.form}", more)
    if isinstance(rule.terms, Diversity):
        values["unit"] = unit_of(rule.terms.of, more, language)
    if come.on is not None:
        values["date"] = spoken(come.on, language)
    values["stages"] = texts["or_comma"].join(_stage(*one, rulebook, texts, language) for one in come.stages)
    text = form.format(more=more, **values)
    if exact and come.freezes is not None and isinstance(rule.terms, Streak):
        freezes = _numbered(texts, f"freezes_{rule.terms.unit}", come.freezes)
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


def _stage(stage: Stage, have: int, rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    """What is still to be done for a step of a challenge."""
    more = stage.times - have
    if stage.name:
        return texts["stage_named"].format(name=said(stage.name, language, stage.key), have=have, need=stage.times)
    kinds = [rulebook.kinds[kind] for kind in sorted(stage.kinds) if kind in rulebook.kinds]
    counted = texts["or"].join(deeds.counted(kind, more, language) for kind in kinds)
    return texts["stage"].format(more=more, activity=counted)


def unit_of(of: str, number: int, language: str) -> str:
    """What a diversity rule tells apart, as that many of them are called."""
    texts = TEXTS.get(language, TEXTS["en"])
    known = texts.get(f"unit_{of}_one") if number == 1 else None
    return known or texts.get(f"unit_{of}") or field_label(of, language)


def badge_progress(badge: Badge, rulebook: Rulebook, standing: Standing, language: str) -> dict[str, Any] | None:
    """How far the member is on the way to the badge, or to its next level: `{"level", "have", "need", "sentence"}`.

    None where there is nothing to tell: all levels are held, it is hidden from them, only a person or a private rule
    gives it, or a person took it away. Of several ways it is the one on which the member is furthest.
    """
    texts = TEXTS.get(language, TEXTS["en"])
    step = _next_by_needs(badge, rulebook, standing, texts, language)
    level = _next_level(badge, standing)
    ways = [] if step is None else [step]
    if level is not None:
        giving = (rule for rule in rulebook.rules if any(key == badge.key and to >= level for key, to in rule.badges))
        steps = [_next_of_rule(rule, rulebook, standing, texts, language) for rule in giving]
        ways += [step for step in steps if step is not None]
    if not ways:
        return None
    best = max(ways, key=lambda way: way["have"] / way["need"] if way["need"] else 0)
    return {"level": level, **{name: best[name] for name in ("have", "need", "sentence")}}


def _next_level(badge: Badge, standing: Standing) -> int | None:
    """The level that the member could come to next, as far as they may know of it."""
    if not badge.shows_to(standing.badges) or badge.key in standing.taken:
        return None
    held = standing.badges.get(badge.key, (0, 0))[0]
    return held + 1 if held < len(badge.levels) else None


def _next_by_needs(
    badge: Badge, rulebook: Rulebook, standing: Standing, texts: Mapping[str, str], language: str
) -> dict[str, Any] | None:
    """What is missing of the needs of the badge's next level; the numbers are those of what is furthest away."""
    level = _next_level(badge, standing)
    needs = badge.levels[level - 1].needs if level is not None else None
    if level is None or needs is None:
        return None
    name = said(badge.called(level), language, badge.key)
    parts: list[tuple[int, int]] = []
    sentences: list[str] = []
    for currency, need in needs.earned.items():
        have = standing.earned.get(currency, 0)
        if have < need:
            parts.append((have, need))
            sentences.append(_numbered(texts, "next_badge", need - have).format(more=need - have, name=name))
    missing = [key for key in needs.badges if key not in standing.badges]
    others = [_badge(key, rulebook, standing, texts, language) for key in missing]
    if missing:
        parts.append((len(needs.badges) - len(missing), len(needs.badges)))
    if needs.tier is not None and not met(Needs({}, (), needs.tier), standing, rulebook.tier_keys):
        parts.append((0, 1))
        others.append(texts["tier"].format(tier=tier_name(rulebook, needs.tier, language)))
    if others:
        sentences.append(texts["next_badge_needs"].format(name=name, needs=", ".join(others)))
    if not parts:
        return None
    have, need = min(parts, key=lambda part: part[0] / part[1])
    return {"badge": badge.key, "have": have, "need": need, "sentence": " ".join(sentences)}


def _badge(key: str, rulebook: Rulebook, standing: Standing, texts: Mapping[str, str], language: str) -> str:
    """A badge that the member does not hold, as far as they may know of it."""
    badge = rulebook.badges.get(key)
    if badge is not None and not badge.shows_to(standing.badges):
        return texts["surprise"]
    return texts["badge"].format(badge=badge_name(rulebook, key, language))


def _next_tier(
    rulebook: Rulebook, standing: Standing, texts: Mapping[str, str], language: str
) -> dict[str, Any] | None:
    ladder = rulebook.tiers
    if ladder is None:
        return None
    following = ladder.index(standing.tier_key) + 1
    if following >= len(ladder.levels):
        return None
    level = ladder.levels[following]
    have = tiers.score(ladder, standing, zone(rulebook.zone).day(max(standing.through, 0)))
    name = said(level.name, language, level.key)
    more = level.reach - have
    sentences = [_numbered(texts, "next_tier", more).format(more=more, name=name)] if more > 0 else []
    missing = [badge for badge in level.needs_badges if badge not in standing.badges]
    if missing:
        listed = ", ".join(_badge(badge, rulebook, standing, texts, language) for badge in missing)
        sentences.append(texts["next_tier_badges"].format(name=name, badges=listed))
    return {"tier": level.key, "have": have, "need": level.reach, "sentence": " ".join(sentences)}


def _numbered(texts: Mapping[str, str], form: str, number: int) -> str:
    """The text for that many: its singular for one, in a language that has it."""
    return texts.get(f"{form}_one", texts[form]) if number == 1 else texts[form]


def _reason(decision: Decision, rule: CompiledRule, rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    code, exact = decision.code or "refused", rule.tells == "exact"
    if code == "condition_failed":
        return _condition(decision, rule, rulebook, texts, language)
    if code == "limit_reached":
        return _limit(decision, rule, texts) if exact else texts["limit_intent"]
    if code == "budget_spent":
        return _limit(decision, rule, texts) if exact else texts["budget_intent"]
    if code == "not_yet":
        if not exact or not isinstance(decision.found, dict) or decision.found.get("need") is None:
            return texts["not_yet_intent"]
        have, need = decision.found["have"], decision.found["need"]
        return _numbered(texts, "not_yet", need - have).format(more=need - have, have=have, need=need)
    if code == "outstacked":
        winner = rulebook.rule(str(decision.found))
        if winner is None or winner.tells == "private":
            return texts["refused"]
        return texts["outstacked"].format(winner=said(winner.name, language, winner.key))
    return texts.get(code, texts["refused"])


def _condition(
    decision: Decision, rule: CompiledRule, rulebook: Rulebook, texts: Mapping[str, str], language: str
) -> str:
    leaf: Any = rule.document
    for step in (decision.path or "").split("/")[1:]:
        leaf = leaf[int(step)] if isinstance(leaf, list) else leaf[step]
    if "field" not in leaf:
        return texts["condition_group"]
    word = next(name for name in leaf if name != "field")
    value = leaf[word]
    field = field_label(leaf["field"], language)
    if rule.tells != "exact":
        return texts["condition_intent"].format(field=field)
    if word == "exists":
        return texts["condition_failed"].format(field=field, operator=texts["exists_true" if value else "exists_false"])
    values = [called(leaf["field"], one, rulebook, language) for one in (value if isinstance(value, list) else [value])]
    operator = texts[word].format(value=", ".join(values))
    if decision.found is None:
        return texts["condition_absent"].format(field=field, operator=operator)
    return texts["condition_found"].format(field=field, operator=operator, found=_listed(decision.found) or "[]")


def _limit(decision: Decision, rule: CompiledRule, texts: Mapping[str, str]) -> str:
    limit = next((limit for limit in (*rule.times, *rule.caps, *rule.budgets) if limit.path == decision.path), None)
    if limit is None:
        return texts["limit_intent"]
    sort = "budget" if limit.budget else "limit"
    form = f"{sort}_points" if limit.points else "limit_pair" if limit.pair else f"{sort}_times"
    return texts[form].format(most=limit.most, per=texts[limit.per])


def _effect(effect: Mapping[str, Any], rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    if "points" in effect:
        return f"{effect['points']:+d} {currency_name(rulebook, effect['currency'], language)}"
    if "badge" in effect:
        level = effect.get("level", 1)
        form = "badge" if level == 1 or _has_own_name(rulebook, effect["badge"], level) else "badge_level"
        return texts[form].format(badge=badge_name(rulebook, effect["badge"], language, level), level=level)
    if "paused_days" in effect:
        return _numbered(texts, "paused_days", effect["paused_days"]).format(days=effect["paused_days"])
    if "lost" in effect:
        return texts["lost"].format(badge=badge_name(rulebook, effect["lost"], language))
    if "taken" in effect:
        return texts["badge"].format(badge=badge_name(rulebook, effect["taken"], language))
    if "tier" in effect:
        return texts["tier_free"] if effect["tier"] is None else tier_name(rulebook, effect["tier"], language)
    return texts["boost"].format(percent=effect["boost"])


def _title(rule: CompiledRule | None, word: str, texts: Mapping[str, str], language: str) -> str:
    return said(rule.name, language, rule.key) if rule is not None else texts.get(word, word)


def badge_name(rulebook: Rulebook, key: str, language: str, level: int = 1) -> str:
    """What a badge is called, at a level."""
    badge = rulebook.badges.get(key)
    return said(badge.called(level), language, key) if badge is not None else key


def _has_own_name(rulebook: Rulebook, key: str, level: int) -> bool:
    badge = rulebook.badges.get(key)
    return badge is not None and badge.called(level) != badge.name


def called(field: str, value: object, rulebook: Rulebook, language: str) -> str:
    """A value that a condition asks of a field, for people: badges and tiers by their names, hidden badges by none."""
    if field == "member.tier":
        return tier_name(rulebook, str(value), language)
    if field == "member.badges":
        badge = rulebook.badges.get(str(value))
        hidden = badge is not None and badge.hidden
        return TEXTS.get(language, TEXTS["en"])["surprise"] if hidden else badge_name(rulebook, str(value), language)
    return str(value)


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


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def said(names: Mapping[str, str], language: str, key: str) -> str:
    """A name in the language, else in English, else in any, else the key."""
    return names.get(language) or names.get("en") or next(iter(names.values()), key)
