"""Book the difference: wanted - booked, as rows.

Wanted are the effects a fold decided; booked is what the ledger says under the same decision keys, and, for badges and
tier, what the standing was before. Nothing is updated to correct it: what is too much or dated wrongly goes back by a
compensating entry of the next revision, which names by its key what it corrects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from loyalty.ledger import Booked, DecisionKey, Posting
from rules_engine.effects import Effect


def differences(member_id: str, wanted: Iterable[Effect], booked: Mapping[DecisionKey, Booked]) -> list[Posting]:
    """The entries that make `booked` say what is `wanted`, in the order of what happened.

    Every net amount stays dated at the instant of its decision: one that moved is taken back where it was.
    """
    postings: list[Posting] = []
    left = dict(booked)
    for effect in wanted:
        key = effect.occasion, effect.rule, effect.effect
        low, high = sorted((effect.debit, effect.credit))
        amount = effect.amount if effect.debit == low else -effect.amount
        former = left.pop(key, None)
        revision = former.revision if former else 0
        if former and former.amount and former.at != effect.at:
            postings.append(_posting(member_id, key, former, -former.amount, revision + 1))
            revision += 1
        elif former:
            amount -= former.amount
        if amount:
            debit, credit = (low, high) if amount > 0 else (high, low)
            postings.append(
                Posting(
                    member_id,
                    effect.rule,
                    effect.occasion,
                    effect.effect,
                    revision + 1,
                    effect.currency,
                    debit,
                    credit,
                    abs(amount),
                    effect.at,
                    effect.fact,
                )
            )
    postings += [
        _posting(member_id, key, former, -former.amount, former.revision + 1)
        for key, former in left.items()
        if former.amount
    ]
    return postings


def _posting(member_id: str, key: DecisionKey, former: Booked, amount: int, revision: int) -> Posting:
    occasion, rule, effect = key
    debit, credit = (former.low, former.high) if amount > 0 else (former.high, former.low)
    return Posting(
        member_id, rule, occasion, effect, revision, former.currency, debit, credit, abs(amount), former.at, former.fact
    )


def balances_after(balances: Mapping[str, int], postings: Iterable[Posting]) -> dict[str, int]:
    """The member's balances with the entries' changes in them."""
    after = dict(balances)
    for posting in postings:
        after[posting.currency] = after.get(posting.currency, 0) + posting.change
    return {currency: balance for currency, balance in after.items() if balance}
