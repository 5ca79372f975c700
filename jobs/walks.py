"""The walks of publications, as jobs: one that finds what there is to do, and one for each part of a community.

Every page is a transaction of its own and how far a part came is written with it: killed anywhere, the next tick goes
on. A part works in slices, so that webhooks do not wait behind it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import structlog

from jobs import queues
from jobs.app import Service, service
from jobs.batches import all_or_each
from jobs.relay import Failed, log_failure
from loyalty import asking_ahead, settlement, walks
from loyalty.asking_ahead import Work
from loyalty.walks import Part

SLICE_SECONDS = 2.0
_log = structlog.get_logger(__name__)


def run() -> None:
    """The job: begin the walks that are due, and have every part that is not through worked on."""
    here = service()
    queues.begun(here.redis, "walks")
    for part in begin(here):
        queues.kick(here.redis, "walk", *map(str, part))


def begin(here: Service, failed: Failed = log_failure) -> list[Part]:
    """Begin the walks that are due and end those that are through; answers the parts that wait for somebody. A walk
    that cannot begin holds up none of another community.
    """
    found: list[Part] = []
    for publication in here.read(walks.unfinished):
        try:
            found += _begin(here, publication)
        except Exception as error:  # noqa: BLE001  # whatever it is: it is told, and tried again at the next tick
            failed(f"walk of {publication}", error)
    return found


def _begin(here: Service, publication: str) -> list[Part]:
    if here.write(walks.begin, publication):
        community = here.read(walks.of_community, publication)
        asking_ahead.ask_ahead(here.read, here.write, community, partial(_each, here, publication))
        here.write(walks.set_out, publication)
    return [] if _end(here, publication) else here.read(walks.open_parts, publication)


def _each(here: Service, publication: str, members: Sequence[str], work: Work) -> None:
    """Do a part of preparing the walk for these members, which is still ours. Who is broken holds up nobody else."""
    here.write(walks.keep, publication)
    all_or_each(members, work, leave_behind)


def run_part(community: str, publication: str, number: str) -> None:
    """The job: a slice of one part, and another one if that was not all."""
    here = service()
    queues.begun(here.redis, "walk", community, publication, number)
    if not go(here, Part(community, publication, int(number)), time.monotonic() + SLICE_SECONDS):
        queues.kick(here.redis, "walk", community, publication, number)


def go(here: Service, part: Part, until: float | None = None) -> bool:
    """Go through a part; false when `until` (monotonic seconds) came first. Who is broken holds up nobody else."""
    if not here.write(walks.claim, part):
        return True  # somebody else goes through it
    while members := here.read(walks.page, part):
        all_or_each(members, partial(_meet, here, part), partial(_step_over, here, part))
        if until is not None and time.monotonic() >= until:
            here.write(walks.release, part)
            return False
    if members is None:
        here.write(walks.release, part)
        return True  # a later publication is being prepared: once it is, the next tick goes on
    here.write(walks.close, part)
    _end(here, part.publication_id)
    return True


def leave_behind(member_id: str, error: Exception) -> None:
    """Write down who could not be brought up to a publication; `schedule.keep_house` tries again."""
    _log.error("left_behind", member=member_id, exc_info=error)


def _meet(here: Service, part: Part, members: Sequence[str]) -> None:
    long = here.write(walks.meet, part, members)
    for member in long:
        settlement.settle(here.read, here.write, part.community_id, member, quiet=True)
    if long:
        here.write(walks.move_on, part, members)


def _step_over(here: Service, part: Part, member_id: str, error: Exception) -> None:
    leave_behind(member_id, error)
    here.write(walks.move_on, part, [member_id], broken=True)


def _end(here: Service, publication: str) -> bool:
    if not here.write(walks.end, publication):
        return False
    _log.info("walked", publication=publication)
    queues.kick(here.redis)
    return True
