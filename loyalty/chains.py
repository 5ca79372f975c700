"""The proof that the ledger is as it was written: its chains are walked and compared, and sealed every day.

A day's anchor seals where all chains of a community ended. Walking names each entry that was altered, removed or cut
off, each balance that is not the sum of its entries, each anchor that is another. Whoever removes the latest entries
together with the latest anchors leaves no trace here: only a seal that was kept elsewhere tells. The only writer of
anchors; it writes and mends no entry.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty import clock, ledger
from loyalty.db import Statement
from loyalty.ledger import Posting
from loyalty.models import AnchoredHead, Community, Entry, LedgerAnchor, StandingRow

Place = tuple[str, str]
"""How far a walk through the books of a community came: the chain of a member, or the anchor of a day."""
_CHAINS, _ANCHORS = "chains", "anchors"
BEGINNING: Place = (_CHAINS, "")
PART = 20_000
"""Rows that are walked in one go while somebody waits: less than half a second."""

_MOVED = Statement(
    """SELECT s.member_id, s.entries, s.head, h.entries
    FROM standings s LEFT JOIN anchored_heads h ON h.member_id = s.member_id
        AND h.day = (SELECT max(l.day) FROM anchored_heads l WHERE l.member_id = s.member_id)
    WHERE s.community_id = :community AND s.head <> coalesce(h.head, '') ORDER BY s.member_id"""
)


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
    key = ledger.link_key(session)
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
            posting = Posting(*(getattr(entry, name) for name in Posting._fields))
            number, head = entry.number, ledger.link(key, head, entry.number, entry.booked_at, posting)
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
    ends = [(member, entries, head) for member, entries, head, _ in moved]
    row.seal = _seal(ledger.link_key(session), row, ends, last)
    session.add(row)
    if moved:
        heads = [
            {"member_id": member, "day": day, "community_id": community_id, "entries": entries, "head": head}
            for member, entries, head in ends
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
