"""Sayings: what is said about an activity key, as rows of the log, and what holds of it by all of them together.

Of all sayings about a key the greatest (version, reversal over apply, content) says whether it holds; the greatest that
is no reversal says what it is. So any order of arrival ends in one state, and a reversal may come before what it
reverses. A moderator's void is a switch of its own, which no platform clears. Nothing here asks the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from loyalty import clock, ids
from loyalty.activities import Activity, Identity, MemberId, Party, Reference, Speaker
from loyalty.identities import identity_id, own_identity

Position = tuple[int, str]
"""(at, activity key): the order of every timeline. Keys compare as bytes, which Python's order of text equals."""


class Saying(NamedTuple):
    """A row of the log about to be written; the columns of `FactRow`."""

    activity_id: str
    n: int
    key: str
    op: str
    version: int
    kind: str
    at: int
    platform: str
    actor: str | None
    actor_ref: str | None
    beneficiary: str | None
    beneficiary_ref: str | None
    declares: str | None
    body: str
    digest: str
    said_by: str
    by: str | None
    stands: bool
    undone_by: str | None

    @property
    def position(self) -> Position:
        """Its place in a timeline."""
        return self.at, self.key

    def says_again(self, other: Saying) -> bool:
        """Whether both say the very same."""
        return (self.op, self.version, self.digest, self.by) == (other.op, other.version, other.digest, other.by)


SWITCH = ("void", "lift")
UNDOING = ("reverse", *SWITCH)
WEIGHT = ("counterparty", "author", "platform", "moderator")
"""Of two who undo the same state, the later one here is who undid it: rules ask that."""


def activity_id(community_salt: str, key: str) -> str:
    """The id that the activity of this key has in the community."""
    return ids.derived("act", community_salt, key)


def reference_id(community_salt: str, text: str) -> str:
    """The id under which a reference and its answer meet."""
    return ids.derived("ref", community_salt, text)


def canonical(value: object) -> str:
    """JSON that is the same for equal values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _party(community_salt: str, party: Party | None) -> tuple[str | None, str | None]:
    if isinstance(party, Identity):
        return identity_id(community_salt, party), None
    if isinstance(party, MemberId):
        return own_identity(community_salt, party.id), None
    if isinstance(party, Reference):
        return None, reference_id(community_salt, party.text)
    return None, None


def of(community_salt: str, activity: Activity, speaker: Speaker) -> Saying:
    """The row for `activity`, as the first of its key; people named by reference are not looked up here."""
    actor, actor_ref = _party(community_salt, activity.actor)
    beneficiary, beneficiary_ref = _party(community_salt, activity.beneficiary)
    body: dict[str, Any] = {"object": activity.object, "data": activity.data}
    for name, party in (("actor", activity.actor), ("beneficiary", activity.beneficiary)):
        if isinstance(party, Reference):
            body[name] = party.text
    if activity.declares:
        body["declares"] = activity.declares
    text = canonical(body)
    undoes = activity.op == "reverse"
    content = (activity.kind, activity.at, activity.platform, actor, actor_ref, beneficiary, beneficiary_ref, text)
    return Saying(
        activity_id=activity_id(community_salt, activity.key),
        n=1,
        key=activity.key,
        op=activity.op,
        version=activity.version,
        kind=activity.kind,
        at=activity.at,
        platform=activity.platform,
        actor=actor,
        actor_ref=actor_ref,
        beneficiary=beneficiary,
        beneficiary_ref=beneficiary_ref,
        declares=reference_id(community_salt, activity.declares) if activity.declares else None,
        body=text,
        digest=hashlib.blake2b(repr(content).encode(), digest_size=16).hexdigest(),
        said_by=speaker.id,
        by=activity.by if undoes else None,
        stands=not undoes,
        undone_by=None,
    )


def next_version(rows: Sequence[Saying]) -> int:
    """A version above all that was said about a key: now, or later where a clock went back since."""
    return max([clock.now(), *(row.version + 1 for row in rows)])


def undoing(rows: Sequence[Saying], op: str, version: int, by: str | None, reason: str, speaker: Speaker) -> Saying:
    """A further row about a known activity that undoes it (`reverse`, `void`) or lifts the void, and says why."""
    known = held(rows) or rows[-1]
    body = canonical(orjson.loads(known.body) | {"reason": reason})
    digest = hashlib.blake2b(body.encode(), digest_size=16).hexdigest()
    return known._replace(
        op=op, version=version, by=by, body=body, digest=digest, said_by=speaker.id, stands=False, undone_by=None
    )


def mark(rows: Sequence[Saying]) -> list[Saying]:
    """The rows of one key with `stands` and `undone_by` as they follow from all of them."""
    sayings = [row for row in rows if row.op not in SWITCH]
    content = max((row for row in sayings if row.op != "reverse"), key=_strength, default=None)
    last = max(sayings, key=_strength, default=None)
    undone_by = last.by if last is not None and last.op == "reverse" else None
    if switched(rows) is not None:
        undone_by = "moderator"
    return [row._replace(stands=row is content, undone_by=undone_by if row is content else None) for row in rows]


def switched(rows: Sequence[Saying]) -> Saying | None:
    """The moderator's void that holds, if one does."""
    switch = max((row for row in rows if row.op in SWITCH), key=_strength, default=None)
    return switch if switch is not None and switch.op == "void" else None


def _strength(row: Saying) -> tuple[int, bool, int, str]:
    return row.version, row.op in ("reverse", "lift"), WEIGHT.index(row.by) if row.by else -1, row.digest


def held(rows: Iterable[Saying]) -> Saying | None:
    """The row whose content holds."""
    return next((row for row in rows if row.stands), None)
