"""A rulebook in plain sentences: what each rule gives and for what, how a badge is won, what a tier asks.

A rule's `tells` decides how much, as in `explain`: `exact` says everything; `intent` says what is done and what it
gives, but no number of a condition or limit; a `private` rule is not described, and a badge that only such rules give
is a surprise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rules_engine import deeds, fields
from rules_engine.active import Active
from rules_engine.amounts import Points
from rules_engine.badges import Badge
from rules_engine.days import DAY, zone
from rules_engine.explain import badge_name, currency_name, field_label, said, tier_name
from rules_engine.limits import Limit
from rules_engine.rules import ACTOR, BOOST, COUNT, STREAK, CompiledRule, Rulebook
from rules_engine.tiers import Level

_EN = {
    "and": "{0} and {1}",
    "or": "{0} or {1}",
    "single": "Each time {deed}{when}: {gives}.",
    "every": "Every {every} times that {deed}{when}: {gives}.",
    "levels": "When {deed}{when} for the {levels} time: {gives}.",
    "streak": "{days} days in a row on which {deed}{when}: {gives}.",
    "boost": "When {deed}{when}: {percent} % of the usual points for {rules}.",
    "depends": " What counts depends on {fields}.",
    "when": " ({what})",
    "not": "not {what}",
    "at_least": "{field}: at least {value}",
    "at_most": "{field}: at most {value}",
    "is": "{field}: “{value}”",
    "is_not": "{field}: not “{value}”",
    "one_of": "{field}: {value}",
    "there": "{field}",
    "missing": "no {field}",
    "points": "{points} {currency}",
    "plus": "{points} {currency}, plus {each} for each of the {unit} (up to {most})",
    "per": "{each} {currency} for each of the {unit} (up to {most})",
    "matures": " (to be spent after {days} days)",
    "expires": " (for {days} days)",
    "badge": "the badge “{badge}”",
    "nothing": "nothing yet",
    "times": "at most {times} {per}",
    "pair": "at most {times} {per} with the same person",
    "cap": "at most {most} points {per}",
    "once": "once",
    "twice": "twice",
    "many": "{most} times",
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "ever": "in all",
    "weekdays": "only on {days}",
    "dates": "only on special days",
    "from": "from {date}",
    "until": "until {date}",
    "by_rule": "For {rules}.",
    "surprise": "A surprise: it finds you.",
    "by_hand": "Given by the people who run the community.",
    "needs": "Comes with {needs}.",
    "earned": "{points} {currency} earned",
    "tier": "the tier “{tier}”",
    "start": "From the first day.",
    "reach": "{points} {currency} {period}",
    "keep": ", and {points} to stay",
    "period_ever": "in all",
    "period_year": "in a year",
    "period_quarter": "in a quarter",
    "period_month": "in a month",
    "with_badges": " Also needs {badges}.",
    "days": "Mondays,Tuesdays,Wednesdays,Thursdays,Fridays,Saturdays,Sundays",
    "months": "January,February,March,April,May,June,July,August,September,October,November,December",
}
_MS = {
    "and": "{0} dan {1}",
    "or": "{0} atau {1}",
    "single": "Setiap kali {deed}{when}: {gives}.",
    "every": "Setiap {every} kali {deed}{when}: {gives}.",
    "levels": "Apabila {deed}{when} kali {levels}: {gives}.",
    "streak": "{days} hari berturut-turut {deed}{when}: {gives}.",
    "boost": "Apabila {deed}{when}: {percent} % daripada mata biasa bagi {rules}.",
    "depends": " Kiraannya bergantung pada {fields}.",
    "when": " ({what})",
    "not": "bukan {what}",
    "at_least": "{field}: sekurang-kurangnya {value}",
    "at_most": "{field}: selebih-lebihnya {value}",
    "is": "{field}: “{value}”",
    "is_not": "{field}: selain “{value}”",
    "one_of": "{field}: {value}",
    "there": "{field}",
    "missing": "tiada {field}",
    "points": "{points} {currency}",
    "plus": "{points} {currency}, tambah {each} bagi setiap {unit} (hingga {most})",
    "per": "{each} {currency} bagi setiap {unit} (hingga {most})",
    "matures": " (boleh dibelanjakan selepas {days} hari)",
    "expires": " (selama {days} hari)",
    "badge": "lencana “{badge}”",
    "nothing": "belum ada apa-apa",
    "times": "paling banyak {times} {per}",
    "pair": "paling banyak {times} {per} dengan orang yang sama",
    "cap": "paling banyak {most} mata {per}",
    "once": "sekali",
    "twice": "dua kali",
    "many": "{most} kali",
    "day": "sehari",
    "week": "seminggu",
    "month": "sebulan",
    "ever": "kesemuanya",
    "weekdays": "hanya pada hari {days}",
    "dates": "hanya pada hari istimewa",
    "from": "mulai {date}",
    "until": "sehingga {date}",
    "by_rule": "Untuk {rules}.",
    "surprise": "Satu kejutan: ia akan menemui anda.",
    "by_hand": "Diberi oleh pengurus komuniti.",
    "needs": "Datang bersama {needs}.",
    "earned": "{points} {currency} diperoleh",
    "tier": "tahap “{tier}”",
    "start": "Sejak hari pertama.",
    "reach": "{points} {currency} {period}",
    "keep": ", dan {points} untuk kekal",
    "period_ever": "kesemuanya",
    "period_year": "dalam setahun",
    "period_quarter": "dalam satu suku tahun",
    "period_month": "dalam sebulan",
    "with_badges": " Juga memerlukan {badges}.",
    "days": "Isnin,Selasa,Rabu,Khamis,Jumaat,Sabtu,Ahad",
    "months": "Januari,Februari,Mac,April,Mei,Jun,Julai,Ogos,September,Oktober,November,Disember",
}
TEXTS = {"en": _EN, "ms": _MS}


def rule(one: CompiledRule, rulebook: Rulebook, language: str) -> str | None:
    """What the rule gives and for what; None for a private one."""
    if one.tells == "private":
        return None
    return _Describer(rulebook, language).rule(one)


def badge(one: Badge, rulebook: Rulebook, language: str) -> str:
    """How the badge is won."""
    return _Describer(rulebook, language).badge(one)


def tier(level: Level, rulebook: Rulebook, language: str) -> str:
    """What the tier asks of who wants to come into it and stay."""
    return _Describer(rulebook, language).tier(level)


class _Describer:
    """One rulebook in one language."""

    def __init__(self, rulebook: Rulebook, language: str) -> None:
        self.rulebook = rulebook
        self.language = language if language in TEXTS else "en"
        self.texts = TEXTS[self.language]

    def rule(self, one: CompiledRule) -> str:
        exact = one.tells == "exact"
        kinds = [self.rulebook.kinds[kind] for kind in one.kinds if kind in self.rulebook.kinds]
        deed = self.join("or", [deeds.clause(kind, one.earns == ACTOR, self.language) for kind in kinds])
        condition = one.document.get("when")
        values = {
            "deed": deed,
            "when": self.texts["when"].format(what=self.condition(condition)) if condition and exact else "",
            "gives": self.gives(one),
        }
        if one.form == COUNT and one.levels is not None:
            form = "every" if one.levels.every else "levels"
            values |= {"every": str(one.levels.every), "levels": self.ordinals(one.levels.at)}
        elif one.form == STREAK:
            form = "streak"
            values["days"] = str(one.streak_days)
        elif one.form == BOOST:
            form = "boost"
            values |= {"percent": str(one.percent), "rules": self.rules(sorted(one.boosts))}
        else:
            form = "single"
        sentence = self.texts[form].format(**values)
        if not exact:
            named = [field_label(name, self.language) for name in _fields_in(condition)]
            return sentence + (self.texts["depends"].format(fields=self.join("and", named)) if named else "")
        bounds = [self.limit(limit) for limit in (*one.times, *one.caps)]
        if one.active is not None:
            bounds += self.active(one.active)
        return f"{sentence} {_capital('; '.join(bounds))}." if bounds else sentence

    def badge(self, one: Badge) -> str:
        givers = [rule for rule in self.rulebook.rules if any(key == one.key for key, _ in rule.badges)]
        shown = [rule.key for rule in givers if rule.tells != "private"]
        ways = [self.texts["by_rule"].format(rules=self.rules(shown))] if shown else []
        if one.needs is not None:
            needs = [
                self.texts["earned"].format(points=points, currency=self.currency(currency))
                for currency, points in one.needs.earned.items()
            ]
            needs += [self.badge_called(key) for key in one.needs.badges]
            if one.needs.tier is not None:
                needs.append(self.texts["tier"].format(tier=tier_name(self.rulebook, one.needs.tier, self.language)))
            ways.append(self.texts["needs"].format(needs=self.join("and", needs)))
        return " ".join(ways) or self.texts["surprise" if givers else "by_hand"]

    def tier(self, level: Level) -> str:
        ladder = self.rulebook.tiers
        assert ladder is not None
        badges = self.join("and", [self.badge_called(key) for key in level.needs_badges])
        needs = self.texts["with_badges"].format(badges=badges) if badges else ""
        if level.reach == 0:
            return self.texts["start"] + needs
        period = self.texts[f"period_{ladder.period}"]
        reach = self.texts["reach"].format(points=level.reach, currency=self.currency(ladder.currency), period=period)
        keep = self.texts["keep"].format(points=level.keep) if ladder.period != "ever" and level.keep else ""
        return f"{reach}{keep}.{needs}"

    def gives(self, one: CompiledRule) -> str:
        given = [self.points(points, one) for points in one.points]
        return self.join("and", given + [self.badge_called(key) for key, _ in one.badges]) or self.texts["nothing"]

    def points(self, given: Points, one: CompiledRule) -> str:
        form = "points" if given.per is None else "plus" if given.base else "per"
        unit = "" if given.per is None else field_label(fields.DATA + given.per, self.language)
        text = self.texts[form].format(
            points=given.base, currency=self.currency(given.currency), each=given.each, unit=unit, most=given.at_most
        )
        if given.matures_after:
            text += self.texts["matures"].format(days=given.matures_after // DAY)
        if given.expires_after:
            text += self.texts["expires"].format(days=given.expires_after // DAY)
        return text

    def condition(self, node: Mapping[str, Any]) -> str:
        """A tree of conditions; what is grouped inside another group stands in brackets."""
        for branch, word in (("all", "and"), ("any", "or")):
            if branch in node:
                parts = [self.condition(inner) for inner in node[branch]]
                grouped = [
                    f"({part})" if len(inner.keys() & {"all", "any"}) else part
                    for inner, part in zip(node[branch], parts, strict=True)
                ]
                return self.join(word, grouped)
        if "not" in node:
            return self.texts["not"].format(what=f"({self.condition(node['not'])})")
        return self.leaf(node)

    def leaf(self, node: Mapping[str, Any]) -> str:
        word = next(name for name in node if name != "field")
        value, field = node[word], field_label(node["field"], self.language)
        if word == "exists" or value is True or value is False:
            there = bool(value) != (word == "is_not")
            return self.texts["there" if there else "missing"].format(field=field)
        values = [f"“{item}”" for item in value] if isinstance(value, list) else [f"“{value}”"]
        if word in ("one_of", "has", "has_any"):
            return self.texts["one_of"].format(field=field, value=self.join("or", values))
        return self.texts[word].format(field=field, value=value)

    def limit(self, limit: Limit) -> str:
        per = self.texts[limit.per]
        if limit.points:
            return self.texts["cap"].format(most=limit.most, per=per)
        times = self.texts[{1: "once", 2: "twice"}.get(limit.most, "many")].format(most=limit.most)
        return self.texts["pair" if limit.pair else "times"].format(times=times, per=per)

    def active(self, window: Active) -> list[str]:
        said_of = []
        if window.weekdays is not None:
            names = self.texts["days"].split(",")
            days = self.join("and", [names[day] for day in sorted(window.weekdays)])
            said_of.append(self.texts["weekdays"].format(days=days))
        if window.dates is not None:
            said_of.append(self.texts["dates"])
        for word, date in (("from", window.starts), ("until", window.ends)):
            if date is not None:
                said_of.append(self.texts[word].format(date=self.date(date)))
        return said_of

    def date(self, date: str | int) -> str:
        label = date if isinstance(date, str) else zone(self.rulebook.zone).day(date).label
        year, month, day = label.split("-")
        return f"{int(day)} {self.texts['months'].split(',')[int(month) - 1]} {year}"

    def ordinals(self, levels: Sequence[int]) -> str:
        if self.language == "ms":
            return self.join("and", [f"ke-{level}" for level in levels])
        return self.join("and", [_ordinal(level) for level in levels])

    def rules(self, keys: Sequence[str]) -> str:
        found = [self.rulebook.rule(key) for key in keys]
        names = [said(one.name, self.language, one.key) for one in found if one is not None and one.tells != "private"]
        return self.join("or", [f"“{name}”" for name in names])

    def badge_called(self, key: str) -> str:
        return self.texts["badge"].format(badge=badge_name(self.rulebook, key, self.language))

    def currency(self, key: str) -> str:
        return currency_name(self.rulebook, key, self.language)

    def join(self, word: str, parts: Sequence[str]) -> str:
        """`a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return self.texts[word].format(", ".join(parts[:-1]), parts[-1])


def _fields_in(node: Any) -> list[str]:
    """The fields that a tree of conditions reads, each once."""
    if isinstance(node, list):
        return list(dict.fromkeys(name for item in node for name in _fields_in(item)))
    if not isinstance(node, dict):
        return []
    return [node["field"]] if "field" in node else _fields_in([*node.values()])


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
