"""One rule of a document, read part by part; what its form asks is read by the module of the form (`forms`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rules_engine import active, amounts, badges, conditions, examples, limits
from rules_engine.badges import Badge
from rules_engine.challenges import Challenge
from rules_engine.conditions import Scope
from rules_engine.document import Names, Node
from rules_engine.effects import OWN_WORDS
from rules_engine.errors import Sentence
from rules_engine.facts import HEARD, UNDOERS
from rules_engine.fields import Kind
from rules_engine.forms import CLOCK, CONDUCT, FORMS, SINGLE, Form, Terms
from rules_engine.limits import Limit
from rules_engine.rules import ACTOR, BENEFICIARY, FIRST, HIGHEST, SUM, CompiledRule
from rules_engine.terms import Context

MAX_GIVES = 10
MAX_KINDS = 50
MODERATOR = "moderator"
DEFAULT_UNDONE_BY = ("author", MODERATOR, "platform")
TELLS = ("exact", "intent", "private")
FORM_WORDS = tuple(name for name in FORMS if name != SINGLE)
RULE_FIELDS = (
    *("name", "description", "earns", "when", "limits", "gives", "active", "stacks", "undone_by", "tells", "examples"),
    *FORM_WORDS,
)


class Surroundings(NamedTuple):
    """What the document around a rule declares, and the activity kinds that it may hear."""

    kinds: Mapping[str, Kind]
    names: Names
    rules: Sequence[str]
    badges: Mapping[str, Badge]


def parse(node: Node, around: Surroundings) -> CompiledRule | None:
    """The rule that a mapping describes; None where it has no key, or nothing that it could hear."""
    return _Rule(node, around).compiled()


class _Rule:
    def __init__(self, node: Node, around: Surroundings) -> None:
        self.node = node
        self.around = around
        word = next((word for word in FORM_WORDS if isinstance(node.value, dict) and word in node.value), SINGLE)
        self.required = ("key", "on") if FORMS[word].on else ("key",)
        self.found = node.fields(required=self.required, optional=(*RULE_FIELDS, "on"))
        self.form_key = word
        self.form: Form = FORMS[word]

    def compiled(self) -> CompiledRule | None:
        found, around = self.found, self.around
        key = found["key"].key() if "key" in found else ""
        if key in OWN_WORDS:
            found["key"].refuse("bad_key", Sentence("{key} is a word of Setia's own, and no key of a rule", key=key))
        self.refuse_what_the_form_has_not()
        earns = (found["earns"].choice((ACTOR, BENEFICIARY)) if "earns" in found else ACTOR) or ACTOR
        kinds = self.kinds()
        terms = self.terms(self.scope(kinds, earns))
        if isinstance(terms, Challenge):
            kinds = terms.kinds
        scope = self.scope(kinds, earns)
        check, reads = conditions.parse(found["when"], scope) if "when" in found else (None, {})
        if isinstance(terms, Challenge):
            reads = {**terms.reads, **reads}
        bounds = self.limits(key)
        points, won = self.gives(scope)
        group, by = self.stacks()
        undone_by = self.undone_by(bool(points), won)
        tells = found["tells"].choice(TELLS) if "tells" in found else "exact"
        window = active.parse(found["active"]) if "active" in found else None
        name = found["name"].name() if "name" in found else {}
        if "description" in found:
            found["description"].prose()
        if "examples" in found:
            examples.check(found["examples"], around.kinds, around.names)
        if not key or (terms is None and self.form_key != SINGLE) or (not kinds and self.form_key != CLOCK):
            return None
        return CompiledRule(
            key=key,
            name=name,
            document=self.node.value,
            kinds=kinds,
            earns=earns,
            form=self.form_key,
            terms=terms,
            check=check,
            reads=reads,
            active=window,
            times=tuple(limit for limit in bounds if not limit.points and not limit.budget),
            caps=tuple(limit for limit in bounds if limit.points and not limit.budget),
            budgets=tuple(limit for limit in bounds if limit.budget),
            points=points,
            badges=won,
            group=group,
            by=by,
            undone_by=undone_by,
            tells=tells,
        )

    def refuse_what_the_form_has_not(self) -> None:
        forms = [form for form in FORM_WORDS if form in self.found]
        if len(forms) > 1:
            self.node.refuse(
                "not_allowed_here",
                Sentence(
                    "a rule is one of {names}; found together: {found}",
                    names=", ".join(FORM_WORDS),
                    found=", ".join(forms),
                ),
            )
        if "on" in self.found and not self.form.on:
            detail = (
                Sentence("a clock strikes by itself and hears no activity")
                if self.form_key == CLOCK
                else Sentence("each step of a challenge says what it is on")
            )
            self.found["on"].refuse("not_allowed_here", detail)
        if "earns" in self.found and self.form_key in (CLOCK, CONDUCT):
            self.found["earns"].refuse("not_allowed_here", Sentence("this kind of rule is about one member alone"))

    def kinds(self) -> tuple[str, ...]:
        if "on" not in self.found or not self.form.on:
            return ()
        known = sorted(self.around.kinds)
        kinds = set()
        for item in self.found["on"].one_or_more(MAX_KINDS):
            kind = item.choice(known, "unknown_kind")
            if kind and (kind in HEARD) != (self.form_key == CONDUCT):
                detail = Sentence(
                    "rules of conduct hear {kinds}, and nothing else does", kinds=", ".join(sorted(HEARD))
                )
                item.refuse("not_allowed_here", detail)
            kinds.add(kind)
        return tuple(sorted(kinds - {""}))

    def scope(self, kinds: Sequence[str], earns: str) -> Scope:
        names = self.around.names
        return Scope(
            [self.around.kinds[kind] for kind in kinds],
            earns,
            names.currencies[0],
            names.tiers,
            names.badges,
            of_member=self.form_key == CLOCK,
        )

    def terms(self, scope: Scope) -> Terms | None:
        if self.form.parse is None:
            return None
        around = self.around
        sayable = {key: kind for key, kind in around.kinds.items() if key not in HEARD}
        context = Context(scope, sayable, around.names.currencies, around.rules, around.names.badges)
        return self.form.parse(self.found[self.form_key], context)

    def limits(self, key: str) -> list[Limit]:
        if "limits" not in self.found:
            return []
        return limits.parse(self.found["limits"], key, self.form_key, self.form.times, self.form.points)

    def gives(self, scope: Scope) -> tuple[tuple[amounts.Points, ...], tuple[tuple[str, int], ...]]:
        found = self.found
        if not self.form.gives:
            if "gives" in found:
                detail = Sentence("a {form} gives nothing by itself", form=self.form_key)
                found["gives"].refuse("not_allowed_here", detail)
            return (), ()
        if "gives" not in found:
            self.node.refuse("missing", Sentence("the field {name} is needed", name="gives"))
            return (), ()
        points: list[amounts.Points] = []
        won: list[tuple[str, int]] = []
        for item in found["gives"].one_or_more(MAX_GIVES):
            if isinstance(item.value, dict) and "badge" in item.value:
                won.append(self.badge(item))
                continue
            parts = item.fields(required=("points",), optional=("currency", "matures_after", "expires_after"))
            if "points" in parts:
                given = amounts.parse(parts, scope, list(self.around.names.currencies), self.form_key == SINGLE)
                if any(other.currency == given.currency for other in points):
                    item.refuse("duplicate", Sentence("a rule gives points of one currency once"))
                points.append(given)
        return tuple(points), tuple(won)

    def badge(self, node: Node) -> tuple[str, int]:
        parts = node.fields(required=("badge",), optional=("level",))
        key = parts["badge"].choice(self.around.names.badges) if "badge" in parts else ""
        highest = self.around.badges[key].highest if key in self.around.badges else badges.MAX_LEVEL
        return key, parts["level"].whole(1, highest) if "level" in parts else 1

    def undone_by(self, points: bool, won: Sequence[tuple[str, int]]) -> frozenset[str]:
        """Who can undo what the rule gave; a moderator alone where it gives a badge that keeps, and whoever takes the
        breach back where it is one of conduct.
        """
        found = self.found
        said = (
            [item.choice(UNDOERS) for item in found["undone_by"].items(len(UNDOERS))] if "undone_by" in found else None
        )
        if self.form_key == CONDUCT:
            if said is not None:
                detail = Sentence("a breach that is taken back has no consequence, whoever takes it back")
                found["undone_by"].refuse("not_allowed_here", detail)
            return frozenset(UNDOERS)
        known = self.around.badges
        kept = [badge for badge, _ in won if badge in known and known[badge].keeps]
        if not kept:
            return frozenset(DEFAULT_UNDONE_BY if said is None else said)
        if points or len(kept) < len(won):
            detail = Sentence(
                "the badge {badge} stays when the deed is taken back, so the rule that gives it gives nothing else",
                badge=kept[0],
            )
            found["gives"].refuse("not_allowed_here", detail)
        if set(said or ()) - {MODERATOR}:
            detail = Sentence("the badge {badge} stays unless a moderator takes the deed back", badge=kept[0])
            found["undone_by"].refuse("not_allowed_here", detail)
        return frozenset((MODERATOR,) if said is None else said)

    def stacks(self) -> tuple[str | None, str]:
        if "stacks" not in self.found:
            return None, SUM
        node = self.found["stacks"]
        if not self.form.stacks:
            detail = Sentence("a {form} gives on occasions of its own and has no rivals", form=self.form_key)
            node.refuse("not_allowed_here", detail)
        parts = node.fields(required=("group", "by"))
        group = parts["group"].key() if "group" in parts else None
        by = parts["by"].choice((SUM, HIGHEST, FIRST)) if "by" in parts else SUM
        return group, by
