"""Standings: bring them forward, and write what follows.

`advance` is the one way in which anything reaches a member's standing, and it takes many members at once with the same
few statements. A member whose new facts come at the end of the timeline takes a step from the stored standing; any
other change folds on from the last checkpoint before it, and the difference is booked. A re-fold that would be long is
left to `settlement`: the member is marked stale from that instant on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import badges, booking, clock, ledger, notices, rulebook, standing_rows, tiers, timelines, trail
from loyalty.db import write
from loyalty.errors import NotFound
from loyalty.facts import canonical
from loyalty.ledger import Booked, DecisionKey, Posting
from loyalty.models import StandingRow
from loyalty.standing_rows import Locked
from loyalty.timelines import Checkpoint
from rules_engine.effects import Decision, Effect
from rules_engine.facts import Fact
from rules_engine.fold import CHECKPOINT_EVERY, fold, reached
from rules_engine.standing import Standing
from rules_engine.tiers import SINCE

LONG = 500
"""Facts that the re-fold of one member may take within a request."""
LONG_TOGETHER = 10_000
"""And those of all its members together."""


@dataclass(slots=True)
class Touch:
    """What changed in one member's timeline: facts that are new in it, of which `fresh` were never booked before, and
    the first instant at which anything else changed; whether a re-fold because of it can wait for a day.
    """

    facts: list[Fact] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    since: int | None = None
    can_wait: bool = False

    def changed_at(self, at: int) -> None:
        """Something that was folded already changed at this instant."""
        self.since = at if self.since is None else min(self.since, at)


class Was(NamedTuple):
    """What a standing said before, as far as the difference needs it."""

    badges: dict[str, list[int]]
    streaks: dict[str, list[int]]
    tier: str | None
    through: int

    @classmethod
    def of(cls, standing: Standing) -> Was:
        """What this standing says."""
        return cls(dict(standing.badges), dict(standing.streaks), standing.tier_key, standing.through)


@dataclass(slots=True)
class Stretch:
    """What is to be folded for one member: from `standing` over `facts`. A re-fold says from which checkpoint on
    (`base`) and which facts of that very instant lie behind it; `effects` and `checkpoints` tell what is folded so far.
    """

    was: Was
    standing: Standing
    facts: list[Fact]
    fresh: Collection[str] = ()
    base: Checkpoint | None = None
    effects: list[Effect] = field(default_factory=list)
    checkpoints: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    at_base: frozenset[str] = frozenset()


@dataclass(slots=True)
class Advanced:
    """What became of a member; `settled` false where a long re-fold was left for later. `zone` is the community's."""

    was: Was
    standing: Standing
    decisions: list[Decision]
    postings: list[Posting]
    settled: bool = True
    zone: str = "UTC"


def advance(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    touches: Mapping[str, Touch],
    as_of: int | None = None,
    *,
    decisions: bool = False,
) -> dict[str, Advanced]:
    """Bring the touched members forward to their last fact, or to `as_of` if that is later, and book the difference.
    What each rule said is kept where somebody will read it.
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
        stretches[member] = Stretch(Was.of(standing), standing, facts, touch.fresh)
        place = _refold_from(standing, facts, touch.since, book.changed_since(row.publications))
        if place is not None:
            since[member] = place
            counts[member] = standing.count + len(facts)
    patient = {member for member in since if touches[member].can_wait}
    waiting = _start_again(session, community_id, locked, stretches, since, counts, patient) if since else {}
    return finish(session, community_id, locked, stretches, book, as_of, decisions=decisions) | waiting


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
    facts = timelines.after(session, {member: bases[member].position for member in since if member not in stale})
    for member in facts:
        was = stretches[member].was
        stretches[member] = refold(bases[member], facts[member])
        stretches[member].was = was
    if stale:
        standing_rows.mark_stale(session, stale)
        told = [(notices.MEMBER_STALE, {"member": member}) for member in sorted(stale.keys() - patient)]
        write(session, [notices.written(community_id, told)])
        # Who waits already is settled with what they wait for.
        later = [member for member in sorted(stale.keys() & patient) if locked[member].stale_at is None]
        told = [(notices.MEMBER_STALE, {"member": member}) for member in later]
        write(session, [notices.written(community_id, told, clock.now() + clock.DAY)])
    return {member: _waiting(stretches.pop(member)) for member in stale}


def _waiting(stretch: Stretch) -> Advanced:
    return Advanced(stretch.was, stretch.standing, [], [], settled=False)


def refold(base: Checkpoint, facts: list[Fact]) -> Stretch:
    """The stretch from a checkpoint over all facts behind it."""
    at_base = frozenset(fact.id for fact in facts if fact.at == base.position[0])
    standing = Standing.load(base.state)
    return Stretch(Was.of(standing), standing, facts, base=base, at_base=at_base)


def fold_on(
    stretch: Stretch, book: rulebook.Book, member: str, until: int, *, decisions: bool = False
) -> list[Decision]:
    """Fold the stretch's facts into its standing, at least to the instant `until`, and keep what that decides."""
    passed = stretch.standing.count // CHECKPOINT_EVERY
    until = max(stretch.was.through, until, stretch.facts[-1].at if stretch.facts else -1)
    outcome = fold(book.eras, member, stretch.standing, stretch.facts, until, keep_decisions=decisions)
    stretch.effects += outcome.effects
    stretch.checkpoints += [
        (slot, (passed + number) * CHECKPOINT_EVERY, at, key, state)
        for number, (slot, at, key, state) in enumerate(outcome.checkpoints, 1)
    ]
    return outcome.decisions


