"""What the clock does by time alone, as a table of ticks, and the jobs that they kick.

Every tick may be late, missed or doubled: each job looks at what is due now.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import queues
from jobs.app import Service, service
from jobs.batches import all_or_each
from jobs.dispatch import build_boards as build
from loyalty import answers, clock, deliveries, leaderboards, ledger, outbox, settlement
from loyalty.models import Community

TICKS = (("relay", 5), ("due", 30), ("boards", 30), ("keep", 3_600))
"""(job, seconds): every job of `queues` that the clock kicks, and how often."""

_BATCH = 100
_log = logging.getLogger(__name__)


def bring_forward() -> None:
    """The job that does what time alone does to members: points expire, a tier's period ends."""
    here = service()
    queues.begun(here.redis, "due")
    broken: set[str] = set()

    def put_off(member: tuple[str, str], error: Exception) -> None:
        broken.add(member[1])
        _log.error("cannot be brought forward: %s", member[1], exc_info=error)

    while due := [one for one in here.read(settlement.due, clock.now(), _BATCH) if one[1] not in broken]:
        for _, members in groupby(sorted(due), key=itemgetter(0)):
            all_or_each(list(members), partial(_reconcile, here), put_off)
    queues.kick(here.redis)


def _reconcile(here: Service, members: Sequence[tuple[str, str]]) -> None:
    here.write(settlement.reconcile, members[0][0], [member for _, member in members])


def build_boards() -> None:
    """The job that makes the boards that Redis does not have: a new day's, a new board's, all of them after a loss."""
    here = service()
    queues.begun(here.redis, "boards")
    for community_id in _communities(here):
        build(here, community_id, here.read(leaderboards.unbuilt, here.redis, community_id))


def keep_house() -> None:
    """The job that anchors each community's ledger once a day, and forgets what need not be kept."""
    here = service()
    queues.begun(here.redis, "keep")
    for community_id in _communities(here):
        here.write(ledger.anchor, community_id)
    for forget in (outbox.forget_done, deliveries.forget_old, _forget_answers):
        while here.write(forget):
            pass


def _forget_answers(session: Session) -> int:
    return answers.forget_old(session, clock.now() - answers.KEPT_FOR)


def _communities(service: Service) -> list[str]:
    return service.read(lambda session: list(session.scalars(select(Community.id).order_by(Community.id))))
