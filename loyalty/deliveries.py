"""Deliveries: what platforms sent, stored once before anything else, and turned into activities afterwards.

`receive` is one insert, so that even the least patient platform has its answer in time. `process` reads many
deliveries of one source, records what they say in one call, and marks them, all in one transaction: killed anywhere, it
is as if it had not begun. A delivery that cannot be read is marked and left; it holds nobody up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, literal, select
from sqlalchemy.orm import Session, defer

from loyalty import amendments, clock, facts, hindsight, ids, kinds, record, sources, trail, voices
from loyalty.activities import Activity
from loyalty.amendments import State
from loyalty.db import Statement
from loyalty.errors import NotFound
from loyalty.models import Delivery, Source
from loyalty.platforms.reading import Context, Reading, Unreadable
from rules_engine.errors import Sentence

RECEIVED, PROCESSED, IGNORED, FAILED = STATES = ("received", "processed", "ignored", "failed")
KEEP = 35 * clock.DAY
REFUSED, TOO_OLD = "refused", "too_old"
BECAME = (*facts.STATUSES, REFUSED, TOO_OLD)
"""What becomes of an activity that a delivery speaks of; the last two are said to nobody: the source may not speak for
it, or it lies further back than a first word may."""
MOST_ATTEMPTS = 10
_WHY = {
    facts.DIFFERS: "other content than was said before, without a higher version",
    facts.NOT_YOURS: "another source or key said this activity first",
}
WAITS = Delivery.state == literal(RECEIVED, literal_execute=True)
"""Stored and not read. The word stands in the statement itself: PostgreSQL plans for any parameter, and would go
through all deliveries of 35 days instead of the index of those that wait."""

_RECEIVE = Statement(
    """INSERT INTO deliveries
        (id, community_id, source_id, delivery_id, headers, raw, received_at, state, attempts, due_at, activities)
    VALUES (:id, :community, :source, :delivery, :headers, :raw, :now, 'received', 0, :now, '[]')
    ON CONFLICT (source_id, delivery_id) DO NOTHING RETURNING id"""
)


def receive(session: Session, source: Source, headers: Mapping[str, str], raw: bytes) -> bool:
    """Store a verified request. False when the platform had delivered it before. Header names in lower case."""
    platform = sources.platform_of(source)
    kept = {name: headers[name][:1_000] for name in platform.HEADERS if name in headers}
    row_id = ids.new("del")
    stored = _RECEIVE.run(
        session,
        id=row_id,
        community=source.community_id,
        source=source.id,
        delivery=platform.delivery_id(headers, raw),
        headers=json.dumps(kept),
        raw=raw,
        now=clock.now(),
    )
    if stored:
        trail.note_stored(session, row_id)
    return bool(stored)


def waiting(session: Session, limit: int = 500) -> dict[str, list[str]]:
    """Deliveries that are due, oldest first, as source id -> delivery row ids."""
    found: dict[str, list[str]] = {}
    due = (
        select(Delivery.source_id, Delivery.id)
        .where(WAITS, Delivery.due_at <= clock.now())
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
    )
    for source_id, row_id in session.execute(due):
        found.setdefault(source_id, []).append(row_id)
    return found


def process(session: Session, source_id: str, row_ids: Sequence[str]) -> int:
    """Record what these deliveries of one source say and mark them; answers how many.

    One process at a time works on a source; none are processed while another does.
    """
    locked = select(Source).where(Source.id == source_id).with_for_update(skip_locked=True, key_share=True)
    source = session.scalar(locked)
    wanted = select(Delivery).where(Delivery.id.in_(row_ids), Delivery.state == RECEIVED).order_by(Delivery.id)
    rows = [] if source is None else list(session.scalars(wanted))
    if source is None or not rows:
        return 0
    known = kinds.known(session, source.community_id)
    said: list[tuple[Delivery, Activity]] = []
    whole: list[tuple[Delivery, State]] = []
    for row in rows:
        row.attempts += 1
        row.processed_at, row.activities = clock.now(), []
        try:
            reading = sources.platform_of(source).read(
                row.headers, row.raw, Context(source.id, row.received_at, known, source.options)
            )
        except Unreadable as error:
            row.state, row.error = FAILED, str(error)
            continue
        allowed = _allowed(source, row, reading)
        if reading.whole_of is not None and allowed:
            whole.append((row, State(reading.whole_of, allowed[0].version, allowed)))
        else:
            said += [(row, activity) for activity in allowed]
    settled = amendments.settle(session, source.community_id, source.id, [state for _, state in whole])
    said += [(row, one) for (row, _), activities in zip(whole, settled, strict=True) for one in activities]
    said = _in_time(session, source.community_id, said)
    activities, speaker = [activity for _, activity in said], sources.speaker(source)
    outcomes = record.record(session, source.community_id, activities, speaker, decisions=False)
    for (row, activity), outcome in zip(said, outcomes, strict=True):
        _became(row, activity, outcome.status, _WHY.get(outcome.status), outcome.activity_id)
    for row in rows:
        spoken_of = [one["id"] for one in row.activities if one["id"] is not None]
        trail.note_read(session, trail.Read(row.id, source.id, source.platform, row.state, spoken_of))
    return len(rows)


def _allowed(source: Source, row: Delivery, reading: Reading) -> list[Activity]:
    """The activities that the source may say; what is refused is noted on the delivery, and its state settled: it is
    ignored when nothing in it is read, or only kinds that the source was not connected for.
    """
    allowed = []
    ignored = not reading.problems
    for problem in reading.problems:
        _note(row, f"{problem.pointer or '/'}: {problem.detail}")
    for activity in reading.activities:
        refusal = voices.refusal(source, activity)
        if refusal is None:
            allowed.append(activity)
        else:
            _became(row, activity, REFUSED, refusal)
            ignored = ignored and not voices.hears(source, activity.kind)
    if ignored and reading.reason is not None:
        _note(row, reading.reason)
    row.state = PROCESSED if allowed else IGNORED if ignored else FAILED
    return allowed


def _in_time(
    session: Session, community_id: str, said: Sequence[tuple[Delivery, Activity]]
) -> list[tuple[Delivery, Activity]]:
    """What is not too old to be said for the first time; the rest is noted on its delivery."""
    problems = hindsight.problems(session, community_id, [activity for _, activity in said])
    for (row, activity), problem in zip(said, problems, strict=True):
        if problem is not None:
            _became(row, activity, TOO_OLD, problem.detail)
    return [one for one, problem in zip(said, problems, strict=True) if problem is None]


def put_off(session: Session, row_id: str, error: str) -> None:
    """Processing this delivery broke: it is tried again later and later, and at last marked as failed."""
    row = session.get(Delivery, row_id)
    if row is None or row.state != RECEIVED:
        return
    row.attempts += 1
    row.error = error[:500]
    row.due_at = clock.now() + (clock.SECOND << row.attempts)
    if row.attempts >= MOST_ATTEMPTS:
        row.state, row.processed_at = FAILED, clock.now()


def list_for(
    session: Session, community_id: str, source_id: str | None, state: str | None, before: str | None, limit: int
) -> list[Delivery]:
    """Deliveries of the community, the newest first, from the one before the id `before`; without their bodies, and
    without what they spoke of.
    """
    bodies = defer(Delivery.raw, raiseload=True), defer(Delivery.activities, raiseload=True)
    wanted = select(Delivery).where(Delivery.community_id == community_id).options(*bodies)
    for column, value in ((Delivery.source_id, source_id), (Delivery.state, state)):
        if value is not None:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(Delivery.id < before)
    return list(session.scalars(wanted.order_by(Delivery.id.desc()).limit(limit)))


def get(session: Session, community_id: str, row_id: str) -> Delivery:
    """Raises `NotFound` for another community's delivery as well."""
    row = session.get(Delivery, row_id)
    if row is None or row.community_id != community_id:
        raise NotFound("delivery_not_found", Sentence("There is no such delivery; they are kept for 35 days."))
    return row


