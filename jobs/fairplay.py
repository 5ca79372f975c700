"""The job that looks for rings, in the communities that switched it on.

It reads page by page and opens the cases of each ring in a transaction of its own. Killed anywhere, the next tick looks
again and finds what was not brought up yet.
"""

from __future__ import annotations

import structlog

from jobs import queues
from jobs.app import Service, service
from loyalty import clock, rings
from loyalty.rings import Terms

_log = structlog.get_logger(__name__)


def run() -> None:
    """The job: look at every community that wants it."""
    here = service()
    queues.begun(here.redis, "fairplay")
    for community_id, terms in here.read(rings.watched).items():
        look(here, community_id, terms)


def look(here: Service, community_id: str, terms: Terms) -> int:
    """Look for rings among what members did lately; answers how many cases were opened."""
    now = clock.now()
    found: dict[tuple[str, str], int] = {}
    after: str | None = ""
    while after is not None and len(found) < rings.MOST_EDGES:
        after, more = here.read(rings.edges, community_id, terms, after, now)
        found |= more
    if after is not None:
        _log.warning("rings_cut_short", community=community_id, pairs=len(found))
    among = rings.find(found, terms)
    opened = sum(here.write(rings.open_cases, community_id, terms, ring, now) for ring in among)
    _log.info("rings_looked_for", community=community_id, pairs=len(found), rings=len(among), cases=opened)
    return opened
