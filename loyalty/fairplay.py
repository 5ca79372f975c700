"""Fair play: what a community looks out for while it records, and the awards that are withheld for a person to look at.

All of it is off unless a community switches it on, and for other kinds of activities it costs nothing. A signal is one
statement for a whole batch. What it sees depends on what was recorded before, so what it withholds is put on record
with the fact (`cases`), in the same transaction, and never worked out again: a replay raises nothing, and what arrives
late changes nothing that was decided. Only who comes to take part in an activity is looked at, and only where a rule
gives something for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import Session

from loyalty import audit, cases, clock, identities, kinds, rulebook
from loyalty.cases import AWARD, Opened, Signal, Suspicion
from loyalty.db import Statement
from loyalty.errors import Invalid, Problem, Stale, known_or_nearest
from loyalty.models import Community, FairPlay
from loyalty.sayings import Saying
from loyalty.standing_rows import Locked
from rules_engine.errors import Sentence

PAIR, BURST, FRESH_ACCOUNT, SELF_DEALING, RINGS = SIGNALS = ("pair", "burst", "fresh_account", "self_dealing", "rings")
"""The same two people too often; one person too often in a short time; somebody who was never seen before; two people
who share an attribute; and, looked for in the background by `rings`, few people who mostly praise each other.
"""


class Deed(NamedTuple):
    """An activity that counts, the members on its two sides, and those of them who take part in it since now."""

    saying: Saying
    actor: str | None
    beneficiary: str | None
    newly: set[str]


class Raised(NamedTuple):
    """A signal about an activity, and for which of its members."""

    activity_id: str
    members: set[str]
    figures: Signal


_switched_on: dict[str, tuple[int, Mapping[str, Any]]] = {}

# Of the batch itself only what comes before counts, so that it ends as if its activities had come one by one.
_COUNTED = """SELECT r.activity_id, count(*) FROM {rows} JOIN identities a ON a.member_id = r.one
    JOIN facts f ON f.actor = a.id AND f.stands AND f.at > r.since AND f.at <= r.until AND f.kind = r.kind
        AND f.undone_by IS NULL AND (f.at <= r.at OR f.activity_id NOT IN (SELECT r.activity_id FROM {rows}))"""
_OFTEN = " GROUP BY r.activity_id, r.since HAVING count(*) > :most"
_PLACE = {"activity_id": "text", "kind": "text", "since": "int", "at": "int", "until": "int", "one": "text"}
_PAIRS = Statement(
    f"{_COUNTED} JOIN identities b ON b.id = f.beneficiary AND b.member_id = r.other{_OFTEN}", **_PLACE, other="text"
)
_BURSTS = Statement(f"{_COUNTED}{_OFTEN}", **_PLACE)
_NEVER_SEEN = Statement(
    """SELECT r.activity_id FROM {rows} WHERE NOT EXISTS (
        SELECT 1 FROM identities a JOIN facts f ON f.actor = a.id AND f.stands AND f.platform <> :own AND f.at <= r.at
        LEFT JOIN identities b ON b.id = f.beneficiary
        WHERE a.member_id = r.one AND (f.at <= r.since OR b.member_id IS NULL OR b.member_id <> r.other)
    )""",
    activity_id="text",
    since="int",
    at="int",
    one="text",
    other="text",
)
_ATTRIBUTES = Statement("SELECT m.id, CAST(m.attributes AS TEXT) FROM {rows} JOIN members m ON m.id = r.id", id="text")


def settings(session: Session, community_id: str) -> FairPlay | None:
    """What the community switched on; nothing where it never said."""
    return session.get(FairPlay, community_id)


def change(
    session: Session, community_id: str, signals: Mapping[str, Any], by: str, revision: int | None = None
) -> FairPlay:
    """Look out for these signals from now on, and for no others. Raises `Stale` when `revision` is not the present one,
    and `Invalid` for a kind of activity that there is not.
    """
    known = kinds.known(session, community_id)
    unknown = [
        Problem(
            f"/{signal}/kinds/{index}",
            Sentence("no such kind of activity; {known}", known=known_or_nearest(kind, known)),
        )
        for signal, terms in signals.items()
        for index, kind in enumerate(terms["kinds"])
        if kind not in known
    ]
    if unknown:
        raise Invalid("unknown_kind", Sentence("A signal is on a kind of activity that there is not."), unknown)
    community = session.get_one(Community, community_id, with_for_update=True, populate_existing=True)
    if revision is not None and revision != community.fair_play:
        raise Stale("changed_meanwhile", Sentence("Somebody changed what is looked out for since you read it."))
    row = session.get(FairPlay, community_id, populate_existing=True)
    before = None if row is None else row.signals
    community.fair_play += 1
    if row is None:
        row = FairPlay(community_id=community_id)
        session.add(row)
    row.signals, row.revision, row.changed_at, row.changed_by = dict(signals), community.fair_play, clock.now(), by
    audit.note(session, community_id, by, "fair_play.changed", community_id, before, row.signals)
    session.flush()
    return row


def switched_on(session: Session, community_id: str, revision: int) -> Mapping[str, Any]:
    """The signals of the community, at least as of its `revision`th change."""
    if not revision:
        return {}
    found = _switched_on.get(community_id)
    if found is None or found[0] < revision:
        row = settings(session, community_id)
        assert row is not None, "a change leaves a row"
        found = _switched_on[community_id] = row.revision, row.signals
    return found[1]


def withhold(
    session: Session, community_id: str, locked: Mapping[str, Locked], deeds: Sequence[Deed]
) -> set[tuple[str, str]]:
    """Open a case for each award of the deeds that a signal is raised about; answers (activity, member) of those. The
    standings of the people are locked, and something is looked out for.
    """
    row = next(iter(locked.values()))
    signals = switched_on(session, community_id, row.fair_play)
    raised: dict[tuple[str, str], list[Signal]] = {}
    by_id = {deed.saying.activity_id: deed for deed in deeds}
    for name, look in _LOOKS.items():
        terms = signals.get(name, {})
        watched = [deed for deed in deeds if deed.saying.kind in terms.get("kinds", ())]
        for one in look(session, terms, watched) if watched else ():
            for member in sorted(one.members & by_id[one.activity_id].newly):
                raised.setdefault((one.activity_id, member), []).append(one.figures)
    if not raised:
        return set()
    book = rulebook.book(session, community_id, row.current)
    opened = []
    for (activity_id, member), figures in raised.items():
        deed = by_id[activity_id]
        identity = _side(deed, member, book)
        if identity is not None:
            opened.append(Opened(AWARD, activity_id, identity, figures, [Suspicion(activity_id, identity)]))
    cases.open_new(session, community_id, opened)
    return set(raised)


def _side(deed: Deed, member: str, book: rulebook.Book) -> str | None:
    """The identity through which the member could earn by the deed; none where no rule gives anything for it."""
    in_force = book.in_force(deed.saying.at)
    if in_force is None or deed.actor == deed.beneficiary:
        return None
    rules = in_force[1].for_actor if deed.actor == member else in_force[1].for_beneficiary
    if deed.saying.kind not in rules:
        return None
    return deed.saying.actor if deed.actor == member else deed.saying.beneficiary


def _both(deed: Deed) -> set[str]:
    return {member for member in (deed.actor, deed.beneficiary) if member is not None}


def _pairs(session: Session, terms: Mapping[str, Any], deeds: Sequence[Deed]) -> list[Raised]:
    """The same two people more than so many times within so many days, whoever of them did it."""
    found = {deed.saying.activity_id: deed for deed in deeds if len(_both(deed)) == 2}
    rows = [
        (key, kind, *window, one, other)
        for key, deed in found.items()
        for kind in terms["kinds"]
        for window in _windows(deed, terms["days"] * clock.DAY)
        for one, other in ((deed.actor, deed.beneficiary), (deed.beneficiary, deed.actor))
    ]
    return _often(PAIR, session, _PAIRS, rows, terms, found)


def _bursts(session: Session, terms: Mapping[str, Any], deeds: Sequence[Deed]) -> list[Raised]:
    """One person more than so many times within so many minutes."""
    found = {deed.saying.activity_id: deed for deed in deeds if deed.actor is not None}
    rows = [
        (key, kind, *window, deed.actor)
        for key, deed in found.items()
        for kind in terms["kinds"]
        for window in _windows(deed, terms["minutes"] * clock.MINUTE)
    ]
    return _often(BURST, session, _BURSTS, rows, terms, found)


def _windows(deed: Deed, length: int) -> tuple[tuple[int, int, int], ...]:
    """(after, at, until): what came before a deed and, since it may be told late, what came around and after it."""
    at = deed.saying.at
    return tuple((since, at, since + length) for since in (at - length, at - length // 2, at - 1))


def _often(
    name: str,
    session: Session,
    statement: Statement,
    rows: Sequence[Sequence[Any]],
    terms: Mapping[str, Any],
    deeds: Mapping[str, Deed],
) -> list[Raised]:
    limits = {limit: terms[limit] for limit in ("more_than", "days", "minutes") if limit in terms}
    counts: dict[str, int] = {}
    for key, count in statement.run(session, rows, most=terms["more_than"]):
        counts[key] = max(count, counts.get(key, 0))
    return [Raised(key, _both(deeds[key]), {"signal": name, "count": count, **limits}) for key, count in counts.items()]


def _fresh_accounts(session: Session, terms: Mapping[str, Any], deeds: Sequence[Deed]) -> list[Raised]:
    """The other side did nothing before these last days, and nothing that has to do with anybody else. It is the one
    who gains by it whose award waits, not the newcomer's.
    """
    raised = []
    two = [(deed.saying, deed.actor, deed.beneficiary) for deed in deeds if deed.actor and deed.beneficiary]
    apart = [one for one in two if one[1] != one[2]]
    for sides in (apart, [(saying, other, one) for saying, one, other in apart]):
        gaining = {saying.activity_id: other for saying, _, other in sides}
        rows = [
            (saying.activity_id, saying.at - terms["days"] * clock.DAY, saying.at, fresh, other)
            for saying, fresh, other in sides
        ]
        raised += [
            Raised(key, {gaining[key]}, {"signal": FRESH_ACCOUNT, "days": terms["days"]})
            for (key,) in _NEVER_SEEN.run(session, rows, own=identities.OWN)
        ]
    return raised


def _self_dealing(session: Session, terms: Mapping[str, Any], deeds: Sequence[Deed]) -> list[Raised]:
    """Both sides have the same device, or whatever else of the members' attributes tells one person from another. Who
    is known to be one person earns nothing by themselves anyway.
    """
    people = {member for deed in deeds if len(_both(deed)) == 2 for member in _both(deed)}
    said = {member: orjson.loads(text) for member, text in _ATTRIBUTES.run(session, [(one,) for one in sorted(people)])}
    raised = []
    for deed in deeds:
        one, other = said.get(deed.actor or "", {}), said.get(deed.beneficiary or "", {})
        shared = [name for name in terms["attributes"] if one.get(name) is not None and one[name] == other.get(name)]
        if shared:
            figures = {"signal": SELF_DEALING, "attributes": shared}
            raised.append(Raised(deed.saying.activity_id, _both(deed), figures))
    return raised


_LOOKS: Mapping[str, Callable[[Session, Mapping[str, Any], Sequence[Deed]], Sequence[Raised]]] = {
    PAIR: _pairs,
    BURST: _bursts,
    FRESH_ACCOUNT: _fresh_accounts,
    SELF_DEALING: _self_dealing,
}
