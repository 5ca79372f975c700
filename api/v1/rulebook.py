"""The rulebook: what is in force, earlier versions, and what rules can be made of."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import AnswerSchema, RequestSchema, moment
from api.operations import Resource
from api.pagination import PageQuery, page, page_of, read_place
from loyalty import kinds, rulebook
from loyalty.models import RulebookVersion
from rules_engine import fields, forms, parse

resource = Resource("rulebook", __name__, "What is worth what: rules, badges, tiers and boards, through time.")


class RulebookSchema(RequestSchema):
    """A rulebook document: `rules`, and `badges`, `tiers`, `boards`, `currencies` if there are any."""

    rules = ma.fields.List(ma.fields.Dict())
    badges = ma.fields.List(ma.fields.Dict())
    tiers = ma.fields.Dict()
    boards = ma.fields.List(ma.fields.Dict())
    currencies = ma.fields.List(ma.fields.Dict())

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
    before = read_place(query["cursor"], int)
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


def _version(row: RulebookVersion) -> dict[str, Any]:
    return {"version": row.version, "created_at": moment(row.created_at), "created_by": row.created_by}