def finish(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: Mapping[str, Stretch],
    book: rulebook.Book,
    as_of: int | None,
    *,
    decisions: bool = False,
) -> dict[str, Advanced]:
    """Fold every stretch, book what its wanted effects differ from what is booked, and write the standings."""
    until = -1 if as_of is None else as_of
    zone = book.zone(clock.now())
    done: dict[str, Advanced] = {}
    with trail.timed(session, "fold"):
        for member, stretch in stretches.items():
            said = fold_on(stretch, book, member, until, decisions=decisions)
            done[member] = Advanced(stretch.was, stretch.standing, said, [], zone=zone)
    with trail.timed(session, "booking"):
        booked = _booked(session, stretches)
        for member, stretch in stretches.items():
            done[member].postings = booking.differences(member, stretch.effects, booked.get(member, {}))
        _write(session, community_id, locked, stretches, done, book)
    return done


def _booked(session: Session, stretches: Mapping[str, Stretch]) -> dict[str, dict[DecisionKey, Booked]]:
    """What is booked of the stretches' decisions, or was and must go. Of a fact that was never recorded before there
    can be nothing, which spares the common step the look-up.
    """
    bases = {member: stretch.base for member, stretch in stretches.items() if stretch.base is not None}
    found: dict[str, dict[DecisionKey, Booked]] = {}
    if bases:
        dated = ledger.booked_since(session, {member: base.position[0] for member, base in bases.items()})
        for member, decisions in dated.items():
            earlier = _decided_before(bases[member], stretches[member])
            # What comes to nothing may have later revisions before the base: where it is wanted again, it is asked for.
            found[member] = {key: one for key, one in decisions.items() if one.amount and not earlier(key, one)}
    asked = [
        (member, effect.occasion, effect.rule, effect.effect)
        for member, stretch in stretches.items()
        for effect in stretch.effects
        if effect.occasion not in stretch.fresh
        and (effect.occasion, effect.rule, effect.effect) not in found.get(member, {})
    ]
    if asked:
        for member, decisions in ledger.booked_on(session, asked).items():
            found.setdefault(member, {}).update(decisions)
    return found


def _decided_before(base: Checkpoint, stretch: Stretch) -> Callable[[DecisionKey, Booked], bool]:
    """A predicate: what is dated at the very instant of the checkpoint, and was decided before it."""
    levels = reached(Standing.load(base.state))

    def earlier(key: DecisionKey, booked: Booked) -> bool:
        if booked.at != base.position[0]:
            return False
        word, is_level, ordinal = key[0].partition("@")
        return ordinal <= levels.get(word, "") if is_level else key[0] not in stretch.at_base

    return earlier


def _write(
    session: Session,
    community_id: str,
    locked: Mapping[str, Locked],
    stretches: Mapping[str, Stretch],
    done: Mapping[str, Advanced],
    book: rulebook.Book,
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
        (member, one.was.tier, one.standing.tier_key, one.standing.tier[SINCE] or max(one.standing.stepped_at, 0))
        for member, one in done.items()
        if one.was.tier != one.standing.tier_key
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
            notices.written(community_id, _told(stretches, done)),
            standing_rows.written(rows, now),
        ],
    )


def _told(stretches: Mapping[str, Stretch], done: Mapping[str, Advanced]) -> list[tuple[str, dict[str, list[Any]]]]:
    """Whose scores moved, and at which instants that may lie in windows which are over."""
    moved = sorted(member for member, one in done.items() if one.postings)
    past = [
        [member, at]
        for member in moved
        if stretches[member].base is not None
        for at in sorted({posting.at for posting in done[member].postings})
    ]
    return [(notices.STANDINGS_CHANGED, {"members": moved, "past": past})] if moved else []


def view(session: Session, community_id: str, member_id: str) -> Standing:
    """A member's standing as it is now, with what time has done since it was stored; for reading. Raises `NotFound`."""
    query = select(StandingRow.state).where(
        StandingRow.member_id == member_id, StandingRow.community_id == community_id
    )
    state = session.scalar(query)
    if state is None:
        raise NotFound("member_not_found", f"There is no member {member_id}.")
    now = clock.now()
    return fold(rulebook.book(session, community_id).eras, member_id, Standing.load(state), [], now).standing
