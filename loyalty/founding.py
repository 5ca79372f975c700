"""How a community begins: with its first keys, one for whoever runs it, one for what reports, one for what shows.

By command or by API it is this, and the keys are shown this once.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import communities, keys
from loyalty.keys import Grant
from loyalty.models import Community

FIRST_KEYS = ("admin", "ingest", "read")
"""Their names, each with the scope of that name."""


class Founded(NamedTuple):
    """A new community and its first keys by name, each as the text that opens."""

    community: Community
    keys: dict[str, str]


def found(session: Session, pepper: bytes, key: str, name: str, zone: str, *, by: str) -> Founded:
    """Make a community with its first keys. Raises what `communities.create` does."""
    community = communities.create(session, key, name, zone)
    first = {
        word: keys.issue(session, pepper, community.id, Grant((word,)), name=word, owner=by, by=by).text
        for word in FIRST_KEYS
    }
    return Founded(community, first)
