"""A thing that was edited: what an earlier state of it said, and the latest one does not, is undone.

A message with a hashtag is two activities; the same message without it is one. So its states are compared under the
reference that all its activities declare, whichever of them comes in first: a newer state undoes what only an older one
said, an older one that comes late adds nothing to a newer. Call it for one source at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty import identities
from loyalty.activities import Activity
from loyalty.db import Statement
from loyalty.facts import reference_id

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
        if any(latest.version > state.version for latest in before.values()):
            settled[index] = [one for one in state.activities if one.key in before or one.declares != state.reference]
            continue
        keys = {one.key for one in state.activities}
        gone = [_undone(key, latest, state) for key, latest in before.items() if key not in keys and not latest.undone]
        settled[index] = [*state.activities, *gone]
        for one in settled[index]:
            if one.declares == state.reference:
                before[one.key] = _Latest(one.version, one.op == "reverse", one.kind, one.at, one.platform)
    return [settled[index] for index in range(len(states))]


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


def _undone(key: str, latest: _Latest, state: State) -> Activity:
    return Activity(
        kind=latest.kind,
        key=key,
        at=latest.at,
        platform=latest.platform,
        op="reverse",
        version=state.version,
        declares=state.reference,
        by="author",
    )
