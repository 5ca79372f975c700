"""Identities: which account on which platform is whose.

An identity's id is derived from what it names, so facts are stored before anyone has looked it up. Every member has an
identity of its own on the platform `setia`, which is there even when no other one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, ids
from loyalty.activities import Identity
from loyalty.db import Statement
from loyalty.errors import NotFound
from loyalty.models import Community
from loyalty.models import Identity as IdentityRow
from rules_engine.errors import Sentence
from rules_engine.fold import ENGINE_VERSION
from rules_engine.standing import Standing

OWN = "setia"

_SALTS: dict[str, str] = {}  # a community's salt never changes

_KNOWN = Statement("SELECT i.id FROM {rows} JOIN identities i ON i.id = r.id", id="text")
_ADD_MEMBERS = Statement(
    """INSERT INTO members (
        id, community_id, external_id, name, role, "groups", attributes, on_boards, created_at
    )
    SELECT r.id, :community, r.external_id, r.name, r.role, '[]', '{}', :true, :now FROM {rows}""",
    id="text",
    external_id="text",
    name="text",
    role="text",
)
_ADD_IDENTITIES = Statement(
    """INSERT INTO identities (
        id, community_id, platform, scope, external_id, handle, member_id, enrolled_id, created_at
    )
    SELECT r.id, :community, r.platform, r.scope, r.external_id, r.handle, r.member_id, r.member_id, :now
    FROM {rows} WHERE true ON CONFLICT (id) DO NOTHING RETURNING id""",
    id="text",
    platform="text",
    scope="text",
    external_id="text",
    handle="text",
    member_id="text",
)
_ADD_STANDINGS = Statement(
    """INSERT INTO standings (
        member_id, community_id, state, at, key, balances, entries, head, revision, engine_version, publications, ranks,
        changed_at
    )
    SELECT r.member_id, :community, :state, -1, '', '{}', 0, '', 0, :engine, 0, r.ranks, :now FROM {rows}""",
    member_id="text",
    ranks="bool",
)


def salt(session: Session, community_id: str) -> str:
    """What keys the derived ids of a community. Raises `NotFound`."""
    found = _SALTS.get(community_id)
    if found is None:
        found = session.scalar(select(Community.salt).where(Community.id == community_id))
        if found is None:
            raise NotFound("community_not_found", Sentence("There is no such community."))
        _SALTS[community_id] = found
    return found


@lru_cache(maxsize=65_536)
def identity_id(community_salt: str, identity: Identity) -> str:
    """The id that this identity has, whether or not it is known yet."""
    return ids.derived("idn", community_salt, identity.platform, identity.scope, identity.id)


def own_identity(community_salt: str, member_id: str) -> str:
    """The id of the member's own identity."""
    return ids.derived("idn", community_salt, OWN, "", member_id)


def address(identity: Identity | IdentityRow) -> str:
    """`platform:scope:id` as people write it: each part percent-encoded, so that a colon in one divides nothing."""
    external = identity.id if isinstance(identity, Identity) else identity.external_id
    return ":".join(quote(part, safe="@") for part in (identity.platform, identity.scope, external))


def unknown(session: Session, identity_ids: Iterable[str]) -> set[str]:
    """Those that no row stands for yet."""
    wanted = set(identity_ids)
    return wanted - {row[0] for row in _KNOWN.run(session, [(one,) for one in sorted(wanted)])}


def add(session: Session, community_id: str, found: Mapping[str, Identity], *, enrol: bool) -> dict[str, str]:
    """Make a row of each new identity: with a member of its own, or parked (`enrol` false) until someone claims it;
    answers member -> role, of the members that are new.

    Rows are inserted in the order of their ids, so that two calls that enrol the same people wait in turn; the loser
    keeps the winner's member.
    """
    if not found:
        return {}
    now = clock.now()
    rows = [
        (one, who.platform, who.scope, who.id, who.handle, ids.new("mem") if enrol else None)
        for one, who in sorted(found.items())
    ]
    won = {row[0] for row in _ADD_IDENTITIES.run(session, rows, community=community_id, now=now)}
    fresh = {row[5]: (None, row[4] or "", found[row[0]].role) for row in rows if row[0] in won and row[5]}
    if fresh:
        add_members(session, community_id, fresh, now)
    return {member: role for member, (_, _, role) in fresh.items()}


def add_members(
    session: Session, community_id: str, found: Mapping[str, tuple[str | None, str, str]], now: int
) -> None:
    """Insert members `id -> (external id, name, role)` with their own identity and an empty standing."""
    community_salt = salt(session, community_id)
    rows = [(member, *rest) for member, rest in sorted(found.items())]
    _ADD_MEMBERS.run(session, rows, community=community_id, now=now, true=True)
    own = sorted((own_identity(community_salt, member), OWN, "", member, None, member) for member in found)
    _ADD_IDENTITIES.run(session, own, community=community_id, now=now)
    _ADD_STANDINGS.run(
        session,
        [(member, role == "person") for member, _, _, role in rows],
        community=community_id,
        state=Standing.new().dump(),
        engine=ENGINE_VERSION,
        now=now,
    )
