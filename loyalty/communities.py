"""Communities: made once, read by everybody in them, edited by their admins.

A community's zone cuts limits and boards into days, so changing it is a publication of the rulebook in force, from the
next local midnight on and at most every 30 days: no day goes back, and nothing that was booked moves.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from loyalty import clock, ids, locks, rulebook
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale
from loyalty.models.communities import Community
from rules_engine import days

ZONE_STAYS = 30 * clock.DAY
PROFILE = ("purpose", "description", "logo", "colours", "languages", "guidelines")


def create(session: Session, key: str, name: str, zone: str = "UTC") -> Community:
    """A new community with an empty profile. Raises `Invalid` for a zone that does not exist."""
    _check_zone(zone)
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
    session.add(community)
    session.flush()
    return community


def get(session: Session, community_id: str) -> Community:
    """The community. Raises `NotFound`."""
    community = session.get(Community, community_id)
    if community is None:
        raise NotFound("community_not_found", "There is no such community.")
    return community


def change(
    session: Session,
    community_id: str,
    *,
    name: str,
    zone: str,
    profile: Mapping[str, Any],
    by: str,
    revision: int | None = None,
) -> Community:
    """Set everything that an admin edits; `profile` has some of `PROFILE`, what is absent is emptied.

    Raises `Stale` when `revision` is given and not the present one, `Invalid` for an unknown zone, `Conflict`
    (`zone_changed_lately`).
    """
    _check_zone(zone)
    locks.guard(session, community_id, alone=True)
    community = session.get_one(Community, community_id, with_for_update=True, populate_existing=True)
    if revision is not None and revision != community.revision:
        raise Stale("changed_meanwhile", "Somebody changed the community since you read it.")
    if (community.name, community.zone, community.profile) == (name, zone, dict(profile)):
        return community
    if zone != community.zone:
        _move(session, community, zone, by)
    community.name, community.profile = name, dict(profile)
    community.revision += 1
    session.flush()
    return community


def _move(session: Session, community: Community, zone: str, by: str) -> None:
    published = rulebook.publications(session, community.id)
    now = clock.now()
    if published:
        moves = [row for row in published if row.mode == rulebook.ZONE]
        if moves and moves[-1].published_at > now - ZONE_STAYS:
            raise Conflict("zone_changed_lately", "The zone was changed in the last 30 days; it has to stay that long.")
        midnight = days.zone(community.zone).midnight_from(now)
        version, note = rulebook.version_at(published, midnight) or 0, f"days are cut in {zone}"
        rulebook.put_in_force(session, community, version, midnight, mode=rulebook.ZONE, zone=zone, by=by, note=note)
    community.zone = zone


def _check_zone(zone: str) -> None:
    if zone not in available_timezones():
        problem = Problem("/zone", f"not a time zone of the IANA database: {zone}; one is Asia/Kuala_Lumpur")
        raise Invalid("invalid", "There is no such time zone.", [problem])
