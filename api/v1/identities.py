"""Identities: which account on which platform is whose."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from sqlalchemy.orm import Session

from api.auth import Caller
from api.fields import Flag, RequestSchema, text_field
from api.operations import Resource
from api.v1.members import MemberAnswerSchema, glance, not_own
from loyalty import links, members, partings
from loyalty.activities import Identity

resource = Resource("identities", __name__, "Accounts of members on platforms, linked and unlinked.")


class IdentitySchema(RequestSchema):
    """What else is known of the account."""

    handle = text_field("How the account is called on its platform.", 200, allow_none=True)


class LinkQuery(RequestSchema):
    """Whether it may be somebody else's."""

    move = Flag(
        load_default=False,
        metadata={
            "description": "Whether an account of another member is taken from them, with all that was done through "
            "it. Without it that is refused (409 `linked_to_another`) with that member's id in words."
        },
    )


class UnlinkQuery(RequestSchema):
    """Who carries what the two spent together."""

    debt_to = ma.fields.String(
        validate=ma.validate.OneOf(partings.CARRIERS),
        load_default=None,
        metadata={
            "description": "Where the member who stays would come into debt: `stays` lets them, `leaves` moves it to "
            "the member who leaves with the account, as a correction that both can read."
        },
    )


@resource.operation(
    "PUT",
    "/members/<address:address>/identities/<address:identity>",
    scope="link",
    query=LinkQuery,
    body=IdentitySchema,
    answer=MemberAnswerSchema,
)
def link(
    session: Session, caller: Caller, address: str, identity: str, query: dict[str, Any], body: dict[str, Any]
) -> dict[str, Any]:
    """Say that an account (`platform:scope:id`, parts percent-encoded) is this member's.

    What it did counts as the member's from its first activity on. Whoever was enrolled by what the account did is a
    member as well: `move=true` says that the two are one person.
    """
    member_id = caller.member(session, address)
    account = _read(identity, body.get("handle"))
    links.link(session, caller.community_id, member_id, account, move=query["move"])
    return glance(session, caller, member_id)


@resource.operation(
    "DELETE",
    "/members/<address:address>/identities/<address:identity>",
    scope="link",
    query=UnlinkQuery,
    answer=MemberAnswerSchema,
)
def unlink(session: Session, caller: Caller, address: str, identity: str, query: dict[str, Any]) -> dict[str, Any]:
    """Say that an account is not this member's after all. What it did counts where it counted before.

    Where that was spent meanwhile it is refused with the list (409 `spent_together`), until `debt_to` is said.
    """
    member_id = caller.member(session, address)
    partings.unlink(
        session, caller.community_id, member_id, _read(identity, None), carrier=query["debt_to"], by=caller.id
    )
    return glance(session, caller, member_id)


def _read(text: str, handle: str | None) -> Identity:
    return not_own(members.parse_identity(text))._replace(handle=handle)
