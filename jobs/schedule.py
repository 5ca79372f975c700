"""What the clock does by time alone, as a table of ticks, and the jobs that they kick.

Every tick may be late, missed or doubled: each job looks at what is due now.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from operator import attrgetter

import structlog
from sqlalchemy import select

from jobs import queues
from jobs.app import Service, service
from jobs.batches import all_or_each
from jobs.dispatch import build_boards as build
from jobs.walks import leave_behind
from loyalty import chains, clock, leaderboards, publications, settlement
from loyalty.errors import Unavailable
from loyalty.models import Community
from loyalty.settlement import Due

TICKS = (
    ("relay", 5),
    ("due", 30),
    ("boards", 30),
    ("imports", 5),
    ("backtests", 5),
    ("walks", 5),
    ("fairplay", 3_600),
    ("keep", 3_600),
    ("forget", 3_600),
)
"""(job, seconds): every job of `queues` that the clock kicks, and how often."""

_BATCH = 100
_log = structlog.get_logger(__name__)


def bring_forward() -> None:
    """The job that does what time alone does to members: points expire, a tier's period ends."""
    here = service()
    queues.begun(here.redis, "due")
    now, last = clock.now(), None
    while due := here.read(settlement.due, now, last, _BATCH):
        for _, members in groupby(sorted(due, key=_community), key=_community):
            all_or_each(list(members), partial(_reconcile, here), _not_brought_forward)
        last = due[-1]  # on from there, whatever became of them: who is broken stays due, and is tried at the next tick
    queues.kick(here.redis)


_community = attrgetter("community_id")


def _reconcile(here: Service, members: Sequence[Due]) -> None:
    here.write(settlement.reconcile, members[0].community_id, [one.member_id for one in members])


def _not_brought_forward(one: Due, error: Exception) -> None:
    _log.error("not_brought_forward", member=one.member_id, exc_info=error)


def _adopt_engine(here: Service, community_id: str) -> None:
    """What an older engine folded is folded again, by the walk of a publication."""
    if here.write(publications.adopt_engine, community_id, "setia"):
        _log.warning("engine_adopted", community=community_id)


def _catch_up(here: Service, community_id: str) -> None:
    """Try those again whom the walk of a publication had to leave behind."""
    if not here.read(settlement.left_behind, community_id):
        return
    after, failed = "", list[str]()

    def bring_up(members: Sequence[str]) -> None:
        here.write(settlement.reconcile, community_id, members)

    def put_off(member_id: str, error: Exception) -> None:
        failed.append(member_id)
        leave_behind(member_id, error)

    while members := here.read(settlement.behind, community_id, after, _BATCH):
        all_or_each(members, bring_up, put_off)
        after = members[-1]
    if failed:
        _log.error("still_behind", community=community_id, members=len(failed))


def build_boards() -> None:
    """The job that makes the boards that Redis does not have: a new day's, a new board's, all of them after a loss."""
    here = service()
    queues.begun(here.redis, "boards")
    for community_id in _communities(here):
        with suppress(Unavailable):  # somebody else is at it
            build(here, community_id, here.read(leaderboards.unbuilt, here.redis, community_id))


def keep_house() -> None:
    """The job that anchors each community's ledger once a day, and sees to it that everyone is folded by the engine and
    the rulebook that govern. A worker that starts asks for it.
    """
    here = service()
    queues.begun(here.redis, "keep")
    for community_id in _communities(here):
        here.write(chains.anchor, community_id)
        _adopt_engine(here, community_id)
        _catch_up(here, community_id)


def _communities(service: Service) -> list[str]:
    return service.read(lambda session: list(session.scalars(select(Community.id).order_by(Community.id))))
