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
from rules_engine.badges import Badge, Needs
from rules_engine.boosts import Boost
from rules_engine.challenges import Challenge, Stage
from rules_engine.clocks import Clock
from rules_engine.conduct import Conduct
from rules_engine.counts import Count
from rules_engine.dates import spoken
from rules_engine.days import DAY, zone
from rules_engine.diversity import Diversity
from rules_engine.explain import badge_name, called, currency_name, field_label, said, tier_name, unit_of
from rules_engine.limits import Limit
from rules_engine.rules import ACTOR, CompiledRule, Rulebook
from rules_engine.streaks import Streak
from rules_engine.tiers import Level

_EN = {
    "and": "{0} and {1}",
    "or": "{0} or {1}",
    "single": "Each time {deed}{when}: {gives}.",
    "every": "Every {every} times that {deed}{when}: {gives}.",
    "levels": "When {deed}{when} for the {levels} time: {gives}.",
    "streak_day": "{most} days in a row on which {deed}{when}: {gives}.",
    "streak_week": "{most} weeks in a row in which {deed}{when}: {gives}.",
    "freezes_day": " {missed} a {per} may be missed.",
    "freezes_week": " {missed} a {per} may be missed.",
    "missed_day": "{most} days",
    "missed_day_one": "1 day",
    "missed_week": "{most} weeks",
    "missed_week_one": "1 week",
    "per_week": "week",
    "per_month": "month",
    "challenge": "{steps}{within}{when}: {gives}.",
    "within": " within {days} days",
    "repeats": " Again and again.",
    "diversity": "When {deed}{when}, the {levels} different {unit}{window}: {gives}.",
    "in_ever": "",
    "in_week": " in a week",
    "in_month": " in a month",
    "clock_year": "Every year on the day of your first activity{when}: {gives}.",
    "clock_month": "Every month on the day of your first activity{when}: {gives}.",
    "clock_after": "{days} days after your first activity{when}: {gives}.",
    "conduct": "When {deed}{when}: {consequences}.",
    "withdrawn": "{points} {currency} are withdrawn",
    "paused": "nothing is earned for {days} days",
    "lost": "{badge} is lost",
    "boost": "When {deed}{when}: {percent} % of the usual points for {rules}.",
    "everything": "everything",
    "hours": "only from {from} to {until}",
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
    "level_needs": "Level {level} (“{name}”) comes with {needs}.",
    "keeps": "Once won, it stays.",
    "surprise_badge": "a badge that is a surprise",
    "level": "{badge}, level {level}",
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
}
_MS = {
    "and": "{0} dan {1}",
    "or": "{0} atau {1}",
    "single": "Setiap kali {deed}{when}: {gives}.",
    "every": "Setiap {every} kali {deed}{when}: {gives}.",
    "levels": "Apabila {deed}{when} kali {levels}: {gives}.",
    "streak_day": "{most} hari berturut-turut {deed}{when}: {gives}.",
    "streak_week": "{most} minggu berturut-turut {deed}{when}: {gives}.",
    "freezes_day": " {missed} setiap {per} boleh tertinggal.",
    "freezes_week": " {missed} setiap {per} boleh tertinggal.",
    "missed_day": "{most} hari",
    "missed_week": "{most} minggu",
    "per_week": "minggu",
    "per_month": "bulan",
    "challenge": "{steps}{within}{when}: {gives}.",
    "within": " dalam {days} hari",
    "repeats": " Berulang kali.",
    "diversity": "Apabila {deed}{when}, {unit} berlainan yang {levels}{window}: {gives}.",
    "in_ever": "",
    "in_week": " dalam seminggu",
    "in_month": " dalam sebulan",
    "clock_year": "Setiap tahun pada tarikh aktiviti pertama anda{when}: {gives}.",
    "clock_month": "Setiap bulan pada tarikh aktiviti pertama anda{when}: {gives}.",
    "clock_after": "{days} hari selepas aktiviti pertama anda{when}: {gives}.",
    "conduct": "Apabila {deed}{when}: {consequences}.",
    "withdrawn": "{points} {currency} ditarik balik",
    "paused": "tiada apa-apa diperoleh selama {days} hari",
    "lost": "{badge} hilang",
    "everything": "semuanya",
    "hours": "hanya dari {from} hingga {until}",
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
    "level_needs": "Peringkat {level} (“{name}”) datang bersama {needs}.",
    "keeps": "Sekali dimenangi, ia kekal.",
    "surprise_badge": "satu lencana kejutan",
    "level": "{badge}, peringkat {level}",
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
        form, more = self.form(one)
        sentence = self.texts[form].format(**values, **more)
        if isinstance(one.terms, Streak) and one.terms.freezes and exact:
            sentence += self.freezes(one.terms)
        if isinstance(one.terms, Challenge):
            sentence = _capital(sentence) + (self.texts["repeats"] if one.terms.repeats else "")
        if not exact:
            named = [field_label(name, self.language) for name in _fields_in(condition)]
            return sentence + (self.texts["depends"].format(fields=self.join("and", named)) if named else "")
        bounds = [self.limit(limit) for limit in (*one.times, *one.caps)]
        if one.active is not None:
            bounds += self.active(one.active)
        return f"{sentence} {_capital('; '.join(bounds))}." if bounds else sentence

    def form(self, one: CompiledRule) -> tuple[str, dict[str, str]]:
        """The sentence for the form of a rule, and what stands in it besides the deed, the condition and the gift."""
        terms = one.terms
        if isinstance(terms, Count):
            every, at = terms.levels.every, terms.levels.at
            return "every" if every else "levels", {"every": str(every), "levels": self.ordinals(at)}
        if isinstance(terms, Streak):
            return f"streak_{terms.unit}", {"most": str(terms.most)}
        if isinstance(terms, Challenge):
            steps = self.join("and", [self.stage(stage) for stage in terms.steps])
            within = self.texts["within"].format(days=terms.within) if terms.within else ""
            return "challenge", {"steps": steps, "within": within}
        if isinstance(terms, Diversity):
            unit = unit_of(terms.of, 1, self.language)
            levels, window = self.ordinals(terms.levels.at), self.texts[f"in_{terms.per}"]
            return "diversity", {"levels": levels, "unit": unit, "window": window}
        if isinstance(terms, Clock):
            return f"clock_{terms.anniversary or 'after'}", {"days": str(terms.after // DAY)}
        if isinstance(terms, Conduct):
            return "conduct", {"consequences": self.consequences(terms)}
        if isinstance(terms, Boost):
            rules = self.texts["everything"] if terms.of is None else self.rules(sorted(terms.of))
            return "boost", {"percent": str(terms.percent), "rules": rules}
        return "single", {}

    def stage(self, stage: Stage) -> str:
        if stage.name:
            return f"“{said(stage.name, self.language, stage.key)}”"
        kinds = [self.rulebook.kinds[kind] for kind in sorted(stage.kinds) if kind in self.rulebook.kinds]
        counted = self.join("or", [deeds.counted(kind, stage.times, self.language) for kind in kinds])
        return f"{stage.times} {counted}"

    def freezes(self, streak: Streak) -> str:
        form = f"missed_{streak.unit}"
        missed = self.texts.get(f"{form}_one", self.texts[form]) if streak.freezes == 1 else self.texts[form]
        return self.texts[f"freezes_{streak.unit}"].format(
            missed=missed.format(most=streak.freezes), per=self.texts[f"per_{streak.per}"]
        )

    def consequences(self, conduct: Conduct) -> str:
        parts = [
            self.texts["withdrawn"].format(points=points, currency=self.currency(currency))
            for currency, points in sorted(conduct.withdraws.items())
        ]
        if conduct.pauses:
            parts.append(self.texts["paused"].format(days=conduct.pauses // DAY))
        parts += [self.texts["lost"].format(badge=self.badge_called(badge)) for badge in conduct.takes]
        return self.join("and", parts)

    def badge(self, one: Badge) -> str:
        givers = [rule for rule in self.rulebook.rules if any(key == one.key for key, _ in rule.badges)]
        shown = [rule.key for rule in givers if rule.tells != "private"]
        ways = [self.texts["by_rule"].format(rules=self.rules(shown))] if shown else []
        for number, level in enumerate(one.levels, 1):
            if level.needs is not None:
                form = "needs" if len(one.levels) == 1 else "level_needs"
                name = said(one.called(number), self.language, one.key)
                ways.append(self.texts[form].format(needs=self.needs(level.needs), level=number, name=name))
        if ways and one.keeps:
            ways.append(self.texts["keeps"])
        return " ".join(ways) or self.texts["surprise" if givers else "by_hand"]

    def needs(self, needs: Needs) -> str:
        parts = [
            self.texts["earned"].format(points=points, currency=self.currency(currency))
            for currency, points in needs.earned.items()
        ]
        parts += [self.badge_called(key) for key in needs.badges]
        if needs.tier is not None:
            parts.append(self.texts["tier"].format(tier=tier_name(self.rulebook, needs.tier, self.language)))
        return self.join("and", parts)

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
        given += [self.badge_called(key, level) for key, level in one.badges]
        return self.join("and", given) or self.texts["nothing"]

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
        items = value if isinstance(value, list) else [value]
        values = [f"“{called(node['field'], item, self.rulebook, self.language)}”" for item in items]
        if word in ("one_of", "has", "has_any"):
            return self.texts["one_of"].format(field=field, value=self.join("or", values))
        return self.texts[word].format(field=field, value=called(node["field"], value, self.rulebook, self.language))

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
        if window.hours is not None:
            starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in window.hours)
            said_of.append(self.texts["hours"].format(**{"from": starts, "until": ends}))
        for word, date in (("from", window.starts), ("until", window.ends)):
            if date is not None:
                said_of.append(self.texts[word].format(date=self.date(date)))
        return said_of

    def date(self, date: str | int) -> str:
        return spoken(date if isinstance(date, str) else zone(self.rulebook.zone).day(date).label, self.language)

    def ordinals(self, levels: Sequence[int]) -> str:
        if self.language == "ms":
            return self.join("and", [f"ke-{level}" for level in levels])
        return self.join("and", [_ordinal(level) for level in levels])

    def rules(self, keys: Sequence[str]) -> str:
        found = [self.rulebook.rule(key) for key in keys]
        names = [said(one.name, self.language, one.key) for one in found if one is not None and one.tells != "private"]
        return self.join("or", [f"“{name}”" for name in names])

    def badge_called(self, key: str, level: int = 1) -> str:
        """A badge by the name of its level; a hidden one is not named, since nobody who reads this need hold it."""
        badge = self.rulebook.badges.get(key)
        if badge is not None and badge.hidden:
            return self.texts["surprise_badge"]
        called = self.texts["badge"].format(badge=badge_name(self.rulebook, key, self.language, level))
        named = level == 1 or (badge is not None and badge.called(level) != badge.name)
        return called if named else self.texts["level"].format(badge=called, level=level)

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
