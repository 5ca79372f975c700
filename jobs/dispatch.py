"""What each kind of notice asks for: the table of contents of everything that happens after a commit.

A handler carries out all notices of one kind and community that were claimed together, and may be called again for the
same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jobs import queues
from jobs.app import Service
from loyalty import board_windows, leaderboards, notices, rankings, settlement
from loyalty.outbox import Claimed
from loyalty.scores import Window

Handler = Callable[[Service, str, Sequence[Claimed]], None]


def refresh_boards(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:
    """Scores moved: set them on the boards."""
    members = {member for one in claimed for member in one.payload["members"]}
    past = {(member, at) for one in claimed for member, at in one.payload.get("past", ())}
    anew = {member for one in claimed if one.payload.get("ranked_anew") for member in one.payload["members"]}
    missing = service.read(leaderboards.refresh, service.redis, community_id, members, sorted(past), anew)
    build_boards(service, community_id, missing)


def rebuild_boards(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # noqa: ARG001  # it is a `Handler`
    """The boards are doubted: make those of now again, and do without those of the past."""
    service.read(leaderboards.forget_past, service.redis, community_id)
    build_boards(service, community_id, service.read(board_windows.present, community_id))


def build_boards(service: Service, community_id: str, windows: Sequence[Window]) -> None:
    """Build each window in a transaction of its own. Raises `Unavailable` in the end if others were building one."""
    built = [service.read(leaderboards.build, service.redis, community_id, window) for window in windows]
    if not all(built):
        raise rankings.being_made()


def settle(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:
    """Long timelines wait to be folded again."""
    for member_id in sorted({one.payload["member"] for one in claimed}):
        settlement.settle(service.read, service.write, community_id, member_id)


def walk(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # noqa: ARG001  # it is a `Handler`
    """A rulebook was published: a walk brings everyone up to it, by jobs of its own."""
    queues.kick(service.redis, "walks")


def advance_imports(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # noqa: ARG001  # it is a `Handler`
    """An import has work to do: it is done in slices by a job of its own."""
    queues.kick(service.redis, "imports")


def let_be(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # it is a `Handler`
    """Told to whoever listens; nothing of ours follows from it."""


def fold_backtests(service: Service, community_id: str, claimed: Sequence[Claimed]) -> None:  # noqa: ARG001  # it is a `Handler`
    """A back-test has members to be folded: that is done in slices by jobs of its own."""
    queues.kick(service.redis, "backtests")


HANDLERS: Mapping[str, Handler] = {
    notices.STANDINGS_CHANGED: refresh_boards,
    notices.BOARDS_REBUILD: rebuild_boards,
    notices.MEMBER_STALE: settle,
    notices.RULEBOOK_PUBLISHED: walk,
    notices.RULEBOOK_WALKED: rebuild_boards,
    notices.TIER_WARNED: let_be,
    notices.IMPORT_ADVANCED: advance_imports,
    notices.BACKTEST_BEGUN: fold_backtests,
    notices.CASE_OPENED: let_be,
    notices.CASE_DECIDED: let_be,
    notices.APPEAL_DECIDED: let_be,
}
