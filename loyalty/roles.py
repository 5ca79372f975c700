"""Roles: a person, staff or a bot. Who is staff or a bot was never there to earn, so a role is a fact before all other
facts of a member, and its latest word holds for the whole timeline. Who is called nothing is a person.
"""

from __future__ import annotations

from loyalty import identities
from loyalty.activities import Activity, MemberId
from rules_engine.facts import ROLE_GIVEN


def given(member_id: str, role: str, version: int = 0) -> Activity:
    """The fact that says it; a greater `version` is the later word."""
    return Activity(
        kind=ROLE_GIVEN,
        key=key_of(member_id),
        at=0,
        platform=identities.OWN,
        version=version,
        actor=MemberId(member_id),
        data={"role": role},
    )


def key_of(member_id: str) -> str:
    """The activity key of what is said of a member's role."""
    return f"setia:role:{member_id}"
