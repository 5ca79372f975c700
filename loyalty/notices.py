"""Notices: what happened, written down with what it tells so that others hear of it once it is committed.

`publish` is one insert into the outbox and runs in the transaction of what it tells about: either both are there or
neither. Carrying notices out is the business of `outbox` and of the jobs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from loyalty import clock, ids
from loyalty.db import Statement, Write, write

STANDINGS_CHANGED = "standings.changed"
"""`{"members": [member id], "past": [[member id, instant]]}`: scores moved, at these instants, whose windows are over
sooner or later; or `{"members": [member id], "ranked_anew": true}`: they are on other boards, of whichever window."""
MEMBER_STALE = "member.stale"
"""`{"member": member id}`: a long timeline waits to be folded again."""
RULEBOOK_PUBLISHED = "rulebook.published"
"""`{"publication": id}`: another rulebook governs from now on; a walk brings everyone up to it."""
RULEBOOK_WALKED = "rulebook.walked"
"""`{"publication": id}`: everyone was brought up to it; the boards are those of the new rulebook."""
BOARDS_REBUILD = "boards.rebuild"
"""`{}`: the community's boards are missing or doubted; make them again from the database."""
TIER_WARNED = "tier.warned"
"""`{"member": member id, "tier": key, "judged_at": instant}`: they fall from it when the period ends, as it is now."""
BACKTEST_BEGUN = "backtest.begun"
"""`{"backtest": id}`: a back-test has members to be folded."""
CASE_OPENED = "case.opened"
"""`{"case": id, "member": member id or null}`: something waits for a person to judge."""
CASE_DECIDED = "case.decided"
"""`{"case": id, "member": member id or null, "outcome": word}`: somebody judged it."""
APPEAL_DECIDED = "appeal.decided"
"""`{"case": id, "member": member id or null, "outcome": word}`: somebody looked again."""
IMPORT_ADVANCED = "import.advanced"
"""`{"import": id}`: a backfill has lines to be recorded, or taken back."""

MOVES_BOARDS = (STANDINGS_CHANGED, BOARDS_REBUILD, RULEBOOK_WALKED)
"""What the boards have yet to hear of, as long as it is not carried out."""
KINDS = frozenset(
    {
        STANDINGS_CHANGED,
        MEMBER_STALE,
        RULEBOOK_PUBLISHED,
        RULEBOOK_WALKED,
        BOARDS_REBUILD,
        TIER_WARNED,
        BACKTEST_BEGUN,
        IMPORT_ADVANCED,
        CASE_OPENED,
        CASE_DECIDED,
        APPEAL_DECIDED,
    }
)

_PUBLISH = Statement(
    """INSERT INTO notices (id, kind, community_id, payload, due_at, attempts, created_at)
    SELECT r.id, r.kind, :community, r.payload, r.due_at, 0, :now FROM {rows}""",
    id="text",
    kind="text",
    payload="json",
    due_at="int",
)


def written(community_id: str, told: Sequence[tuple[str, Mapping[str, Any]]], due_at: int | None = None) -> Write:
    """Notices (kind out of `KINDS`, payload), to be written together with what they tell about."""
    now = clock.now()
    since = max(now, due_at or 0)  # nothing has waited since before it was written, whatever it is about
    rows = [(ids.new("ntc"), kind, json.dumps(payload, separators=(",", ":")), since) for kind, payload in told]
    return Write(_PUBLISH, rows, {"community": community_id, "now": now})


def publish(
    session: Session, kind: str, community_id: str, payload: Mapping[str, Any], due_at: int | None = None
) -> None:
    """Write one notice; it is carried out after the commit, and not before `due_at`."""
    write(session, [written(community_id, [(kind, payload)], due_at)])
