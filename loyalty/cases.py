"""Cases: what waits for a person to judge, and the awards that are withheld meanwhile. The only writer of both tables.

There is one case for each person and activity, and what was withheld once stays so whatever is recorded later, until
somebody decides: folds are told (`withheld`), and work nothing out. Nothing is decided here, and nobody is folded:
`verdicts` does both. Why something is suspicious is said by `fairplay` and `rings`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import clock, identities, ids, notices
from loyalty.db import Statement, write
from loyalty.errors import Conflict, NotFound
from loyalty.models import Case, Redemption, WithheldAward
from loyalty.models import Identity as IdentityRow
from loyalty.models.rewards import FULFILLED
from rules_engine.errors import Sentence

AWARD, RING, DELIVERED, APPEAL = KINDS = ("award", "ring", "delivered", "appeal")
"""An award that a signal withheld; what people in a ring gave each other; something handed over whose points were
taken back since; and a member who asks for another look.
"""
OPEN, DECIDED = STATES = ("open", "decided")
GAVE, REFUSED, UPHELD, OVERTURNED = ("gave", "refused", "upheld", "overturned")
OUTCOMES: Mapping[str, tuple[str, str]] = dict.fromkeys((AWARD, RING, DELIVERED), (GAVE, REFUSED)) | {
    APPEAL: (UPHELD, OVERTURNED)
}
"""What a case of each kind can end in: for the member, or not; an appeal is about what was decided first."""

Signal = Mapping[str, Any]
"""`{"signal": name, ...}` with the figures that raised it."""


class Suspicion(NamedTuple):
    """What an activity gives to the one behind `identity` is to be looked at; `holds`: not given meanwhile."""

    activity_id: str
    identity: str
    holds: bool = True


class Opened(NamedTuple):
    """A case about to be opened: what it is about, whom, why, and the activities that are a matter of it."""

    kind: str
    subject: str
    identity: str
    signals: Sequence[Signal]
    suspicions: Sequence[Suspicion] = ()
    text: str = ""


_OPEN = Statement(
    """INSERT INTO cases (id, community_id, kind, subject, identity, signals, text, state, reason, opened_at)
    SELECT r.id, :community, r.kind, r.subject, r.identity, r.signals, r.text, 'open', '', :now FROM {rows}
    WHERE true ON CONFLICT (kind, subject, identity) DO NOTHING RETURNING id""",
    id="text",
    kind="text",
    subject="text",
    identity="text",
    signals="json",
    text="text",
)
_WITHHOLD = Statement(
    """INSERT INTO withheld_awards (activity_id, identity, case_id, holds)
    SELECT r.activity_id, r.identity, r.case_id, r.holds FROM {rows}
    WHERE true ON CONFLICT (activity_id, identity) DO NOTHING""",
    activity_id="text",
    identity="text",
    case_id="text",
    holds="bool",
)
_WITHHELD = Statement(
    """SELECT r.member_id, w.activity_id FROM {rows} JOIN identities i ON i.member_id = r.member_id
    JOIN withheld_awards w ON w.identity = i.id AND w.holds""",
    member_id="text",
)
_OWNERS = Statement("SELECT i.id, i.member_id FROM {rows} JOIN identities i ON i.id = r.id", id="text")


def open_new(session: Session, community_id: str, found: Sequence[Opened]) -> list[str]:
    """Open those of the cases that were never opened before, and tell; answers their ids."""
    if not found:
        return []
    rows = {ids.new("cas"): one for one in sorted(found, key=lambda one: (one.kind, one.subject, one.identity))}
    made = _OPEN.run(
        session,
        [
            (key, one.kind, one.subject, one.identity, orjson.dumps(list(one.signals)).decode(), one.text)
            for key, one in rows.items()
        ],
        community=community_id,
        now=clock.now(),
    )
    opened = sorted(key for (key,) in made)
    matters = [(one.activity_id, one.identity, key, one.holds) for key in opened for one in rows[key].suspicions]
    _WITHHOLD.run(session, sorted(matters))
    owners = _owners(session, {rows[key].identity for key in opened})
    told = [(notices.CASE_OPENED, {"case": key, "member": owners.get(rows[key].identity)}) for key in opened]
    write(session, [notices.written(community_id, told)])
    return opened


def withheld(session: Session, members: Iterable[str]) -> dict[str, set[str]]:
    """By member: the activities that give them nothing as long as a case about them holds."""
    found: dict[str, set[str]] = {}
    for member, activity in _WITHHELD.run(session, [(one,) for one in sorted(members)]):
        found.setdefault(member, set()).add(activity)
    return found


def open_delivered(
    session: Session, community_id: str, debts: Mapping[str, Mapping[str, int]], publication: str | None = None
) -> list[str]:
    """Open a case for each member whose debt in a currency grew to so much, because what they earned was taken back,
    where something was handed over for those points: one case for the last thing that was. Nothing is taken from them.
    """
    salt = identities.salt(session, community_id)
    own = (IdentityRow.external_id == Redemption.member_id) & (IdentityRow.platform == identities.OWN)
    query = select(IdentityRow.member_id, Redemption).join(IdentityRow, own).order_by(Redemption.id)
    delivered = session.execute(query.where(IdentityRow.member_id.in_(sorted(debts)), Redemption.status == FULFILLED))
    last = {
        (member, row.currency): row for member, row in delivered if member is not None and row.currency in debts[member]
    }
    return open_new(
        session,
        community_id,
        [
            Opened(
                DELIVERED,
                row.id,
                identities.own_identity(salt, member),
                [
                    {
                        "signal": DELIVERED,
                        "debt": debts[member][currency],
                        "currency": currency,
                        "points": row.points,
                        "reward": row.reward_key,
                        "publication": publication,
                    }
                ],
            )
            for (member, currency), row in sorted(last.items())
        ],
    )


def get(session: Session, community_id: str, case_id: str) -> Case:
    """One case. Raises `NotFound`."""
    row = session.get(Case, case_id)
    if row is None or row.community_id != community_id:
        raise NotFound("case_not_found", Sentence("There is no case {case}.", case=case_id))
    return row


def claim(session: Session, community_id: str, case_id: str) -> Case:
    """A case that is open, as nobody else decides it until the commit. Raises `NotFound`, `Conflict`
    (`already_decided`).
    """
    get(session, community_id, case_id)
    row = session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    if row.state != OPEN:
        raise Conflict(
            "already_decided", Sentence("Somebody decided this case already: {outcome}.", outcome=row.outcome or "")
        )
    return row


def lock(session: Session, community_id: str, case_ids: Collection[str]) -> Sequence[Case]:
    """Lock those of the cases that are there until the commit, in the order of their ids."""
    query = select(Case).where(Case.community_id == community_id, Case.id.in_(sorted(case_ids))).order_by(Case.id)
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def decide(session: Session, row: Case, outcome: str, reason: str, by: str) -> None:
    """Write down how a claimed case ends; what was withheld is given from now on, or stays so, as that says."""
    row.state, row.outcome, row.reason = DECIDED, outcome, reason
    row.decided_at, row.decided_by = clock.now(), by
    session.flush()
    if row.kind in (AWARD, RING):
        for one in session.scalars(select(WithheldAward).where(WithheldAward.case_id == row.id)):
            one.holds = outcome == REFUSED
        session.flush()


def list_for(
    session: Session,
    community_id: str,
    *,
    state: str | None = None,
    kind: str | None = None,
    member_id: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Sequence[Case]:
    """The cases before the one with that id, the latest first; in one state, of one kind, about one member."""
    query = select(Case).where(Case.community_id == community_id)
    if state is not None:
        query = query.where(Case.state == state)
    if kind is not None:
        query = query.where(Case.kind == kind)
    if member_id is not None:
        query = query.where(Case.identity.in_(select(IdentityRow.id).where(IdentityRow.member_id == member_id)))
    if before is not None:
        query = query.where(Case.id < before)
    return session.scalars(query.order_by(Case.id.desc()).limit(limit)).all()


def members_of(session: Session, rows: Collection[Case]) -> dict[str, str]:
    """By identity: whom the cases are about by now; nobody where the identity left its member."""
    return _owners(session, {row.identity for row in rows})


def matters_of(session: Session, case_ids: Collection[str]) -> dict[str, list[str]]:
    """By case: the activities that are a matter of it."""
    found: dict[str, list[str]] = {}
    query = select(WithheldAward.case_id, WithheldAward.activity_id).where(WithheldAward.case_id.in_(sorted(case_ids)))
    for case_id, activity in session.execute(query.order_by(WithheldAward.activity_id)):
        found.setdefault(case_id, []).append(activity)
    return found


def about(session: Session, activity_id: str) -> dict[str, Case]:
    """By member: the case that what the activity gives them is a matter of."""
    query = (
        select(IdentityRow.member_id, Case)
        .join(WithheldAward, WithheldAward.identity == IdentityRow.id)
        .join(Case, Case.id == WithheldAward.case_id)
        .where(WithheldAward.activity_id == activity_id, IdentityRow.member_id.is_not(None))
    )
    return {member: case for member, case in session.execute(query) if member is not None}


def _owners(session: Session, wanted: Collection[str]) -> dict[str, str]:
    rows = _OWNERS.run(session, [(one,) for one in sorted(wanted)])
    return {identity: member for identity, member in rows if member is not None}
