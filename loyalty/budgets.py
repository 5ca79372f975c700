"""Budgets of everyone together: asked once for each decision, in the order of the facts, and answered on record.

`used` of a budget's window is the sum of what is granted. Its row is locked after standings and until the commit, so
two hundred awards at once never use more than there is. What is granted and no longer wanted is released, and may be
given to somebody else; what was refused stays refused, unless another amount is asked for.

What is no longer wanted because of a publication is not forgotten. Its answer lies idle and uses nothing, and where the
publication is taken back it is in use again, before anybody else is answered and whether there is room or not: what a
revert gives back is what there was, to the point. So a budget is overdrawn by what it gave to others meanwhile, if it
gave the same room twice, and gives nothing more until there is room.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy.orm import Session

from loyalty import clock
from loyalty.db import Statement
from loyalty.sayings import Position
from rules_engine.answers import Answer, Answers, Ask, answer, in_order

Decision = tuple[str, str]
"""(rule, occasion)."""
_NOTHING = Answers()

_PLACES = {"slot": "text", "label": "text"}
_OPEN = Statement(
    """INSERT INTO budgets (community_id, slot, label, used) SELECT :community, r.slot, r.label, 0 FROM {rows}
    WHERE true ON CONFLICT DO NOTHING""",
    **_PLACES,
)
_LOCK = Statement(
    """SELECT b.slot, b.label, b.used FROM {rows} JOIN budgets b ON b.slot = r.slot AND b.label = r.label
    WHERE b.community_id = :community ORDER BY b.slot, b.label {pg:FOR NO KEY UPDATE OF b}""",
    **_PLACES,
)
_USE = Statement(
    """UPDATE budgets SET used = r.used FROM {rows}
    WHERE budgets.community_id = :community AND budgets.slot = r.slot AND budgets.label = r.label""",
    used="int",
    **_PLACES,
)
_BEHIND = Statement(
    """SELECT b.member_id, b.rule, b.occasion, b.granted, b.amounts, b.at, b.key, b.in_use
    FROM {rows} JOIN budget_answers b ON b.member_id = r.member_id
    WHERE b.at >= r.at AND (b.at > r.at OR b.key > r.key) AND b.answered_at <= :known_at""",
    member_id="text",
    at="int",
    key="text",
)
_DECISION = {"member_id": "text", "rule": "text", "occasion": "text"}
_OF = Statement(
    """SELECT b.member_id, b.rule, b.occasion, b.granted, b.amounts, b.at, b.key, b.in_use FROM {rows}
    JOIN budget_answers b ON b.member_id = r.member_id AND b.occasion = r.occasion AND b.rule = r.rule""",
    **_DECISION,
)
_KEEP = Statement(
    """INSERT INTO budget_answers (member_id, rule, occasion, community_id, at, key, granted, amounts,
        answered_at, in_use)
    SELECT r.member_id, r.rule, r.occasion, :community, r.at, r.key, r.granted, r.amounts, :now, true FROM {rows}
    WHERE true ON CONFLICT (member_id, occasion, rule, amounts) DO UPDATE SET at = excluded.at, key = excluded.key,
        in_use = true""",
    at="int",
    key="text",
    granted="bool",
    amounts="text",
    **_DECISION,
)
_IN_USE = """in_use AND EXISTS (SELECT 1 FROM {rows} WHERE r.member_id = budget_answers.member_id
    AND r.occasion = budget_answers.occasion AND r.rule = budget_answers.rule AND r.amounts = budget_answers.amounts)
    RETURNING granted, amounts"""
_FORGET = Statement(f"DELETE FROM budget_answers WHERE {_IN_USE}", amounts="text", **_DECISION)
_LAY_ASIDE = Statement(f"UPDATE budget_answers SET in_use = false WHERE {_IN_USE}", amounts="text", **_DECISION)
_SUMS = Statement("SELECT b.granted, b.amounts FROM budget_answers b WHERE b.community_id = :community AND b.in_use")
_USED = Statement("SELECT slot, label, used FROM budgets WHERE community_id = :community ORDER BY slot, label")


def recorded(session: Session, behind: Mapping[str, Position], known_at: int = clock.FAR) -> dict[str, Answers]:
    """What members' decisions behind a place were answered up to an instant."""
    rows = [(member, *position) for member, position in sorted(behind.items())]
    return _by_member(_BEHIND.run(session, rows, known_at=known_at))


