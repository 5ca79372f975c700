"""Members: enrol, change, find.

What the rules read of a member (role, groups, attributes, zone) goes in as facts, so that a fold knows when it was so;
the columns only show it. A role is timeless: who is staff or a bot was never there to earn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty import clock, facts, identities, ids, notices, record, roles, sayings, zones
from loyalty.activities import PLATFORM, SETIA, Identity
from loyalty.errors import Conflict, Invalid, NotFound, Problem
from loyalty.models import Identity as IdentityRow
from loyalty.models import Member, StandingRow
from rules_engine.errors import Sentence

_LONGEST = 200  # characters of an id, as activities name it


def parse_identity(text: str) -> Identity:
    """`platform:scope:id`, each part percent-encoded, as an identity. Raises `Invalid`."""
    parts = [unquote(part) for part in text.split(":")]
    if len(parts) != 3 or not parts[2] or not all(len(part) <= _LONGEST and "\x00" not in part for part in parts):
        detail = Sentence("write an identity as platform:scope:id, each part percent-encoded; the scope may be empty")
        raise Invalid("invalid_identity", detail, [Problem("", detail)])
    if not PLATFORM.match(parts[0]):
        detail = Sentence("the platform of an identity has lower-case letters, digits, - and _, at most 64")
        raise Invalid("invalid_identity", detail, [Problem("", detail)])
    return Identity(*parts)


def parse_external(address: str) -> str:
    """The app's own id in `external:<id>`, percent-encoded. Raises `Invalid` for one that no member can have."""
    found = unquote(address.removeprefix("external:"))
    if not 1 <= len(found) <= _LONGEST or "\x00" in found:
        detail = Sentence("an app's own id of a member has 1 to {most} characters, and no U+0000", most=_LONGEST)
        raise Invalid("invalid_external_id", detail, [Problem("", detail)])
    return found


def resolve(session: Session, community_id: str, address: str) -> str:
    """The member behind `mem_…`, `external:<the app's own id>` or `platform:scope:id`; of two that became one person,
    the one who goes on. Raises `NotFound`, and `Invalid` for what can be nobody's address.
    """
    if address.startswith("external:"):
        external = parse_external(address)
        query = select(Member.id).where(Member.community_id == community_id, Member.external_id == external)
        member_id = session.scalar(query)
        if member_id is None:
            raise NotFound("member_not_found", Sentence("There is no member {member}.", member=address))
        address = member_id
    if address.startswith("mem_"):
        identity = Identity(identities.OWN, "", address)
    elif ":" in address:
        identity = parse_identity(address)
    else:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=address))
    row = session.get(IdentityRow, identities.identity_id(identities.salt(session, community_id), identity))
    if row is None or row.member_id is None:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=address))
    return row.member_id


def get(session: Session, community_id: str, member_id: str) -> Member:
    """One member. Raises `NotFound`."""
    row = session.scalar(select(Member).where(Member.id == member_id, Member.community_id == community_id))
    if row is None:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=member_id))
    return row


def everyone_in(session: Session, member_id: str) -> list[str]:
    """The ids of all members who became this one person, their own included."""
    query = select(IdentityRow.external_id).where(
        IdentityRow.member_id == member_id, IdentityRow.platform == identities.OWN
    )
    return list(session.scalars(query.order_by(IdentityRow.external_id)))


def identities_of(session: Session, member_id: str) -> Sequence[IdentityRow]:
    """The member's identities on platforms, their own one left out."""
    query = select(IdentityRow).where(IdentityRow.member_id == member_id, IdentityRow.platform != identities.OWN)
    return session.scalars(query.order_by(IdentityRow.platform, IdentityRow.scope, IdentityRow.external_id)).all()


def enrol(
    session: Session, community_id: str, *, external_id: str | None = None, identity: Identity | None = None
) -> str:
    """A new member, known to the app as `external_id` or to a platform by `identity`; its id.

    Of two who enrol the same one at once, the later is stopped by `uq_members_external_id`, and has to look again.
    """
    if identity is not None:
        one = identities.identity_id(identities.salt(session, community_id), identity)
        identities.add(session, community_id, {one: identity}, enrol=True)
        return resolve(session, community_id, identities.address(identity))
    member_id = ids.new("mem")
    identities.add_members(session, community_id, {member_id: (external_id, "", "person")}, clock.now())
    return member_id


def _check_free(session: Session, community_id: str, external_id: str) -> None:
    taken = select(Member.id).where(Member.community_id == community_id, Member.external_id == external_id)
    if session.scalar(taken) is not None:
        raise Conflict("external_id_taken", Sentence("There is a member {member} already.", member=repr(external_id)))


def change(
    session: Session,
    community_id: str,
    member_id: str,
    *,
    name: str | None = None,
    external_id: str | None = None,
    role: str | None = None,
    groups: Sequence[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
    zone: str | None = None,
    language: str | None = None,
    on_boards: bool | None = None,
    pseudonym: str | None = None,
) -> Member:
    """Change what is given; the rest stays. Raises `NotFound`, `Invalid` for an unknown zone, and `Conflict` for one
    that follows too soon on the last (`zone_changed_lately`) or an id that somebody else has (`external_id_taken`).
    """
    row = get(session, community_id, member_id)
    session.refresh(row, with_for_update={"key_share": True})
    if external_id is not None and external_id != row.external_id:
        _check_free(session, community_id, external_id)
        row.external_id = external_id
    ranked_by = row.role, row.on_boards, row.groups
    plain = {"name": name, "language": language, "on_boards": on_boards, "pseudonym": pseudonym}
    for column, value in plain.items():
        if value is not None:
            setattr(row, column, value)
    if role is not None and role != row.role:
        said = sayings.activity_id(identities.salt(session, community_id), roles.key_of(member_id))
        version = sayings.next_version(facts.history(session, community_id, said))
        record.record(session, community_id, [roles.given(member_id, role, version)], SETIA, decisions=False)
        row.role = role
    changed: dict[str, Any] = {}
    if groups is not None and sorted(set(groups)) != row.groups:
        changed["groups"] = row.groups = sorted(set(groups))
    if attributes is not None and dict(attributes) != row.attributes:
        changed["attributes"] = row.attributes = dict(attributes)
    if zone is not None and zone != row.zone:
        zones.check(zone)
        zones.check_stay(row.zone_changed_at)  # else a streak could be kept by travelling on paper
        changed["zone"] = row.zone = zone
        row.zone_changed_at = clock.now()
    if changed:
        record.record_own(session, community_id, member_id, "member_changed", changed)
    session.flush()
    if (row.role, row.on_boards, row.groups) != ranked_by:
        _rank(session, row)
    return row


def _rank(session: Session, row: Member) -> None:
    """Only persons rank, and only those who did not opt out; the standing's row tells the boards, those of its groups
    among them.
    """
    ranks = row.role == "person" and row.on_boards
    session.execute(update(StandingRow).where(StandingRow.member_id == row.id).values(ranks=ranks))
    notices.publish(session, notices.STANDINGS_CHANGED, row.community_id, {"members": [row.id], "ranked_anew": True})
