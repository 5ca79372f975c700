"""What is booked of decisions already, and by the name of which publication a difference to it is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from loyalty import ledger, rulebook
from loyalty.ledger import Booked, DecisionKey, Posting
from loyalty.stretches import Stretch
from loyalty.timelines import Checkpoint
from rules_engine.facts import GAINS_KEPT
from rules_engine.fold import reached
from rules_engine.standing import Standing


def read(session: Session, stretches: Mapping[str, Stretch]) -> dict[str, dict[DecisionKey, Booked]]:
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


def name(stretch: Stretch, postings: Sequence[Posting], met: Sequence[rulebook.Published]) -> list[Posting]:
    """The postings, where the publications that the member now meets are what brought them about, by their name: not
    what new facts gave, nor what time did since.
    """
    refolded = stretch.base is not None
    begins = {one.starts_at: one.id for one in met}
    kept = {fact.id: str(fact.data["publication"]) for fact in stretch.facts if fact.kind == GAINS_KEPT}
    named = []
    for posting in postings:
        if posting.fact in kept:
            by: str | None = kept[posting.fact]
        elif posting.fact in stretch.fresh or posting.occasion in stretch.fresh:
            by = None
        elif refolded and posting.at <= stretch.was.through:
            by = met[-1].id
        else:
            by = begins.get(posting.at) if posting.fact is None else None
        named.append(posting._replace(publication=by))
    return named