def ask(
    session: Session, community_id: str, asks: Iterable[tuple[str, Ask]], published: Container[str] = ()
) -> dict[str, dict[Decision, Answer]]:
    """Answer (member, ask) in the order of the facts, and put that on record; answers by member.

    First answers to other amounts are taken back, which lie idle of members to whom something `published` is why; then
    what is on record already is given again; then what is new is answered.
    """
    ordered = in_order(asks)
    if not ordered:
        return {}
    asked = [(member, one.rule, one.occasion) for member, one in ordered]
    places = {(part.slot, part.label) for _, one in ordered for part in one.parts}
    _OPEN.run(session, sorted(places), community=community_id)
    used = _lock(session, community_id, places)
    known = _by_member(_OF.run(session, sorted(set(asked))))
    elsewhere = {place for of in known.values() for one in of.budgets.values() for place in one.amounts} - places
    used |= _lock(session, community_id, elsewhere)
    given: dict[str, dict[Decision, Answer]] = {}
    kept: list[tuple[str, Ask, Answer]] = []
    new: list[tuple[str, Ask]] = []
    replaced: list[tuple[str, Decision, Answer]] = []
    resumed: list[tuple[str, Ask, Answer]] = []
    for member, one in ordered:
        of, decision = known.get(member, _NOTHING), (one.rule, one.occasion)
        in_use = of.budgets.get(decision)
        if in_use is not None and in_use.is_to(one.parts):
            kept.append((member, one, in_use))
            continue
        if in_use is not None:
            replaced.append((member, decision, in_use))
        found = next((idle for idle in of.idle.get(decision, ()) if idle.is_to(one.parts)), None)
        if found is None:
            new.append((member, one))
        else:
            resumed.append((member, one, found))
    _take_back(session, used, replaced, published)
    for _, _, found in resumed:
        _count(used, found, 1)
    kept += [*resumed, *((member, one, answer(one, used)) for member, one in new)]
    for member, one, found in kept:
        given.setdefault(member, {})[one.rule, one.occasion] = found._replace(at=one.at, key=one.key)
    rows = [
        (one.at, one.key, found.granted, _amounts(found), member, one.rule, one.occasion) for member, one, found in kept
    ]
    _KEEP.run(session, rows, community=community_id, now=clock.now())
    _write(session, community_id, used)
    return given


def release(
    session: Session,
    community_id: str,
    unwanted: Collection[tuple[str, Decision, Answer]],
    published: Container[str] = (),
) -> None:
    """Give back what (member, decision, answer) were granted and want no more, where it is still in use. The answers
    lie idle of members to whom something `published` is why.
    """
    if not unwanted:
        return
    used = _lock(session, community_id, {place for _, _, one in unwanted for place in one.amounts})
    _take_back(session, used, unwanted, published)
    _write(session, community_id, used)


def _take_back(
    session: Session,
    used: dict[tuple[str, str], int],
    unwanted: Collection[tuple[str, Decision, Answer]],
    published: Container[str],
) -> None:
    rows = sorted((_amounts(found), member, *decision) for member, decision, found in unwanted)
    gone = _LAY_ASIDE.run(session, [row for row in rows if row[1] in published])
    gone += _FORGET.run(session, [row for row in rows if row[1] not in published])
    for granted, amounts in gone:
        _count(used, Answer(bool(granted), _placed(amounts)), -1)


def in_use(session: Session, community_id: str) -> dict[tuple[str, str], int]:
    """How much of each budget is used, by (slot, label)."""
    return {(slot, label): used for slot, label, used in _USED.run(session, community=community_id)}


def differences(session: Session, community_id: str) -> list[str]:
    """A line for each budget whose use is not the sum of what is granted."""
    sums: dict[tuple[str, str], int] = {}
    for granted, amounts in _SUMS.run(session, community=community_id):
        for place, amount in _placed(amounts).items() if granted else ():
            sums[place] = sums.get(place, 0) + amount
    used = {place: amount for place, amount in in_use(session, community_id).items() if amount}
    return [
        f"the budget {place[0]} of {place[1]}: {used.get(place, 0)} used, {sums.get(place, 0)} granted"
        for place in sorted(used.keys() | sums.keys())
        if used.get(place, 0) != sums.get(place, 0)
    ]


def _lock(session: Session, community_id: str, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    if not places:
        return {}
    rows = _LOCK.run(session, sorted(places), community=community_id)
    return {(slot, label): used for slot, label, used in rows}


def _count(used: dict[tuple[str, str], int], found: Answer, sign: int) -> None:
    for place, amount in found.amounts.items() if found.granted else ():
        used[place] += sign * amount


def _amounts(found: Answer) -> str:
    return orjson.dumps([[*place, amount] for place, amount in sorted(found.amounts.items())]).decode()


def _placed(amounts: str) -> dict[tuple[str, str], int]:
    return {(slot, label): amount for slot, label, amount in orjson.loads(amounts)}


def _write(session: Session, community_id: str, used: Mapping[tuple[str, str], int]) -> None:
    _USE.run(session, [(amount, *place) for place, amount in sorted(used.items())], community=community_id)


def _by_member(rows: Iterable[Sequence[Any]]) -> dict[str, Answers]:
    found: dict[str, Answers] = {}
    for member, rule, occasion, granted, amounts, at, key, in_use in rows:
        one = Answer(bool(granted), _placed(amounts), at, key)
        of = found.setdefault(member, Answers())
        if in_use:
            of.budgets[rule, occasion] = one
        else:
            of.idle.setdefault((rule, occasion), []).append(one)
    return found
