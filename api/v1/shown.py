"""How values of the domain look in JSON where several resources show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow as ma

from api.fields import AnswerSchema, moment
from api.v1.entry_sentences import change
from loyalty.activities import Activity, Identity, MemberId, Party
from loyalty.explanations import Reading
from loyalty.identities import OWN
from loyalty.models import Entry
from loyalty.private_rules import PRIVATE, PrivateRules
from loyalty.rulebook import Book
from rules_engine import explain
from rules_engine.effects import GIVEN, Decision
from rules_engine.rules import Rulebook

_TEXT = {"type": "string", "minLength": 1}


class PartyField(ma.fields.Field[Any]):
    """Who takes part: an identity, or text that is a member's id, `platform:scope:id` or a reference."""

    ONE_OF = (
        {
            "type": "object",
            "required": ["platform", "id"],
            "additionalProperties": False,
            "properties": {
                "platform": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
                "scope": {"type": "string", "maxLength": 200, "default": ""},
                "id": {**_TEXT, "maxLength": 200},
                "handle": {"type": ["string", "null"], "maxLength": 200},
                "role": {"type": "string", "enum": ["person", "bot"], "default": "person"},
            },
        },
        {"type": "string", "pattern": "^mem_[0-9a-z]{26}$"},
        {"type": "string", "pattern": "^(author_of|owner_of|payment):."},
        {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}:[^:]*:[^:]+$"},
        {"type": "null"},
    )

    def __init__(self, **kwargs: Any) -> None:
        kwargs["metadata"] = {**kwargs.get("metadata", {}), "oneOf": list(self.ONE_OF)}
        super().__init__(**kwargs)


class EntrySchema(AnswerSchema):
    """One line of the member's account. All lines together add up to the balance."""

    number = ma.fields.Integer(required=True)
    member = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)
    rule = ma.fields.String(required=True)
    occasion = ma.fields.String(required=True)
    revision = ma.fields.Integer(required=True, metadata={"description": "Above 1: it corrects the one before."})
    currency = ma.fields.String(required=True)
    change = ma.fields.Integer(required=True, metadata={"description": "What it did to the member's own account."})
    from_ = ma.fields.String(required=True, data_key="from")
    to = ma.fields.String(required=True)
    amount = ma.fields.Integer(required=True)
    activity = ma.fields.String(required=True, allow_none=True)
    publication = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The publication of new rules that brought it, where it was no activity."},
    )


def parties(activity: Activity) -> dict[str, Any]:
    """The people of an activity, as they were named."""
    return {"actor": _party(activity.actor), "beneficiary": _party(activity.beneficiary)}


def shown_decisions(
    decisions: Iterable[tuple[str, Decision]],
    book: Book,
    language: str | None = None,
    untold: PrivateRules | None = None,
) -> list[dict[str, Any]]:
    """What the rules said, member by member; in a language, each in a sentence as well. Of rules that are `untold` only
    what they gave is shown.
    """
    return [
        _decision(member, one, book.in_force(one.at), language)
        for member, decision in decisions
        if (one := _discreet(decision, untold)) is not None
    ]


def _discreet(decision: Decision, untold: PrivateRules | None) -> Decision | None:
    if untold is None or not untold.hide(decision.rule, decision.at):
        return decision
    effects = [effect for effect in decision.effects if "boost" not in effect]
    return Decision(PRIVATE, PRIVATE, GIVEN, None, None, effects, None, decision.at) if effects else None


def shown_consequences(consequences: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What came of it, by member; always with every field."""
    empty: dict[str, Any] = {"points": [], "badges": [], "lost_badges": [], "tier": None, "streaks": []}
    return {member: empty | dict(one) for member, one in consequences.items()}


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
        if decision.rule == PRIVATE:
            shown["sentence"] = explain.neutral(decision.effects, rulebook, language)
    return shown


def _party(party: Party | None) -> Any:
    if party is None:
        return None
    if isinstance(party, Identity):
        return {"platform": party.platform, "scope": party.scope, "id": party.id}
    return party.id if isinstance(party, MemberId) else party.text


def shown_reading(found: Reading) -> dict[str, Any]:
    """An activity as it is on record, with the people as they were named."""
    saying = found.saying
    return {
        "id": saying.activity_id,
        "kind": saying.kind,
        "activity_key": saying.key,
        "occurred_at": moment(saying.at),
        "op": saying.op,
        "state_version": found.version,
        "platform": saying.platform,
        "actor": _person(found, saying.actor, "actor"),
        "beneficiary": _person(found, saying.beneficiary, "beneficiary"),
        "object": found.body["object"],
        "data": found.body["data"],
    }


def shown_entry(row: Entry, untold: PrivateRules | None = None) -> dict[str, Any]:
    """One line of a member's account; where it comes of a rule that is `untold`, neither by what nor for what."""
    hidden = untold is not None and untold.hide(row.rule, row.at)
    return {
        "number": row.number,
        "member": row.member_id,
        "at": moment(row.at),
        "rule": PRIVATE if hidden else row.rule,
        "occasion": PRIVATE if hidden else row.occasion,
        "revision": row.revision,
        "currency": row.currency,
        "change": change(row),
        "from": row.debit,
        "to": row.credit,
        "amount": row.amount,
        "activity": None if hidden else row.fact,
        "publication": row.publication,
    }


def _person(found: Reading, identity: str | None, side: str) -> Any:
    if side in found.body:
        return found.body[side]
    row = found.people.get(identity or "")
    if row is None:
        return None
    return (
        row.external_id
        if row.platform == OWN
        else {"platform": row.platform, "scope": row.scope, "id": row.external_id}
    )
