"""A thing that was edited: what an earlier state of it said, and the latest one does not, is undone.

A message with a hashtag is two activities; the same message without it is one. So its states are compared under the
reference that all its activities declare, whichever of them comes in first: a newer state undoes what only an older one
said, and what an older one says that comes late is undone with it. Call it for one source at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import identities
from loyalty.activities import Activity
from loyalty.db import Statement
from loyalty.sayings import reference_id

_SAID = Statement(
    """SELECT f.declares, f.key, f.kind, f.at, f.platform, f.op, f.version FROM {rows}
    JOIN facts f ON f.declares = r.id WHERE f.said_by = :speaker""",
    id="text",
)


class State(NamedTuple):
    """All that is to be said of one thing at one time; `version` orders the states of a thing.

    Activities that do not declare the reference are only travelling along.
    """

    reference: str
    version: int
    activities: list[Activity]


class _Latest(NamedTuple):
    version: int
    undone: bool
    kind: str
    at: int
    platform: str


def settle(session: Session, community_id: str, speaker_id: str, states: Sequence[State]) -> list[list[Activity]]:
    """What is to be recorded for each state, in the same order, with what it undoes."""
    known = _known(session, community_id, speaker_id, {state.reference for state in states})
    settled: dict[int, list[Activity]] = {}
    for index, state in sorted(enumerate(states), key=lambda one: one[1].version):
        before = known.setdefault(state.reference, {})
        said = {one.key: _latest(one) for one in state.activities if one.declares == state.reference}
        newest = max((latest.version for latest in before.values()), default=state.version)
        if newest > state.version:
            gone = {key: one for key, one in said.items() if key not in before or before[key].version < one.version}
        else:
            gone = {key: one for key, one in before.items() if key not in said and not one.undone}
        undone = [_undone(key, one, state.reference, max(newest, state.version)) for key, one in gone.items()]
        settled[index] = [*state.activities, *undone]
        for key, latest in [*said.items(), *((one.key, _latest(one)) for one in undone)]:
            before[key] = max(before.get(key, latest), latest)
    return [settled[index] for index in range(len(states))]


def _latest(said: Activity) -> _Latest:
    return _Latest(said.version, said.op == "reverse", said.kind, said.at, said.platform)


def _known(session: Session, community_id: str, speaker_id: str, references: set[str]) -> dict[str, dict[str, _Latest]]:
    """Reference -> activity key -> what was said of it last."""
    if not references:
        return {}
    salt = identities.salt(session, community_id)
    names = {reference_id(salt, reference): reference for reference in references}
    known: dict[str, dict[str, _Latest]] = {}
    for declares, key, kind, at, platform, op, version in _SAID.run(
        session, [(one,) for one in sorted(names)], speaker=speaker_id
    ):
        said = _Latest(version, op == "reverse", kind, at, platform)
        before = known.setdefault(names[declares], {})
        before[key] = max(before.get(key, said), said)
    return known


def _undone(key: str, latest: _Latest, reference: str, version: int) -> Activity:
    return Activity(
        kind=latest.kind,
        key=key,
        at=latest.at,
        platform=latest.platform,
        op="reverse",
        version=version,
        declares=reference,
        by="author",
    )
