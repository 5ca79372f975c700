"""The draft of the rulebook: edited whole or part by part, and checked.

A whole draft that is no rulebook is refused; what is wrong while one is edited part by part is told by pointer, with
the nearest right name, by each edit, by `check`, and when it is published.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.etags import expected_revision
from api.fields import AnswerSchema, RequestSchema, moment
from api.languages import language, told
from api.operations import Answer, Resource
from api.v1.rulebook import RulebookSchema
from loyalty import drafts
from loyalty.models import RulebookDraft
from rules_engine.errors import Problem as Found

resource = Resource("drafts", __name__, "The rulebook that is being worked on; it counts for nobody yet.")
DOCUMENT_LIMIT = 5 * 1024 * 1024


class RuleSchema(RequestSchema):
    """One rule; its key is in the path."""

    class Meta:
        unknown = ma.INCLUDE


class DraftSchema(AnswerSchema):
    """What is being worked on."""

    document = ma.fields.Raw(required=True)
    revision = ma.fields.Integer(required=True, metadata={"description": "0: not begun, this is what is in force."})
    changed_at = ma.fields.DateTime(required=True)
    changed_by = ma.fields.String(required=True)


class FoundSchema(AnswerSchema):
    """One thing wrong with a document."""

    pointer = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    nearest = ma.fields.String(required=True, allow_none=True, metadata={"description": "The nearest right name."})


class WithProblemsSchema(AnswerSchema):
    """What still keeps the draft from being published."""

    problems = ma.fields.List(
        ma.fields.Nested(FoundSchema), required=True, metadata={"description": "What is wrong with the draft."}
    )


class SavedDraftSchema(DraftSchema, WithProblemsSchema):
    """The draft as it was saved: a rulebook. Its examples may fail; that is what `problems` says."""


class DraftedSchema(WithProblemsSchema):
    """The draft took the change; it counts once the draft is published."""

    draft_revision = ma.fields.Integer(required=True)
    changed_at = ma.fields.DateTime(required=True)


class CheckedSchema(AnswerSchema):
    """Whether a document could be published."""

    valid = ma.fields.Boolean(required=True)
    problems = ma.fields.List(ma.fields.Nested(FoundSchema), required=True)


@resource.operation("GET", "/rulebook/draft", scope="admin", answer=DraftSchema)
def read(session: Session, caller: Caller) -> Answer:
    """The draft; until one is begun, what is in force."""
    draft = drafts.begun(session, caller.community_id)
    return _answer(draft, _draft(draft))


@resource.operation(
    "PUT",
    "/rulebook/draft",
    scope="admin",
    reads_itself=RulebookSchema,
    body_limit=DOCUMENT_LIMIT,
    answer=SavedDraftSchema,
    edited=True,
)
def save(session: Session, caller: Caller, body: Any) -> Answer:
    """Replace the whole draft. What is no rulebook is refused with all that is wrong, and the draft stays as it was;
    examples that fail are told.
    """
    draft = drafts.save(session, caller.community_id, body, caller.id, expected_revision())
    return _answer(draft, _draft(draft) | {"problems": _problems(session, caller, draft)})


@resource.operation(
    "PUT", "/rulebook/draft/rules/<key>", scope="admin", body=RuleSchema, answer=DraftedSchema, edited=True
)
def save_rule(session: Session, caller: Caller, key: str, body: dict[str, Any]) -> Answer:
    """Add one rule to the draft, or replace it."""
    draft = drafts.put(session, caller.community_id, "rules", key, body, caller.id, expected_revision())
    return drafted(session, caller, draft)


@resource.operation("DELETE", "/rulebook/draft/rules/<key>", scope="admin", answer=DraftedSchema, edited=True)
def remove_rule(session: Session, caller: Caller, key: str) -> Answer:
    """Take one rule out of the draft."""
    draft = drafts.remove(session, caller.community_id, "rules", key, caller.id, expected_revision())
    return drafted(session, caller, draft)


@resource.operation(
    "POST",
    "/rulebook/draft/check",
    scope="admin",
    reads_itself=RulebookSchema,
    body_limit=DOCUMENT_LIMIT,
    answer=CheckedSchema,
    writes=False,
)
def check(session: Session, caller: Caller, body: Any) -> dict[str, Any]:
    """Whether a document could be published, its examples included. Nothing is stored."""
    _, problems = drafts.check(session, caller.community_id, body)
    return {"valid": not problems, "problems": _found(problems)}


def drafted(session: Session, caller: Caller, draft: RulebookDraft) -> Answer:
    """What is answered to an edit of one part of the draft."""
    body = {
        "draft_revision": draft.revision,
        "changed_at": moment(draft.changed_at),
        "problems": _problems(session, caller, draft),
    }
    return _answer(draft, body)


def _problems(session: Session, caller: Caller, draft: RulebookDraft) -> list[dict[str, Any]]:
    _, problems = drafts.check(session, caller.community_id, json.loads(draft.document))
    return _found(problems)


def _found(problems: Sequence[Found]) -> list[dict[str, Any]]:
    return [one._asdict() | {"detail": told(one.detail, language())} for one in problems]


def _draft(draft: RulebookDraft) -> dict[str, Any]:
    return {
        "document": json.loads(draft.document),
        "revision": draft.revision,
        "changed_at": moment(draft.changed_at),
        "changed_by": draft.changed_by,
    }


def _answer(draft: RulebookDraft, body: dict[str, Any]) -> Answer:
    return Answer(body, etag=str(draft.revision))
