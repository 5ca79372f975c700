"""Standings: bring them forward, and write what follows.

`advance` is the one way in which anything reaches a member's standing, and it takes many members at once with the same
few statements. A member whose new facts come at the end of the timeline takes a step from the stored standing; any
other change folds on from the last checkpoint before it, and the difference is booked. A re-fold that would be long is
left to `settlement`: the member is marked stale from that instant on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import (
    badges,
    booked,
    booking,
    cases,
    clock,
    ledger,
    notices,
    rulebook,
    standing_rows,
    tiers,
    timelines,
    trail,
)
from loyalty.db import write
from loyalty.errors import NotFound
from loyalty.ledger import Posting
from loyalty.models import StandingRow
from loyalty.sayings import canonical
from loyalty.standing_rows import Locked
from loyalty.stretches import Stretch, Was, fold_all, refolds
from rules_engine.answers import Answers
from rules_engine.effects import Decision
from rules_engine.errors import Sentence
from rules_engine.facts import Fact
from rules_engine.fold import fold
from rules_engine.rules import NO_RULEBOOK, Rulebook
from rules_engine.standing import Standing

LONG = 500
"""Facts that the re-fold of one member may take within a request."""
LONG_TOGETHER = 10_000
"""And those of all its members together."""


@dataclass(slots=True)
class Touch:
    """What changed in one member's timeline: facts that are new in it, of which `fresh` were never booked before and
    have nothing on record, and the first instant at which anything else changed; whether a re-fold because of it can
    wait for a day.
    """

    facts: list[Fact] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    since: int | None = None
    can_wait: bool = False

    def changed_at(self, at: int) -> None:
        """Something that was folded already changed at this instant."""
        self.since = at if self.since is None else min(self.since, at)


@dataclass(slots=True)
class Advanced:
    """What became of a member; `settled` false where a long re-fold was left for later. `rulebook`: the one in
    force.
    """

    was: Was
    standing: Standing
    decisions: list[Decision]
    postings: list[Posting]
    settled: bool = True
    rulebook: Rulebook = NO_RULEBOOK


def advance(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    touches: Mapping[str, Touch],
    as_of: int | None = None,
    *,
    decisions: bool = False,
    quiet: bool = False,
) -> dict[str, Advanced]:
    """Bring the touched members forward to their last fact, or to `as_of` if that is later, and book the difference.
    What each rule said is kept where somebody will read it. `quiet`: the caller sees to what would be told.
    """
    if not touches:
        return {}
    book = rulebook.book(session, community_id, next(iter(locked.values())).current)
    stretches: dict[str, Stretch] = {}
    since: dict[str, int] = {}
    counts: dict[str, int] = {}
    for member, touch in touches.items():
        row = locked[member]
        standing = Standing.load(row.state)
        facts = sorted(touch.facts, key=_position)
        stretches[member] = Stretch(Was.of(standing), row.state, standing, facts, touch.fresh)
        place = _refold_from(standing, facts, touch.since, book.changed_since(row.publications))
        if place is not None:
            since[member] = place
            counts[member] = standing.count + len(facts)
    known = {one for one, touch in touches.items() if one not in since and len(touch.fresh) < len(touch.facts)}
    if known:
        withheld = cases.withheld(session, known)
        for member in known:
            stretches[member].answers.withheld = withheld.get(member, ())
    patient = {member for member in since if touches[member].can_wait}
    waiting = _start_again(session, community_id, locked, stretches, since, counts, patient, quiet) if since else {}
    return finish(session, community_id, locked, stretches, book, as_of, decisions=decisions, quiet=quiet) | waiting


def _position(fact: Fact) -> tuple[int, str]:
    return fact.at, fact.key


def _refold_from(standing: Standing, facts: Sequence[Fact], since: int | None, published: int | None) -> int | None:
    """The instant from which on the member must be folded again, if a step is not enough."""
    places = [] if since is None else [since]
    if facts and (_position(facts[0]) <= (standing.at, standing.key) or facts[0].at < standing.stepped_at):
        places.append(facts[0].at)
    if published is not None and published <= standing.through:
        places.append(published)
    return min(places, default=None)


def _start_again(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: dict[str, Stretch],
    since: Mapping[str, int],
    counts: Mapping[str, int],
    patient: Collection[str],
    quiet: bool,
) -> dict[str, Advanced]:
    """Set each stretch back to its checkpoint; what is too long for a request leaves `stretches` and waits."""
    timelines.drop_checkpoints(session, since)
    bases = timelines.checkpoints(session, since)
    stale: dict[str, int] = {}
    together = 0
    for member, place in since.items():
        row = locked[member]
        length = counts[member] - bases[member].facts
        together += length
        waits = row.stale_at is not None or row.settling_at is not None
        if waits or member in patient or length > LONG or together > LONG_TOGETHER:
            stale[member] = place if row.stale_at is None else min(place, row.stale_at)
    again = refolds(session, {member: bases[member] for member in since if member not in stale})
    for member, stretch in again.items():
        stretch.was, stretch.fresh = stretches[member].was, stretches[member].fresh
    stretches |= again
    if stale:
        standing_rows.mark_stale(session, stale)
    if stale and not quiet:
        told = [(notices.MEMBER_STALE, {"member": member}) for member in sorted(stale.keys() - patient)]
        write(session, [notices.written(community_id, told)])
        # Who waits already is settled with what they wait for.
        later = [member for member in sorted(stale.keys() & patient) if locked[member].stale_at is None]
        told = [(notices.MEMBER_STALE, {"member": member}) for member in later]
        write(session, [notices.written(community_id, told, clock.now() + clock.DAY)])
    return {member: _waiting(stretches.pop(member)) for member in stale}


def _waiting(stretch: Stretch) -> Advanced:
    return Advanced(stretch.was, stretch.standing, [], [], settled=False)


def finish(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: Mapping[str, Stretch],
    book: rulebook.Book,
    as_of: int | None,
    *,
    decisions: bool = False,
    quiet: bool = False,
) -> dict[str, Advanced]:
    """Fold every stretch, book what its wanted effects differ from what is booked, and write the standings."""
    until = -1 if as_of is None else as_of
    in_force = book.in_force(clock.now())
    governing = NO_RULEBOOK if in_force is None else in_force[1]
    with trail.timed(session, "fold"):
        said = fold_all(session, community_id, locked, stretches, book, until, decisions=decisions)
    done = {
        member: Advanced(stretch.was, stretch.standing, said[member], [], rulebook=governing)
        for member, stretch in stretches.items()
    }
    with trail.timed(session, "booking"):
        before = booked.read(session, stretches)
        for member, stretch in stretches.items():
            postings = booking.differences(member, stretch.effects, before.get(member, {}))
            met = book.met_since(locked[member].publications, stretch.standing.through)
            done[member].postings = booked.name(stretch, postings, met) if met else postings
        _write(session, community_id, locked, stretches, done, book, [] if quiet else _told(done))
    _look_at_delivered(session, community_id, locked, stretches, done, book)
    return done


def _look_at_delivered(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: Mapping[str, Stretch],
    done: Mapping[str, Advanced],
    book: rulebook.Book,
) -> None:
    """Where folding again left somebody owing more than before, a person looks at what was handed over."""
    owing: dict[str | None, dict[str, dict[str, int]]] = {}
    for member, one in done.items():
        grown = {currency: debt for currency, debt in one.standing.debt.items() if debt > one.was.debt.get(currency, 0)}
        if grown and stretches[member].base is not None:
            met = book.met_since(locked[member].publications, one.standing.through)
            owing.setdefault(met[-1].id if met else None, {})[member] = grown
    for publication, debts in owing.items():
        cases.open_delivered(session, community_id, debts, publication)


def _write(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: Mapping[str, Stretch],
    done: Mapping[str, Advanced],
    book: rulebook.Book,
    told: Sequence[tuple[str, Mapping[str, Any]]],
) -> None:
    now = clock.now()
    chains = {member: locked[member].chain for member in done}
    entries = ledger.post(session, community_id, chains, [posting for one in done.values() for posting in one.postings])
    won = [
        change
        for member, one in done.items()
        if one.was.badges != one.standing.badges
        for change in badges.differences(member, one.was.badges, one.standing.badges)
    ]
    moves = [
        (member, one.was.tier, tier, max(one.standing.stepped_at, 0) if since_at is None else since_at)
        for member, one in done.items()
        for tier, since_at in [(one.standing.tier_key, one.standing.tier_since_at)]
        if (tier, since_at) != (one.was.tier, one.was.tier_since_at)
    ]
    warnings = [
        (member, one.standing.tier["judged_at"], one.standing.tier["key"], one.standing.tier["warned_at"])
        for member, one in done.items()
        if one.standing.tier.get("warned_at") not in (None, one.was.warned_at) and one.standing.tier_lock is None
    ]
    checkpoints = [
        (member, *checkpoint)
        for member, stretch in stretches.items()
        if locked[member].stale_at is None and locked[member].settling_at is None
        for checkpoint in stretch.checkpoints
    ]
    rows = [
        (
            member,
            one.standing.dump(),
            one.standing.at,
            one.standing.key,
            canonical(booking.balances_after(locked[member].balances, one.postings)),
            *chains[member],
            book.met_by(one.standing.through),
            one.standing.next_due_at(),
        )
        for member, one in done.items()
    ]
    write(
        session,
        [
            entries,
            badges.book(community_id, won, now),
            tiers.book(community_id, moves, now),
            timelines.keep_checkpoints(checkpoints),
            notices.written(community_id, [*told, *tiers.warn(session, community_id, warnings, now)]),
            standing_rows.written(rows, now),
        ],
    )


def _told(done: Mapping[str, Advanced]) -> list[tuple[str, dict[str, list[Any]]]]:
    """Whose scores moved, and at which instants: their windows may be over by the time that boards hear of it."""
    moved = sorted(member for member, one in done.items() if one.postings)
    past = [[member, at] for member in moved for at in sorted({posting.at for posting in done[member].postings})]
    return [(notices.STANDINGS_CHANGED, {"members": moved, "past": past})] if moved else []


def view(session: Session, community_id: str, member_id: str) -> Standing:
    """A member's standing as it is now, with what time has done since it was stored, but for what budgets have yet to
    answer; for reading. Raises `NotFound`.
    """
    query = select(StandingRow.state).where(
        StandingRow.member_id == member_id, StandingRow.community_id == community_id
    )
    state = session.scalar(query)
    if state is None:
        raise NotFound("member_not_found", Sentence("There is no member {member}.", member=member_id))
    eras, now, answers = rulebook.book(session, community_id).eras, clock.now(), Answers()
    while True:
        seen = fold(eras, member_id, Standing.load(state), [], now, answers, keep_decisions=False)
        if all(ask.answered is not None for ask in seen.asks):
            return seen.standing
        answers = answers.refusing(seen.asks)
