"""What rules decided about activities, and what a call did to the members whom it touched, as answers show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma

from api.fields import AnswerSchema
from loyalty import record
from loyalty.private_rules import PrivateRules
from loyalty.rulebook import Book
from loyalty.standings import Advanced
from rules_engine import explain
from rules_engine.effects import Decision
from rules_engine.rules import Rulebook


class DecisionSchema(AnswerSchema):
    """What one rule said about it."""

    rule = ma.fields.String(required=True)
    version = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the rulebook in force when it happened."}
    )
    member = ma.fields.String(required=True)
    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(["given", "refused"]))
    code = ma.fields.String(metadata={"description": "Why it was refused."})
    at = ma.fields.String(metadata={"description": "Pointer into the rule: what refused."})
    effects = ma.fields.List(ma.fields.Dict(), required=True)
    sentence = ma.fields.String(metadata={"description": "The same for a person; in dry runs and explanations."})


class MovedPointsSchema(AnswerSchema):
    """How points of one currency moved, and how they stand."""

    currency = ma.fields.String(required=True)
    change = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True)
    maturing = ma.fields.Integer(required=True)
    debt = ma.fields.Integer(required=True)


class ConsequenceSchema(AnswerSchema):
    """What came of it for one member; in a batch, what came of the whole call."""

    points = ma.fields.List(ma.fields.Nested(MovedPointsSchema), required=True)
    badges = ma.fields.List(ma.fields.String(), required=True)
    lost_badges = ma.fields.List(ma.fields.String(), required=True)
    tier = ma.fields.Dict(allow_none=True, required=True, metadata={"description": "`from` and `to`, if it changed."})
    streaks = ma.fields.List(ma.fields.Dict(), required=True)


class ConsequencesSchema(AnswerSchema):
    """What came of a call, for everybody whom it touched."""

    consequences = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Nested(ConsequenceSchema),
        required=True,
        metadata={"description": "By member."},
    )
    settled = ma.fields.Boolean(
        required=True, metadata={"description": "false: recorded, and its consequences follow (a very long timeline)."}
    )


def what_came(people: Mapping[str, Advanced]) -> dict[str, Any]:
    """What came of a call for these members, as `ConsequencesSchema` has it."""
    return {
        "consequences": {member: record.consequences(one) for member, one in people.items()},
        "settled": all(one.settled for one in people.values()),
    }


def shown_decisions(
    decisions: Iterable[tuple[str, Decision]],
    book: Book,
    language: str | None = None,
    untold: PrivateRules | None = None,
) -> list[dict[str, Any]]:
    """What the rules said, member by member; in a language, each in a sentence as well. What is `untold` is left out:
    what a private rule said of an activity would tell what it is about.
    """
    return [
        _decision(member, _discreet(decision, untold), book.in_force(decision.at), language)
        for member, decision in decisions
        if untold is None or not untold.hide(decision.rule, decision.at)
    ]


def _discreet(decision: Decision, untold: PrivateRules | None) -> Decision:
    """The same, without its reason where that is an `untold` rule which counted instead."""
    if untold is None or decision.code != "outstacked" or not untold.hide(str(decision.found), decision.at):
        return decision
    return decision._replace(code=None, path=None)


def _decision(
    member: str, decision: Decision, in_force: tuple[int, Rulebook] | None, language: str | None
) -> dict[str, Any]:
    version, rulebook = in_force or (None, None)
    shown: dict[str, Any] = {"rule": decision.rule, "version": version, "member": member, "outcome": decision.outcome}
    if decision.code is not None:
        shown["code"] = decision.code
    if decision.path is not None:
        shown["at"] = decision.path
    shown["effects"] = decision.effects
    if rulebook is not None and language is not None:
        shown["sentence"] = explain.sentence(decision, rulebook, language)
    return shown
