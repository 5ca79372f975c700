"""Communities: made once, read by everybody in them, edited by their admins.

A community's zone cuts limits and boards into days, so changing it is a publication of the rulebook in force, from the
next local midnight on and at most every 30 days: no day goes back, and nothing that was booked moves.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import clock, ids, locks, rulebook, zones
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale
from loyalty.models.communities import Community
from rules_engine import days
from rules_engine.document import KEY, MAX_KEY

PROFILE = ("purpose", "description", "logo", "colours", "languages", "guidelines")
OPEN, MEMBERS, CLOSED = PAGES = ("open", "members", "closed")
"""Who may see a community's pages: anybody all of them; anybody the community's own page, members theirs; nobody."""


def create(session: Session, key: str, name: str, zone: str = "UTC") -> Community:
    """A new community with an empty profile.

    Raises `Invalid` for a zone that does not exist or a key that is none, `Conflict` (`community_exists`).
    """
    zones.check(zone)
    if not KEY.match(key):
        problem = Problem("/key", f"lower-case letters, digits and dashes, at most {MAX_KEY}")
        raise Invalid("invalid_key", "This is no key for a community.", [problem])
    community = Community(
        id=ids.new("com"),
        key=key,
        name=name,
        zone=zone,
        profile={},
        salt=secrets.token_hex(16),
        publications=0,
        revision=1,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(community)
    except IntegrityError:
        raise Conflict("community_exists", f"There is a community with the key {key}.") from None
    return community


def get(session: Session, community_id: str) -> Community:
    """The community. Raises `NotFound`."""
    community = session.get(Community, community_id)
    if community is None:
        raise NotFound("community_not_found", "There is no such community.")
    return community


def with_pages(session: Session, key: str) -> Community:
    """The community of that key, if it has pages. Raises `NotFound`."""
    community = session.scalar(select(Community).where(Community.key == key, Community.pages != CLOSED))
    if community is None:
        raise NotFound("community_not_found", "There is no such community.")
    return community


def only(session: Session) -> Community | None:
    """The one community of this service, if there is exactly one."""
    found = session.scalars(select(Community).limit(2)).all()
    return found[0] if len(found) == 1 else None


def open_to_all(session: Session) -> Sequence[Community]:
    """The communities whose pages are open to anybody, by name; at most 200."""
    return session.scalars(select(Community).where(Community.pages == OPEN).order_by(Community.name).limit(200)).all()


def change(
    session: Session,
    community_id: str,
    *,
    name: str,
    zone: str,
    profile: Mapping[str, Any],
    by: str,
    pages: str = MEMBERS,
    revision: int | None = None,
) -> Community:
    """Set everything that an admin edits; `pages` is one of `PAGES`, `profile` has some of `PROFILE`, what is absent
    is emptied.

    Raises `Stale` when `revision` is given and not the present one, `Invalid` for an unknown zone, `Conflict`
    (`zone_changed_lately`).
    """
    zones.check(zone)
    locks.guard(session, community_id, alone=True)
    community = session.get_one(Community, community_id, with_for_update=True, populate_existing=True)
    if revision is not None and revision != community.revision:
        raise Stale("changed_meanwhile", "Somebody changed the community since you read it.")
    if (community.name, community.zone, community.pages, community.profile) == (name, zone, pages, dict(profile)):
        return community
    if zone != community.zone:
        _move(session, community, zone, by)
    community.name, community.pages, community.profile = name, pages, dict(profile)
    community.revision += 1
    session.flush()
    return community


def _move(session: Session, community: Community, zone: str, by: str) -> None:
    published = rulebook.publications(session, community.id)
    now = clock.now()
    if published:
        moves = [row for row in published if row.mode == rulebook.ZONE]
        zones.check_stay(moves[-1].published_at if moves else None)
        midnight = days.zone(community.zone).midnight_from(now)
        version, note = rulebook.version_at(published, midnight) or 0, f"days are cut in {zone}"
        rulebook.put_in_force(session, community, version, midnight, mode=rulebook.ZONE, zone=zone, by=by, note=note)
    community.zone = zone
