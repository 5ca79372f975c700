"""Decisions and what comes next, as sentences in the reader's language.

A rule's `tells` decides how much: `exact` says the numbers; `intent` says what mattered but no number of a condition,
limit or threshold; `private` is one neutral line. Points that were given are always said, so that the lines still add
up. A language that is not known, or a name that is missing in it, falls back to English, then to the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_engine import fields, streaks, tiers
from rules_engine.days import zone
from rules_engine.effects import ADJUSTMENT, AWARD, EXPIRY, GIVEN, REDEMPTION, Decision
from rules_engine.rules import COUNT, STREAK, CompiledRule, Rulebook
from rules_engine.standing import Standing

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "given": "{rule}: {effects}.",
        "private": "Community recognition {effects}.",
        "private_refused": "This activity brought nothing here.",
        "not_given": "{rule}: not given, because {reason}.",
        "badge": "badge “{badge}”",
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
        "outside_window": "it is not active at this time",
        "outstacked": "“{winner}” counted instead",
        "undone": "the activity was taken back",
        "staff": "staff and bots earn nothing",
        "same_person": "both sides are the same person",
        "already_held": "the badge is held already",
        "nothing_to_give": "there is nothing to give for it",
        "nothing_to_boost": "nothing that it boosts was given",
        "not_yet": "there are {more} more to go ({have} of {need})",
        "not_yet_intent": "there is some way to go yet",
        "refused": "it does not apply",
        "next_count": "{more} more of {activity} for “{name}”.",
        "next_count_intent": "Keep going with {activity} for “{name}”.",
        "next_streak": "{more} more days in a row for “{name}”.",
        "next_streak_intent": "Keep coming back for “{name}”.",
        "next_tier": "{more} more points for {name}.",
        "next_tier_badges": "{name} also needs {badges}.",
        "next_badge": "{more} more points for the badge “{name}”.",
        "or": " or ",
        ADJUSTMENT: "Correction",
        REDEMPTION: "Redemption",
        AWARD: "Given by hand",
        EXPIRY: "Expired",
    },
    "ms": {
        "given": "{rule}: {effects}.",
        "private": "Penghargaan komuniti {effects}.",
        "private_refused": "Aktiviti ini tidak membawa apa-apa di sini.",
        "not_given": "{rule}: tidak diberi, kerana {reason}.",
        "badge": "lencana “{badge}”",
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
        "outside_window": "ia tidak aktif pada masa ini",
        "outstacked": "“{winner}” dikira sebagai ganti",
        "undone": "aktiviti itu telah ditarik balik",
        "staff": "kakitangan dan bot tidak memperoleh apa-apa",
        "same_person": "kedua-dua pihak ialah orang yang sama",
        "already_held": "lencana itu sudah dimiliki",
        "nothing_to_give": "tiada apa-apa untuk diberi",
        "nothing_to_boost": "tiada yang digandakan telah diberi",
        "not_yet": "masih perlu {more} lagi ({have} daripada {need})",
        "not_yet_intent": "masih ada sedikit lagi",
        "refused": "ia tidak terpakai",
        "next_count": "{more} lagi {activity} untuk “{name}”.",
        "next_count_intent": "Teruskan {activity} untuk “{name}”.",
        "next_streak": "{more} hari lagi berturut-turut untuk “{name}”.",
        "next_streak_intent": "Teruslah kembali untuk “{name}”.",
        "next_tier": "{more} mata lagi untuk {name}.",
        "next_tier_badges": "{name} juga memerlukan {badges}.",
        "next_badge": "{more} mata lagi untuk lencana “{name}”.",
        "or": " atau ",
        ADJUSTMENT: "Pembetulan",
        REDEMPTION: "Penebusan",
        AWARD: "Diberi secara terus",
        EXPIRY: "Tamat tempoh",
    },
}


def sentence(decision: Decision, rulebook: Rulebook, language: str) -> str:
    """One decision as a sentence for the member it is about."""
    texts = TEXTS.get(language, TEXTS["en"])
    rule = rulebook.rule(decision.rule)
    tells = rule.tells if rule is not None else "exact"
    if decision.outcome == GIVEN:
        given = ", ".join(_effect(effect, rulebook, texts, language) for effect in decision.effects) or texts["nothing"]
        if tells == "private":
            return texts["private"].format(effects=given)
        return texts["given"].format(rule=_title(rule, decision.rule, texts, language), effects=given)
    if rule is None or tells == "private":
        return texts["private_refused"]
    reason = _reason(decision, rule, rulebook, texts, language)
    return texts["not_given"].format(rule=_title(rule, decision.rule, texts, language), reason=reason)


def progress(rulebook: Rulebook, standing: Standing, language: str) -> list[dict[str, Any]]:
    """What comes next: for each count, streak, badge by points and the next tier, what the member has and needs.

    Each is `{"rule" | "badge" | "tier": key, "have", "need", "sentence"}`, as of the standing's `through`. A rule that
    tells its intent has no numbers (None), a private one is left out, as is what is reached for good.
    """
    texts = TEXTS.get(language, TEXTS["en"])
    steps = [_next_of_rule(rule, rulebook, standing, texts, language) for rule in rulebook.rules]
    steps += _next_badges(rulebook, standing, texts, language)
    steps.append(_next_tier(rulebook, standing, texts, language))
    return [step for step in steps if step is not None]


def _next_of_rule(
    rule: CompiledRule, rulebook: Rulebook, standing: Standing, texts: Mapping[str, str], language: str
) -> dict[str, Any] | None:
    if rule.tells == "private" or rule.form not in (COUNT, STREAK):
        return None
    need: int | None
    if rule.levels is not None:
        have = standing.counts.get(rule.key, 0)
        need = rule.levels.after(have)
    else:
        have = streaks.running(standing, rule.key, rulebook.zone, max(standing.through, 0))
        need = (have // rule.streak_days + 1) * rule.streak_days
    if need is None:
        return None
    names = [said(rulebook.kinds[kind].name, language, kind) for kind in rule.kinds if kind in rulebook.kinds]
    exact = rule.tells == "exact"
    text = texts[f"next_{rule.form}" if exact else f"next_{rule.form}_intent"].format(
        more=need - have, activity=texts["or"].join(names), name=said(rule.name, language, rule.key)
    )
    return {"rule": rule.key, "have": have if exact else None, "need": need if exact else None, "sentence": text}


def _next_badges(
    rulebook: Rulebook, standing: Standing, texts: Mapping[str, str], language: str
) -> list[dict[str, Any] | None]:
    steps: list[dict[str, Any] | None] = []
    for badge in rulebook.badges.values():
        if badge.needs is None or badge.key in standing.badges:
            continue
        for currency, need in badge.needs.earned.items():
            have = standing.earned.get(currency, 0)
            if have < need:
                text = texts["next_badge"].format(more=need - have, name=said(badge.name, language, badge.key))
                steps.append({"badge": badge.key, "have": have, "need": need, "sentence": text})
    return steps


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
    sentences = [texts["next_tier"].format(more=level.reach - have, name=name)] if have < level.reach else []
    missing = [badge for badge in level.needs_badges if badge not in standing.badges]
    if missing:
        listed = ", ".join(texts["badge"].format(badge=badge_name(rulebook, badge, language)) for badge in missing)
        sentences.append(texts["next_tier_badges"].format(name=name, badges=listed))
    return {"tier": level.key, "have": have, "need": level.reach, "sentence": " ".join(sentences)}


def _reason(decision: Decision, rule: CompiledRule, rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    code, exact = decision.code or "refused", rule.tells == "exact"
    if code == "condition_failed":
        return _condition(decision, rule, texts, language)
    if code == "limit_reached":
        return _limit(decision, rule, texts) if exact else texts["limit_intent"]
    if code == "not_yet":
        if not exact or not isinstance(decision.found, dict) or decision.found.get("need") is None:
            return texts["not_yet_intent"]
        have, need = decision.found["have"], decision.found["need"]
        return texts["not_yet"].format(more=need - have, have=have, need=need)
    if code == "outstacked":
        winner = rulebook.rule(str(decision.found))
        if winner is None or winner.tells == "private":
            return texts["refused"]
        return texts["outstacked"].format(winner=said(winner.name, language, winner.key))
    return texts.get(code, texts["refused"])


def _condition(decision: Decision, rule: CompiledRule, texts: Mapping[str, str], language: str) -> str:
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
    operator = texts[word].format(value=_listed(value))
    if decision.found is None:
        return texts["condition_absent"].format(field=field, operator=operator)
    return texts["condition_found"].format(field=field, operator=operator, found=_listed(decision.found) or "[]")


def _limit(decision: Decision, rule: CompiledRule, texts: Mapping[str, str]) -> str:
    limit = next((limit for limit in (*rule.times, *rule.caps) if limit.path == decision.path), None)
    if limit is None:
        return texts["limit_intent"]
    form = "limit_points" if limit.points else "limit_pair" if limit.pair else "limit_times"
    return texts[form].format(most=limit.most, per=texts[limit.per])


def _effect(effect: Mapping[str, Any], rulebook: Rulebook, texts: Mapping[str, str], language: str) -> str:
    if "points" in effect:
        return f"{effect['points']:+d} {currency_name(rulebook, effect['currency'], language)}"
    if "badge" in effect:
        return texts["badge"].format(badge=badge_name(rulebook, effect["badge"], language))
    return texts["boost"].format(percent=effect["boost"])


def _title(rule: CompiledRule | None, word: str, texts: Mapping[str, str], language: str) -> str:
    return said(rule.name, language, rule.key) if rule is not None else texts.get(word, word)


def badge_name(rulebook: Rulebook, key: str, language: str) -> str:
    """What a badge is called."""
    badge = rulebook.badges.get(key)
    return said(badge.name, language, key) if badge is not None else key


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
