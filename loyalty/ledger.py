"""The double-entry ledger: the only writer of entries.

An entry moves a positive whole number of points between two accounts of one member's book, and is never changed: a
correction is a further revision under the same decision key. The member's entries form a chain whose links are HMACs
with a key that is not in the database; their number and head are kept apart, in the standing's row. It does not decide
what is owed (`booking` asks for it), and proves nothing (`chains` does).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from loyalty import clock
from loyalty.db import Statement, Write
from loyalty.models import Entry
from rules_engine.effects import MEMBER


class Posting(NamedTuple):
    """One entry about to be written, without its place in the chain."""

    member_id: str
    rule: str
    occasion: str
    effect: str
    revision: int
    currency: str
    debit: str
    credit: str
    amount: int
    at: int
    fact: str | None
    publication: str | None = None

    @property
    def change(self) -> int:
        """What the entry does to the member's own account."""
        return self.amount if self.credit == MEMBER else -self.amount if self.debit == MEMBER else 0


_FIELDS = Posting._fields
_POST = Statement(
    f"""INSERT INTO entries ({", ".join(_FIELDS)}, number, link, community_id, booked_at)
    SELECT {", ".join("r." + name for name in _FIELDS)}, r.number, r.link, :community, :now FROM {{rows}}""",
    **(dict.fromkeys(_FIELDS, "text") | {"revision": "int", "amount": "int", "at": "int"}),
    number="int",
    link="text",
)
_REVISION = (
    "e.member_id, e.occasion, e.rule, e.effect, e.revision, e.currency, e.debit, e.credit, e.amount, e.at, e.fact"
)
_SINCE = Statement(
    f"SELECT {_REVISION} FROM {{rows}} JOIN entries e ON e.member_id = r.member_id AND e.at >= r.since",
    member_id="text",
    since="int",
)
_ON = Statement(
    f"""SELECT {_REVISION} FROM {{rows}} JOIN entries e ON e.member_id = r.member_id AND e.occasion = r.occasion
    AND e.rule = r.rule AND e.effect = r.effect""",
    member_id="text",
    occasion="text",
    rule="text",
    effect="text",
)


class Booked(NamedTuple):
    """What stands booked under one decision key: `amount` points from account `low` to account `high` (less than
    nothing: the other way round), dated `at`, after `revision` entries. Low and high are in the order of their names.
    """

    currency: str
    low: str
    high: str
    amount: int
    at: int
    revision: int
    fact: str | None


DecisionKey = tuple[str, str, str]
"""(occasion, rule, effect) of one member."""


def link_key(session: Session) -> bytes:
    """The key of the chains, as it was given to the engine."""
    key: bytes = session.connection().get_execution_options()["ledger_key"]
    return key


def link(key: bytes, previous: str, number: int, booked_at: int, posting: Posting) -> str:
    """The next link of a chain: a MAC over the previous one and all that the entry says."""
    text = "\x1f".join((previous, str(number), str(booked_at), *map(str, posting)))
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def post(session: Session, community_id: str, chains: dict[str, tuple[int, str]], postings: Iterable[Posting]) -> Write:
    """The entries behind each member's (number, head), to be written; moves `chains` on. The standings are locked."""
    key, now = link_key(session), clock.now()
    rows = []
    for posting in postings:
        number, head = chains[posting.member_id]
        head = link(key, head, number + 1, now, posting)
        chains[posting.member_id] = number + 1, head
        rows.append((*posting, number + 1, head))
    return Write(_POST, rows, {"community": community_id, "now": now})


def booked_since(session: Session, since: Mapping[str, int]) -> dict[str, dict[DecisionKey, Booked]]:
    """Member -> what is booked under each decision key, of the entries dated at or after the member's instant."""
    return _sum_up(_SINCE.run(session, sorted(since.items())))


def booked_on(session: Session, keys: Iterable[tuple[str, str, str, str]]) -> dict[str, dict[DecisionKey, Booked]]:
    """The same for exactly these (member, occasion, rule, effect)."""
    return _sum_up(_ON.run(session, sorted(keys)))


def _sum_up(revisions: Iterable[tuple[Any, ...]]) -> dict[str, dict[DecisionKey, Booked]]:
    found: dict[str, dict[DecisionKey, Booked]] = {}
    for member, occasion, rule, effect, revision, currency, debit, credit, amount, at, fact in sorted(
        revisions, key=lambda row: row[4]
    ):
        of_member = found.setdefault(member, {})
        former = of_member.get((occasion, rule, effect))
        low, high = sorted((debit, credit))
        signed = (amount if debit == low else -amount) + (former.amount if former else 0)
        of_member[occasion, rule, effect] = Booked(currency, low, high, signed, at, revision, fact)
    return found


def entries(
    session: Session, member_id: str, before: tuple[int, int] | None = None, limit: int = 50
) -> Sequence[Entry]:
    """A member's entries, the latest first; of a long list those before (at, number) of the last one seen."""
    query = select(Entry).where(Entry.member_id == member_id).order_by(Entry.at.desc(), Entry.number.desc())
    if before is not None:
        query = query.where(tuple_(Entry.at, Entry.number) < before)
    return session.scalars(query.limit(limit)).all()
