"""The rulebook: what is in force, earlier versions, and the draft.

A draft is any JSON; what is wrong with it is told by pointer with the nearest right name, by `check` and when it is
published. It may be edited whole or rule by rule.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, RequestSchema, moment
from api.languages import language, told
from api.operations import Answer, Resource, expected_revision
from api.pagination import PageQuery, page, page_of, read_cursor
from loyalty import drafts, kinds, rulebook
from loyalty.models import RulebookDraft, RulebookVersion
from rules_engine import fields, forms, parse
from rules_engine.errors import Problem as Found

resource = Resource("rulebook", __name__, "What is worth what: rules, badges, tiers and boards, through time.")
DOCUMENT_LIMIT = 5 * 1024 * 1024


class RulebookSchema(RequestSchema):
    """A rulebook document: `rules`, and `badges`, `tiers`, `boards`, `currencies` if there are any."""

    rules = ma.fields.List(ma.fields.Dict())
    badges = ma.fields.List(ma.fields.Dict())
    tiers = ma.fields.Dict()
    boards = ma.fields.List(ma.fields.Dict())
    currencies = ma.fields.List(ma.fields.Dict())

    class Meta:
        unknown = ma.INCLUDE


class RuleSchema(RequestSchema):
    """One rule; its key is in the path."""

    class Meta:
        unknown = ma.INCLUDE


class InForceSchema(AnswerSchema):
    """What governs this instant."""

    version = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: nothing published yet."}
    )
    publication = ma.fields.String(required=True, allow_none=True)
    mode = ma.fields.String(required=True, allow_none=True)
    effective_from = ma.fields.DateTime(required=True, allow_none=True)
    zone = ma.fields.String(required=True, allow_none=True)
    document = ma.fields.Nested(RulebookSchema, required=True)


class VersionSchema(AnswerSchema):
    """A version as it was published once."""

    version = ma.fields.Integer(required=True)
    created_at = ma.fields.DateTime(required=True)
    created_by = ma.fields.String(required=True)


class WholeVersionSchema(VersionSchema):
    """A version with its document."""

    document = ma.fields.Nested(RulebookSchema, required=True)


class DraftSchema(AnswerSchema):
    """What is being worked on. It may be wrong; `POST /v1/rulebook/draft/check` tells."""

    document = ma.fields.Raw(required=True)
    revision = ma.fields.Integer(required=True, metadata={"description": "0: not begun, this is what is in force."})
    changed_at = ma.fields.DateTime(required=True)
    changed_by = ma.fields.String(required=True)


class DraftedSchema(AnswerSchema):
    """The draft took the change; it counts once the draft is published."""

    draft_revision = ma.fields.Integer(required=True)
    changed_at = ma.fields.DateTime(required=True)
    problems = ma.fields.List(
        ma.fields.Dict(), required=True, metadata={"description": "What is wrong with the draft."}
    )


class FoundSchema(AnswerSchema):
    """One thing wrong with a document."""

    pointer = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    nearest = ma.fields.String(required=True, allow_none=True, metadata={"description": "The nearest right name."})


class CheckedSchema(AnswerSchema):
    """Whether a document could be published."""

    valid = ma.fields.Boolean(required=True)
    problems = ma.fields.List(ma.fields.Nested(FoundSchema), required=True)


class CatalogueSchema(AnswerSchema):
    """What a rule can read, hear and give."""

    fields_ = ma.fields.List(ma.fields.Dict(), required=True, data_key="fields")
    kinds = ma.fields.List(ma.fields.Dict(), required=True)
    effects = ma.fields.List(ma.fields.Dict(), required=True)
    forms = ma.fields.List(
        ma.fields.Dict(), required=True, metadata={"description": "What a rule may ask for beyond a single activity."}
    )


@resource.operation("GET", "/rulebook", scope="read", answer=InForceSchema)
def read(session: Session, caller: Caller) -> dict[str, Any]:
    """The rulebook in force."""
    publication = rulebook.in_force(session, caller.community_id)
    shown = {name: getattr(publication, name, None) for name in ("version", "mode", "zone")}
    return {
        **shown,
        "publication": publication and publication.id,
        "effective_from": publication and moment(publication.effective_from),
        "document": parse.render(rulebook.compiled(session, caller.community_id)),
    }


@resource.operation("GET", "/rulebook/versions", scope="read", query=PageQuery, answer=page_of(VersionSchema))
def list_versions(session: Session, caller: Caller, query: dict[str, Any]) -> dict[str, Any]:
    """Every version that was published, the latest first."""
    place = read_cursor(query["cursor"], int)
    before = None if place is None else place[0]
    rows = rulebook.versions(session, caller.community_id, before, query["limit"] + 1)
    return page(rows, query["limit"], _version, lambda row: [row.version])


@resource.operation("GET", "/rulebook/versions/<int(max=2147483647):version>", scope="read", answer=WholeVersionSchema)
def read_version(session: Session, caller: Caller, version: int) -> dict[str, Any]:
    """One version."""
    row = rulebook.get_version(session, caller.community_id, version)
    return {**_version(row), "document": json.loads(row.document)}


@resource.operation("GET", "/rulebook/catalogue", scope="read", answer=CatalogueSchema)
def catalogue(session: Session, caller: Caller) -> dict[str, Any]:
    """What a rule can read, hear and give, for an editor to offer."""
    known = fields.heard(kinds.known(session, caller.community_id))
    return {
        "fields": [
            {
                "name": one.name,
                "type": one.type,
                "operators": list(one.operators),
                "label": dict(one.label),
                "example": one.example,
                "kinds": list(one.kinds),
            }
            for one in fields.catalogue(known.values())
        ],
        "kinds": [{"kind": one.key, "name": dict(one.name), "fields": dict(one.fields)} for one in known.values()],
        "effects": [
            {"effect": "points", "example": {"points": {"base": 10}, "matures_after": "7d", "expires_after": "365d"}},
            {"effect": "badge", "example": {"badge": "first-helper"}},
        ],
        "forms": [
            {
                "form": key,
                "label": dict(form.label),
                "example": form.example,
                "on": form.on,
                "gives": form.gives,
                "limits": [word for word, has in (("times", form.times), ("points", form.points)) if has],
                "stacks": form.stacks,
            }
            for key, form in forms.FORMS.items()
        ],
    }


@resource.operation("GET", "/rulebook/draft", scope="admin", answer=DraftSchema)
def read_draft(session: Session, caller: Caller) -> Answer:
    """The draft; until one is begun, what is in force."""
    return _draft(drafts.begun(session, caller.community_id))


@resource.operation(
    "PUT",
    "/rulebook/draft",
    scope="admin",
    reads_itself=RulebookSchema,
    body_limit=DOCUMENT_LIMIT,
    answer=DraftSchema,
    edited=True,
)
def save_draft(session: Session, caller: Caller, body: Any) -> Answer:
    """Keep a whole draft, right or not."""
    return _draft(rulebook.save_draft(session, caller.community_id, body, caller.id, expected_revision()))


@resource.operation(
    "PUT", "/rulebook/draft/rules/<key>", scope="admin", body=RuleSchema, answer=DraftedSchema, edited=True
)
def save_rule(session: Session, caller: Caller, key: str, body: dict[str, Any]) -> Answer:
    """Add one rule to the draft, or replace it."""
    return drafted(
        session, caller, drafts.put(*_part(session, caller, "rules"), key, body, caller.id, expected_revision())
    )


@resource.operation("DELETE", "/rulebook/draft/rules/<key>", scope="admin", answer=DraftedSchema, edited=True)
def remove_rule(session: Session, caller: Caller, key: str) -> Answer:
    """Take one rule out of the draft."""
    return drafted(
        session, caller, drafts.remove(*_part(session, caller, "rules"), key, caller.id, expected_revision())
    )


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
    _, problems = rulebook.check(session, caller.community_id, body)
    return {"valid": not problems, "problems": _found(problems)}


def drafted(session: Session, caller: Caller, draft: RulebookDraft) -> Answer:
    """What is answered to an edit of one part of the draft."""
    _, problems = rulebook.check(session, caller.community_id, json.loads(draft.document))
    body = {
        "draft_revision": draft.revision,
        "changed_at": moment(draft.changed_at),
        "problems": _found(problems),
    }
    return Answer(body, etag=str(draft.revision))


def _part(session: Session, caller: Caller, part: str) -> tuple[Session, str, str]:
    return session, caller.community_id, part


def _found(problems: Sequence[Found]) -> list[dict[str, Any]]:
    return [one._asdict() | {"detail": told(one.detail, language())} for one in problems]


def _draft(draft: RulebookDraft) -> Answer:
    body = {
        "document": json.loads(draft.document),
        "revision": draft.revision,
        "changed_at": moment(draft.changed_at),
        "changed_by": draft.changed_by,
    }
    return Answer(body, etag=str(draft.revision))


def _version(row: RulebookVersion) -> dict[str, Any]:
    return {"version": row.version, "created_at": moment(row.created_at), "created_by": row.created_by}
