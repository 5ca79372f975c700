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

from loyalty import audit, clock, governing, guidelines, ids, publications, rulebook, zones
from loyalty.errors import Conflict, Invalid, NotFound, Problem, Stale
from loyalty.models import Community, Publication
from rules_engine import days
from rules_engine.document import KEY, MAX_KEY
from rules_engine.errors import Sentence

PROFILE = ("purpose", "description", "logo", "colours", "languages", "guidelines")
OPEN, MEMBERS, CLOSED = PAGES = ("open", "members", "closed")
"""Who may see a community's pages: anybody all of them; anybody the community's own page, members theirs; nobody."""


def create(session: Session, key: str, name: str, zone: str = "UTC") -> Community:
    """A new community with an empty profile.

    Raises `Invalid` for a zone that does not exist or a key that is none, `Conflict` (`community_exists`).
    """
    zones.check(zone)
    if not KEY.match(key):
        problem = Problem("/key", Sentence("lower-case letters, digits and dashes, at most {most}", most=MAX_KEY))
        raise Invalid("invalid_key", Sentence("This is no key for a community."), [problem])
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
        raise Conflict("community_exists", Sentence("There is a community with the key {key}.", key=key)) from None
    return community


def get(session: Session, community_id: str) -> Community:
    """The community. Raises `NotFound`."""
    community = session.get(Community, community_id)
    if community is None:
        raise NotFound("community_not_found", Sentence("There is no such community."))
    return community


def with_pages(session: Session, key: str) -> Community:
    """The community of that key, if it has pages. Raises `NotFound`."""
    community = of_key(session, key)
    if community.pages == CLOSED:
        raise NotFound("community_not_found", Sentence("There is no such community."))
    return community


def of_key(session: Session, key: str) -> Community:
    """The community of that key. Raises `NotFound`."""
    community = session.scalar(select(Community).where(Community.key == key))
    if community is None:
        raise NotFound("community_not_found", Sentence("There is no such community."))
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
    approvals: int | None = None,
    revision: int | None = None,
) -> Community:
    """Set everything that an admin edits; `pages` is one of `PAGES`, `profile` has some of `PROFILE`, what is absent
    is emptied. `approvals`: how many people it takes to publish a rulebook, 1 or 2; None: as many as before.

    Raises `NotFound`, `Stale` when `revision` is given and not the present one, `Invalid` for an unknown zone,
    `Conflict` (`zone_changed_lately`; `approval_needed` for fewer people than before).
    """
    zones.check(zone)
    community = publications.alone(session, community_id)
    if revision is not None and revision != community.revision:
        raise Stale("changed_meanwhile", Sentence("Somebody changed the community since you read it."))
    if approvals is not None and approvals < community.approvals:
        detail = Sentence("Here two people have to agree that one is enough: POST /v1/rulebook/proposals.")
        raise Conflict("approval_needed", detail)
    before = _told(community)
    if zone != community.zone:
        _move(session, community, zone, by)
    community.name, community.pages, community.profile = name, pages, dict(profile)
    community.approvals = approvals or community.approvals
    after = _told(community)
    if after != before:
        community.revision += 1
        if "guidelines" in after and after["guidelines"] != before.get("guidelines"):
            guidelines.keep(session, community_id, after["guidelines"], by)
        session.flush()
        audit.note(session, community_id, by, "community.changed", community_id, before, after)
    return community


def lower_approvals(session: Session, community_id: str, approvals: int, by: str) -> None:
    """Let so few people publish from now on: two agreed to it. Raises `NotFound`, and what `check_fewer` does."""
    community = publications.alone(session, community_id)
    check_fewer(community, approvals)
    before = _told(community)
    community.approvals = approvals
    community.revision += 1
    session.flush()
    audit.note(session, community_id, by, "community.changed", community_id, before, _told(community))


def check_fewer(community: Community, approvals: int) -> None:
    """Raises `Conflict` (`not_fewer`) where it takes no more people than that to publish."""
    if approvals >= community.approvals:
        raise Conflict("not_fewer", Sentence("It takes no more people than that as it is."))


def _told(community: Community) -> dict[str, Any]:
    return {
        **{name: getattr(community, name) for name in ("name", "zone", "pages", "approvals")},
        **community.profile,
    }


def _move(session: Session, community: Community, zone: str, by: str) -> None:
    published = rulebook.publications(session, community.id)
    now = clock.now()
    if published:
        moves = [row for row in published if row.mode == governing.ZONE]
        zones.check_stay(moves[-1].published_at if moves else None)
        midnight = days.zone(community.zone).midnight_from(now)
        version, note = governing.version_at(published, midnight) or 0, f"days are cut in {zone}"
        move = Publication(
            id=ids.new("pub"),
            version=version,
            mode=governing.ZONE,
            effective_from=midnight,
            zone=zone,
            note=note,
            published_by=by,
        )
        publications.put_in_force(session, community, move)
    community.zone = zone
