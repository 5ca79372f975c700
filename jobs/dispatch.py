"""What each kind of notice asks for: the table of contents of everything that happens after a commit.

A handler carries out all notices of one kind and community that were claimed together, and may be called again for the
same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from redis.exceptions import RedisError

from jobs import queues
from jobs.app import Service
from jobs.batches import all_or_each
from loyalty import board_windows, leaderboards, notices, settlement
from loyalty.outbox import Claimed
from loyalty.scores import Window

WALK = 100
_log = structlog.get_logger(__name__)

Handler = Callable[[Service, str, Sequence[Claimed]], None]


def refresh_boards(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:
    """Scores moved: set them on the boards."""
    members = {member for one in claimed for member in one.payload["members"]}
    past = {(member, at) for one in claimed for member, at in one.payload.get("past", ())}
    missing = service.read(leaderboards.refresh, service.redis, community_id, members, sorted(past))
    build_boards(service, community_id, missing)


def rebuild_boards(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # noqa: ARG001  # it is a `Handler`
    """The boards are doubted: make those of now again, and do without those of the past."""
    service.read(leaderboards.forget_past, service.redis, community_id)
    build_boards(service, community_id, service.read(board_windows.present, community_id))


def build_boards(service: Service, community_id: str, windows: Sequence[Window]) -> None:
    """Build each window in a transaction of its own. Raises `RedisError` when somebody else is building one."""
    for window in windows:
        if not service.read(leaderboards.build, service.redis, community_id, window):
            message = f"the board {window.period} {window.label} is being built elsewhere"
            raise RedisError(message)


def settle(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:
    """Long timelines wait to be folded again."""
    for member_id in sorted({one.payload["member"] for one in claimed}):
        settlement.settle(service.write, community_id, member_id)


def walk(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:
    """A rulebook was published: bring the next members up to it, and leave word for those after them.

    Somebody who cannot be folded is left behind, and meets the publication with whatever brings them forward next.
    """
    after = min(one.payload["after"] for one in claimed)
    members = service.read(settlement.behind, community_id, after, WALK)
    if not members:
        service.write(notices.publish, notices.BOARDS_REBUILD, community_id, {})
        return
    all_or_each(members, partial(_reconcile, service, community_id), leave_behind)
    payload = {**claimed[0].payload, "after": members[-1]}
    service.write(notices.publish, notices.RULEBOOK_PUBLISHED, community_id, payload)


def _reconcile(service: Service, community_id: str, members: Sequence[str]) -> None:
    service.write(settlement.reconcile, community_id, members)


def leave_behind(member_id: str, error: Exception) -> None:
    """Write down who could not be brought up to a publication; `schedule.catch_up` tries again."""
    _log.error("left_behind", member=member_id, exc_info=error)


def advance_imports(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # noqa: ARG001  # it is a `Handler`
    """An import has work to do: it is done in slices by a job of its own."""
    queues.kick(service.redis, "imports")


HANDLERS: Mapping[str, Handler] = {
    notices.STANDINGS_CHANGED: refresh_boards,
    notices.BOARDS_REBUILD: rebuild_boards,
    notices.MEMBER_STALE: settle,
    notices.RULEBOOK_PUBLISHED: walk,
    notices.IMPORT_ADVANCED: advance_imports,
}
