"""An activity in JSON: as it is said, and as it is shown.

The published schema documents what `loyalty.said` reads; a contract test holds the two together. There is one reading
for every door, and it names every problem at once.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from api.fields import AnswerSchema, Moment, RequestSchema, WholeNumber, moment, text_field
from loyalty.activities import Activity, Identity, MemberId, Party
from loyalty.explanations import Reading
from loyalty.identities import OWN
from rules_engine.facts import UNDOERS

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


class ActivitySchema(RequestSchema):
    """One thing that a member did, or its undoing."""

    kind = text_field("What was done: an activity kind, such as `answer_accepted`.", 64, 1, required=True)
    activity_key = text_field(
        "Names the thing in the world, so that saying it twice or undoing it ends right. At most 200 bytes.",
        200,
        1,
        required=True,
    )
    occurred_at = Moment(
        required=True,
        metadata={"description": "At most 5 minutes ahead, and 35 days old unless it undoes or amends something."},
    )
    op = ma.fields.String(validate=ma.validate.OneOf(["apply", "reverse", "amend"]), load_default="apply")
    state_version = WholeNumber(
        validate=ma.validate.Range(0, 2**53),
        load_default=0,
        metadata={"description": "Of several sayings about one key the greatest version holds."},
    )
    actor = PartyField(metadata={"description": "Who did it."})
    beneficiary = PartyField(metadata={"description": "Who it was done for, where somebody else has the good of it."})
    object = ma.fields.Dict(metadata={"description": "What it was done to: `kind`, `id`, `tags`, ..."})
    data = ma.fields.Dict(metadata={"description": "More about it; the kind's fields have the kind's types."})
    declares = text_field("A reference that this activity's actor answers: `author_of:<platform>:<scope>:<id>`.", 1000)
    by = ma.fields.String(
        validate=ma.validate.OneOf(UNDOERS),
        load_default="platform",
        metadata={"description": "Who undoes it, for `op: reverse`."},
    )
    platform = text_field("Where it happened, where neither actor nor beneficiary tells.", 64, 1)


class ShownActivitySchema(AnswerSchema):
    """An activity as it is on record."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    activity_key = ma.fields.String(required=True)
    occurred_at = ma.fields.DateTime(required=True)
    op = ma.fields.String(required=True)
    state_version = ma.fields.Integer(required=True)
    platform = ma.fields.String(required=True)
    actor = ma.fields.Raw(allow_none=True, required=True)
    beneficiary = ma.fields.Raw(allow_none=True, required=True)
    object = ma.fields.Dict(required=True)
    data = ma.fields.Dict(required=True)


def shown_saying(activity: Activity, activity_id: str) -> dict[str, Any]:
    """An activity as it was said just now."""
    return {
        "id": activity_id,
        "kind": activity.kind,
        "activity_key": activity.key,
        "occurred_at": moment(activity.at),
        "op": activity.op,
        "state_version": activity.version,
        "platform": activity.platform,
        "actor": _party(activity.actor),
        "beneficiary": _party(activity.beneficiary),
        "object": activity.object,
        "data": activity.data,
    }


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


def _party(party: Party | None) -> Any:
    if party is None:
        return None
    if isinstance(party, Identity):
        return {"platform": party.platform, "scope": party.scope, "id": party.id}
    return party.id if isinstance(party, MemberId) else party.text


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
