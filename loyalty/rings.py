"""Rings: few people who mostly praise each other, looked for in the background over the last days.

A ring is two to five members, each of whom did it to each of the others, and most of whose doing stays among them. What
they gave each other is withheld where its points have not matured yet; of what has, only a case is opened, so that
nothing is taken from anybody before a person looked. What was a matter of a case once is not brought up again.

It reads the activities of the window page by page of members, and looks at no more than `MOST_EDGES` pairs of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import cases, clock, fairplay, ids, locks, rulebook, settlement, standing_rows
from loyalty.cases import RING, Opened, Suspicion
from loyalty.db import Statement
from loyalty.models import Community, StandingRow
from rules_engine.days import zone
from rules_engine.rules import CompiledRule

LARGEST = 5
MOST_EDGES = 200_000
MOST_PRAISE = 1_000
"""Activities inside one ring that one look takes in; the next look goes on."""
PAGE = 500

Edges = Mapping[tuple[str, str], int]
"""(who, whom) -> how often."""

_EDGES = Statement(
    """SELECT r.member_id, b.member_id, count(*) FROM {rows}
    JOIN identities a ON a.member_id = r.member_id
    JOIN facts f ON f.actor = a.id AND f.stands AND f.at > r.since AND f.kind = r.kind AND f.undone_by IS NULL
    JOIN identities b ON b.id = f.beneficiary AND b.member_id <> r.member_id
    GROUP BY r.member_id, b.member_id ORDER BY r.member_id, b.member_id""",
    member_id="text",
    since="int",
    kind="text",
)
_PRAISE = Statement(
    """SELECT f.activity_id, f.kind, f.at, r.one, r.other, f.actor, f.beneficiary FROM {rows}
    JOIN identities a ON a.member_id = r.one
    JOIN facts f ON f.actor = a.id AND f.stands AND f.at > r.since AND f.kind = r.kind AND f.undone_by IS NULL
    JOIN identities b ON b.id = f.beneficiary AND b.member_id = r.other
    WHERE NOT EXISTS (SELECT 1 FROM withheld_awards w WHERE w.activity_id = f.activity_id)
    ORDER BY f.at, f.activity_id LIMIT :most""",
    one="text",
    other="text",
    since="int",
    kind="text",
)


class Praise(NamedTuple):
    """One activity of a member of a ring for another one, with the identities on its sides."""

    activity_id: str
    kind: str
    at: int
    one: str
    other: str
    actor: str
    beneficiary: str


class Ring(NamedTuple):
    """Its members in order, how much of what they did stays among them in percent, and how often they did it."""

    members: tuple[str, ...]
    inside_percent: int
    inside: int


Terms = Mapping[str, Any]
"""`{"kinds", "days", "mutual", "inside_percent"}`: what makes a ring here."""


def watched(session: Session) -> dict[str, Terms]:
    """The communities that look out for rings, and for which."""
    query = select(Community.id, Community.fair_play).where(Community.fair_play > 0).order_by(Community.id)
    signals = {key: fairplay.switched_on(session, key, revision) for key, revision in session.execute(query)}
    return {key: one[fairplay.RINGS] for key, one in signals.items() if fairplay.RINGS in one}


def edges(
    session: Session, community_id: str, terms: Terms, after: str, now: int
) -> tuple[str | None, dict[tuple[str, str], int]]:
    """Who did it to whom how often, of the next page of members; the last of them, none where nobody is left."""
    query = select(StandingRow.member_id).where(StandingRow.community_id == community_id, StandingRow.member_id > after)
    members = session.scalars(query.order_by(StandingRow.member_id).limit(PAGE)).all()
    if not members:
        return None, {}
    since = now - terms["days"] * clock.DAY
    rows = [(member, since, kind) for member in members for kind in terms["kinds"]]
    return members[-1], {(one, other): count for one, other, count in _EDGES.run(session, rows)}


def find(found: Edges, terms: Terms) -> list[Ring]:
    """The rings among these people, each person in one ring at most; the closest ones first."""
    mutual = terms["mutual"]
    given: dict[str, dict[str, int]] = {}
    for (one, other), count in sorted(found.items()):
        given.setdefault(one, {})[other] = count
    rings = []
    for one, praised in given.items():
        friends = [
            other
            for other, count in sorted(praised.items(), key=lambda item: (-item[1], item[0]))
            if count >= mutual and given.get(other, {}).get(one, 0) >= mutual
        ]
        for size in range(min(LARGEST, len(friends) + 1), 1, -1):
            ring = _ring((one, *friends[: size - 1]), given, terms)
            if ring is not None:
                rings.append(ring)
                break
    taken: set[str] = set()
    chosen = []
    for ring in sorted(set(rings), key=lambda ring: (-len(ring.members), -ring.inside, ring.members)):
        if taken.isdisjoint(ring.members):
            taken.update(ring.members)
            chosen.append(ring)
    return chosen


def _ring(people: Sequence[str], given: Mapping[str, Mapping[str, int]], terms: Terms) -> Ring | None:
    among = set(people)
    if any(given.get(one, {}).get(other, 0) < terms["mutual"] for one, other in permutations(people, 2)):
        return None
    every = [(other in among, count) for one in people for other, count in given[one].items()]
    inside, together = sum(count for within, count in every if within), sum(count for _, count in every)
    percent = inside * 100 // together
    return Ring(tuple(sorted(people)), percent, inside) if percent >= terms["inside_percent"] else None


def open_cases(session: Session, community_id: str, terms: Terms, ring: Ring, now: int) -> int:
    """Open a case for each member of the ring who earned by it, about what was no matter of a case yet; what has not
    matured is withheld meanwhile. Answers how many.
    """
    locks.guard(session, community_id)
    since = now - terms["days"] * clock.DAY
    pairs = [pair for two in combinations(ring.members, 2) for pair in permutations(two)]
    rows = [(*pair, since, kind) for pair in pairs for kind in terms["kinds"]]
    praise = [Praise._make(row) for row in _PRAISE.run(session, rows, most=MOST_PRAISE)]
    if not praise:
        return 0
    locked = standing_rows.lock(session, community_id, ring.members)
    book = rulebook.book(session, community_id)
    figures = {
        "signal": fairplay.RINGS,
        "members": list(ring.members),
        "inside_percent": ring.inside_percent,
        "count": ring.inside,
        "days": terms["days"],
    }
    subject = ids.derived("rng", *ring.members, max(one.activity_id for one in praise))
    opened: list[Opened] = []
    again: dict[str, int] = {}
    for member in sorted(locked):
        suspected = {}
        for one, identity, rules in _earning(praise, member, book):
            holds = _matures(one, rules, book, now)
            suspected[one.activity_id] = Suspicion(one.activity_id, identity, holds)
            if holds:
                again[member] = min(one.at, again.get(member, one.at))
        if suspected:
            identity = next(iter(suspected.values())).identity
            opened.append(Opened(RING, subject, identity, [figures], list(suspected.values())))
    made = cases.open_new(session, community_id, opened)
    if made and again:
        settlement.refold(session, community_id, again)
    return len(made)


def _earning(
    praise: Iterable[Praise], member: str, book: rulebook.Book
) -> Iterator[tuple[Praise, str, Sequence[CompiledRule]]]:
    """What brought the member something: the activity, the identity they took part by, and the rules about it."""
    for one in praise:
        in_force = book.in_force(one.at)
        if in_force is None or member not in (one.one, one.other):
            continue
        sides = in_force[1].for_actor if member == one.one else in_force[1].for_beneficiary
        considered = sides.get(one.kind)
        if considered is not None:
            yield one, one.actor if member == one.one else one.beneficiary, considered.rules


def _matures(one: Praise, rules: Sequence[CompiledRule], book: rulebook.Book, now: int) -> bool:
    """Whether all points that the activity could have brought still mature."""
    cut_in = zone(book.zone(one.at))
    points = [item for rule in rules for item in rule.points]
    return bool(points) and all(item.bucket(one.at, cut_in)[2] > now for item in points)
