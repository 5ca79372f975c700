"""Link an identity to a member, and undo that.

Whose an identity is follows from facts alone: the strongest link fact about it, or else the member it was enrolled
with. A change of owner moves no entry; it re-derives who took part in what, and everyone who shares a fact with the
identity is folded again from there. Who links has proof or a key with that scope; that is checked before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from loyalty import facts, identities, locks, sayings, standing_rows, standings
from loyalty.activities import SETIA, Activity, Identity
from loyalty.db import Statement
from loyalty.errors import Conflict, NotFound
from loyalty.models import FactRow, Member
from loyalty.models import Identity as IdentityRow
from loyalty.standings import Touch
from rules_engine.errors import Sentence

KIND = "identity_linked"

_MOVE = Statement(
    "UPDATE identities SET member_id = r.member_id FROM {rows} WHERE identities.id = r.id", id="text", member_id="text"
)
_SHARED = Statement(
    """SELECT r.id, i.member_id, min(f.at) FROM {rows} JOIN facts f ON f.actor = r.id AND f.stands
    LEFT JOIN identities i ON i.id = f.beneficiary GROUP BY r.id, i.member_id
    UNION ALL
    SELECT r.id, i.member_id, min(f.at) FROM {rows} JOIN facts f ON f.beneficiary = r.id AND f.stands
    LEFT JOIN identities i ON i.id = f.actor GROUP BY r.id, i.member_id""",
    id="text",
)


def link(
    session: Session,
    community_id: str,
    member_id: str,
    identity: Identity,
    version: int | None = None,
    *,
    move: bool = False,
) -> None:
    """The identity is this member's from now on, and all that was ever done through it. A member enrolled through it
    alone comes along whole, with what it spent. Among links the greatest `version` (now) holds. Raises `NotFound`, and
    `Conflict` for an identity that another member holds (`linked_to_another`), unless it is meant to `move`.
    """
    locks.guard(session, community_id, alone=True)
    if session.scalar(select(Member.id).where(Member.id == member_id, Member.community_id == community_id)) is None:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=member_id))
    one = identities.identity_id(identities.salt(session, community_id), identity)
    identities.add(session, community_id, {one: identity}, enrol=False)
    row = session.get(IdentityRow, one, populate_existing=True)
    if version is None and row is not None and row.member_id == member_id:
        return  # theirs already
    if not move and row is not None and row.member_id not in (None, member_id) and _is_held(session, row):
        raise Conflict(
            "linked_to_another",
            Sentence(
                "This identity is of the member {member}. Say ?move=true to take it, with all that was done with it.",
                member=row.member_id,
            ),
        )
    _say(session, community_id, one, "apply", member_id, version)


def _is_held(session: Session, row: IdentityRow) -> bool:
    """Whether an identity's member has a name or another identity, or was given this one by a link. Who only ever came
    through it, nameless, is nobody that it could be taken from.
    """
    named = select(Member.id).where(Member.id == row.member_id, Member.name != "")
    others = select(IdentityRow.id).where(
        IdentityRow.member_id == row.member_id, IdentityRow.id != row.id, IdentityRow.platform != identities.OWN
    )
    return row.member_id != row.enrolled_id or session.scalar(others.union_all(named).limit(1)) is not None


def unlink(session: Session, community_id: str, member_id: str, identity: Identity, version: int | None = None) -> None:
    """Take a link back: the identity is again of the member that was enrolled through it, or of nobody.
    Raises `NotFound`, and `Conflict` for an identity that was not linked but enrolled.
    """
    locks.guard(session, community_id, alone=True)
    one = identities.identity_id(identities.salt(session, community_id), identity)
    row = session.get(IdentityRow, one, populate_existing=True)
    if row is None or row.member_id != member_id:
        raise NotFound(
            "identity_not_found",
            Sentence("{identity} is no identity of this member.", identity=identities.address(identity)),
        )
    if row.enrolled_id == member_id:
        raise Conflict(
            "enrolled_identity", Sentence("The member was enrolled through this identity; there is no link to undo.")
        )
    _say(session, community_id, one, "reverse", member_id, version)


def _say(session: Session, community_id: str, one: str, op: str, member_id: str, version: int | None) -> None:
    salt = identities.salt(session, community_id)
    key = f"setia:link:{one}"
    if version is None:
        version = sayings.next_version(facts.history(session, community_id, sayings.activity_id(salt, key)))
    activity = Activity(
        kind=KIND,
        key=key,
        at=version,
        platform=identities.OWN,
        op=op,
        version=version,
        data={"identity": one, "member": member_id},
    )
    saying = sayings.of(salt, activity, SETIA)
    facts.say(session, community_id, [saying], SETIA)
    moved = _owners_changed(session, community_id, one)
    if moved:
        _re_derive(session, community_id, moved)


def _owners_changed(session: Session, community_id: str, one: str) -> dict[str, tuple[str | None, str | None]]:
    """Identity -> (owner before, owner after), written already."""
    row = session.get(IdentityRow, one, populate_existing=True)
    assert row is not None
    after = linked(session, community_id, [one]).get(one, row.enrolled_id)
    moved = {one: (row.member_id, after)} if after != row.member_id else {}
    if moved:
        _MOVE.run(session, [(one, after)])
        for member in sorted(one for one in {row.enrolled_id, row.member_id, after} if one is not None):
            moved |= _own_follows(session, community_id, member)
    return moved


def home(member: str, rows: Iterable[IdentityRow]) -> str | None:
    """Whose the member's own identity is, told by all identities that are the member's or once were (`rows`)."""
    owners = {row.member_id for row in rows if row.platform != identities.OWN}
    return owners.pop() if len(owners) == 1 else member


def linked_at(session: Session, community_id: str, one: str) -> int | None:
    """Since when a link about the identity holds; None where none does."""
    said = sayings.activity_id(identities.salt(session, community_id), f"setia:link:{one}")
    held = sayings.held(facts.history(session, community_id, said))
    return None if held is None or held.undone_by is not None else held.at


def linked(session: Session, community_id: str, identity_ids: Iterable[str]) -> dict[str, str]:
    """Identity -> the member it is linked to, of those for which a link holds."""
    salt = identities.salt(session, community_id)
    said = {sayings.activity_id(salt, f"setia:link:{one}"): one for one in identity_ids}
    holding = select(FactRow.activity_id, FactRow.body).where(
        FactRow.activity_id.in_(said), FactRow.stands, FactRow.undone_by.is_(None)
    )
    return {said[activity]: json.loads(body)["data"]["member"] for activity, body in session.execute(holding)}


def _own_follows(session: Session, community_id: str, member: str) -> dict[str, tuple[str | None, str | None]]:
    """A member who came through platform identities that are all of one other member now, and who was linked to no
    other, goes there with the own identity; and comes back.
    """
    rows = session.scalars(
        select(IdentityRow)
        .where(IdentityRow.community_id == community_id)
        .where(or_(IdentityRow.enrolled_id == member, IdentityRow.member_id == member))
        .execution_options(populate_existing=True)
    ).all()
    own = next(row for row in rows if row.platform == identities.OWN and row.enrolled_id == member)
    after = home(member, rows)
    if after == own.member_id:
        return {}
    _MOVE.run(session, [(own.id, after)])
    return {own.id: (own.member_id, after)}


def _re_derive(session: Session, community_id: str, moved: Mapping[str, tuple[str | None, str | None]]) -> None:
    touches: dict[str, Touch] = {}
    for identity, other, at in _SHARED.run(session, [(one,) for one in sorted(moved)]):
        for member in {*moved[identity], other} - {None}:
            touches.setdefault(member, Touch()).changed_at(at)
    locked = standing_rows.lock(session, community_id, touches)
    standings.advance(session, community_id, locked, {member: touches[member] for member in locked})