def replay(session: Session, community_id: str, row_id: str) -> Delivery:
    """Let the delivery be read and recorded once more; what it said before does not count twice.

    Raises `NotFound`.
    """
    row = get(session, community_id, row_id)
    session.refresh(row, with_for_update=True)
    row.state, row.error, row.attempts, row.processed_at, row.activities = RECEIVED, None, 0, None, []
    row.due_at = clock.now()
    session.flush()
    return row


def forget_old(session: Session, limit: int = 10_000) -> int:
    """Delete up to `limit` deliveries that came in more than 35 days ago; answers how many."""
    old = select(Delivery.id).where(Delivery.received_at < clock.now() - KEEP).limit(limit)
    return session.connection().execute(delete(Delivery).where(Delivery.id.in_(old))).rowcount


def _became(row: Delivery, activity: Activity, status: str, why: str | None, activity_id: str | None = None) -> None:
    """Keep on the delivery what became of an activity; what leaves nothing behind is noted with the reason."""
    spoken_of = {"id": activity_id, "key": activity.key, "kind": activity.kind, "status": status, "why": why}
    row.activities = [*row.activities, spoken_of]
    if why is not None:
        _note(row, f"{activity.key}: {why}")


def _note(row: Delivery, text: str) -> None:
    row.error = f"{row.error}\n{text}"[:2_000] if row.error else text[:2_000]
