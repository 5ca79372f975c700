"""The double-entry ledger: the only writer of entries.

An entry moves a positive whole number of points between two accounts of one member's book, and is never changed: a
correction is a further revision under the same decision key. The member's entries form a chain whose links are HMACs
with a key that is not in the database; their number and head are kept apart, in the standing's row, and sealed daily.
It does not decide what is owed: `booking` asks for it. Whoever removes the latest entries together with the latest
anchors leaves no trace here: only a seal that was kept elsewhere tells.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, insert, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import clock
from loyalty.db import Statement, Write
from loyalty.models import AnchoredHead, Community, Entry, LedgerAnchor, StandingRow
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

_MOVED = Statement(
    """SELECT s.member_id, s.entries, s.head, h.entries
    FROM standings s LEFT JOIN anchored_heads h ON h.member_id = s.member_id
        AND h.day = (SELECT max(l.day) FROM anchored_heads l WHERE l.member_id = s.member_id)
    WHERE s.community_id = :community AND s.head <> coalesce(h.head, '') ORDER BY s.member_id"""
)


Place = tuple[str, str]
"""How far a walk through the books of a community came: the chain of a member, or the anchor of a day."""
_CHAINS, _ANCHORS = "chains", "anchors"
BEGINNING: Place = (_CHAINS, "")
PART = 20_000
"""Rows that are walked in one go while somebody waits: less than half a second."""


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


class Verified(NamedTuple):
    """A line for each thing that was altered, removed, or does not add up; after `place` there is more to look at."""

    wrong: list[str]
    place: Place | None


def verify(session: Session, community_id: str | None = None) -> list[str]:
    """Walk every chain and every anchor, of all communities or of one, and look for entries that are in no chain;
    answers a line for each thing that was altered, removed, or does not add up. Beside others who book, it takes a
    session that is a `db.snapshot`; so does `verify_part`.
    """
    communities = [community_id] if community_id else session.scalars(select(Community.id).order_by(Community.id)).all()
    wrong = []
    for one in communities:
        for looked in _walk(session, one, BEGINNING):
            wrong += looked.wrong
    owners = select(Entry.member_id).distinct()
    if community_id is not None:
        owners = owners.where(Entry.community_id == community_id)
    wrong += [_homeless(member) for member in session.scalars(owners.where(_no_standing(Entry.member_id)))]
    return list(dict.fromkeys(wrong))


def verify_part(session: Session, community_id: str, place: Place = BEGINNING) -> Verified:
    """Walk on from a place: about `PART` rows at once, and at least one chain. What was booked and never anchored for a
    member whose standing was removed is found by `verify` alone.
    """
    wrong: list[str] = []
    rows = 0
    for looked in _walk(session, community_id, place):
        wrong += looked.wrong
        rows += looked.rows
        if rows >= PART:
            return Verified(wrong, looked.place)
    return Verified(wrong, None)


class _Looked(NamedTuple):
    """What was found at a place, and how many rows were read for it."""

    place: Place
    rows: int
    wrong: list[str]


def _walk(session: Session, community_id: str, place: Place) -> Iterator[_Looked]:
    """The chains of the community after the place, member by member, then its anchors, day by day."""
    key = link_key(session)
    stage, after = place
    if stage == _CHAINS:
        query = select(StandingRow).where(StandingRow.community_id == community_id, StandingRow.member_id > after)
        with session.scalars(query.order_by(StandingRow.member_id).execution_options(yield_per=100)) as standings:
            for row in standings:
                yield _Looked((_CHAINS, row.member_id), 1 + row.entries, _verify_chain(session, key, row))
        after = ""
    yield from _walk_anchors(session, key, community_id, after)


def _homeless(member: str) -> str:
    return f"{member}: entries were booked, and there is no standing"


def _no_standing(member: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return ~select(StandingRow.member_id).where(StandingRow.member_id == member).exists()


def _verify_chain(session: Session, key: bytes, standing: StandingRow) -> list[str]:
    member = standing.member_id
    of_member = AnchoredHead.member_id == member
    anchored = session.execute(
        select(AnchoredHead.day, AnchoredHead.entries, AnchoredHead.head).where(of_member).order_by(AnchoredHead.day)
    ).all()
    heads = {one.entries: "" for one in anchored}
    number, head = 0, ""
    balances: dict[str, int] = {}
    query = select(Entry).where(Entry.member_id == member).order_by(Entry.number)
    with session.scalars(query.execution_options(yield_per=1000)) as entries_in_order:
        for entry in entries_in_order:
            if entry.number != number + 1:
                return [f"{member}: entry {number + 1} is missing"]
            posting = Posting(*(getattr(entry, name) for name in _FIELDS))
            number, head = entry.number, link(key, head, entry.number, entry.booked_at, posting)
            if not hmac.compare_digest(head, entry.link):
                return [f"{member}: entry {number} was altered, or one before it was replaced"]
            if number in heads:
                heads[number] = head
            balances[entry.currency] = balances.get(entry.currency, 0) + posting.change
    if number != standing.entries:
        return [f"{member}: entries after {number} are missing, {standing.entries} were booked"]
    if head != standing.head:
        return [f"{member}: the chain ends in another link than was kept apart"]
    for one in anchored:
        if heads[one.entries] != one.head:
            return [f"{member}: the chain was cut off or replaced since the anchor of {one.day}"]
    if {currency: sum_ for currency, sum_ in balances.items() if sum_} != standing.balance_by_currency():
        return [f"{member}: the balance kept is not the sum of the entries"]
    return []


def anchor(session: Session, community_id: str) -> None:
    """Seal where all chains of the community end today; the first anchor of a day stays."""
    day = clock.to_rfc3339(clock.now())[:10]
    of_community = LedgerAnchor.community_id == community_id
    last = session.scalar(select(LedgerAnchor).where(of_community).order_by(LedgerAnchor.day.desc()).limit(1))
    if last is not None and last.day >= day:
        return
    moved = _MOVED.run(session, community=community_id)
    row = LedgerAnchor(
        community_id=community_id,
        day=day,
        members=(last.members if last else 0) + sum(former is None for *_, former in moved),
        entries=(last.entries if last else 0) + sum(entries - (former or 0) for _, entries, _, former in moved),
        anchored_at=clock.now(),
    )
    row.seal = _seal(link_key(session), row, [(member, entries, head) for member, entries, head, _ in moved], last)
    session.add(row)
    if moved:
        heads = [
            {"member_id": member, "day": day, "community_id": community_id, "entries": entries, "head": head}
            for member, entries, head, _ in moved
        ]
        session.execute(insert(AnchoredHead), heads)


def _seal(key: bytes, row: LedgerAnchor, heads: Iterable[tuple[str, int, str]], previous: LedgerAnchor | None) -> str:
    """The MAC over an anchor, the heads (member, entries, head) that moved since the one before it, and its seal."""
    said = (row.community_id, row.day, row.members, row.entries, row.anchored_at, previous.seal if previous else "")
    mac = hmac.new(key, "\x1f".join(map(str, said)).encode(), hashlib.sha256)
    for head in heads:
        mac.update(("\x1e" + "\x1f".join(map(str, head))).encode())
    return mac.hexdigest()


def _walk_anchors(session: Session, key: bytes, community_id: str, after: str) -> Iterator[_Looked]:
    of_community = select(LedgerAnchor).where(LedgerAnchor.community_id == community_id)
    latest_before = of_community.where(LedgerAnchor.day <= after).order_by(LedgerAnchor.day.desc()).limit(1)
    previous = session.scalar(latest_before)
    for row in session.scalars(of_community.where(LedgerAnchor.day > after).order_by(LedgerAnchor.day)):
        moved = (
            select(
                AnchoredHead.member_id, AnchoredHead.entries, AnchoredHead.head, _no_standing(AnchoredHead.member_id)
            )
            .where(AnchoredHead.community_id == row.community_id, AnchoredHead.day == row.day)
            .order_by(AnchoredHead.member_id)
        )
        heads = session.execute(moved).all()
        wrong = [_homeless(member) for member, _, _, homeless in heads if homeless]
        if row.seal != _seal(key, row, [(member, entries, head) for member, entries, head, _ in heads], previous):
            wrong.append(f"{row.community_id}: the anchor of {row.day} was altered, or the one before it removed")
        yield _Looked((_ANCHORS, row.day), 1 + len(heads), wrong)
        previous = row
