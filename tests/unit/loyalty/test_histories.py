"""A history in pages of any size is the same history."""

from __future__ import annotations

import random

import pytest
from sqlalchemy.orm import Session

from loyalty import clock, communities, histories, identities, links, record
from loyalty.activities import Activity, Identity, Speaker
from loyalty.histories import Taken
from loyalty.models import Identity as IdentityRow

ADA, ADA_TOO, BEN = Identity("app", "", "ada"), Identity("app", "", "ada.lovelace"), Identity("app", "", "ben")
SOURCE = Speaker("src_1")


def whole(session: Session, member_id: str, limit: int) -> list[Taken]:
    found: list[Taken] = []
    while part := histories.activities(
        session, member_id, (found[-1].at, found[-1].activity_id) if found else None, limit
    ):
        assert len(part) <= limit
        found += part
    return found


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_pages_lose_nothing_and_repeat_nothing_whatever_part_under_whichever_name(session: Session, limit: int) -> None:
    community = communities.create(session, "kelab", "Kelab").id
    chance = random.Random(limit)
    said = [
        Activity(
            kind="answer_accepted",
            key=f"post:{number}",
            at=clock.SECOND * chance.randrange(1, 6),
            platform="app",
            actor=chance.choice([ADA, ADA_TOO, BEN]),
            beneficiary=chance.choice([ADA, ADA_TOO, BEN]),
            data={"votes": number},
        )
        for number in range(40)
    ]
    record.record(session, community, said, SOURCE)
    own = session.get_one(IdentityRow, identities.identity_id(identities.salt(session, community), ADA))
    ada = str(own.member_id)
    links.link(session, community, ada, ADA_TOO, move=True)

    found = whole(session, ada, limit)

    hers = {one.key: one for one in said if {one.actor, one.beneficiary} & {ADA, ADA_TOO}}
    assert [one.key for one in found] == [
        one.key for one in sorted(found, key=lambda one: (one.at, one.activity_id), reverse=True)
    ]
    assert sorted(one.key for one in found) == sorted(hers)
    for one in found:
        parts = ("actor", hers[one.key].actor), ("beneficiary", hers[one.key].beneficiary)
        assert one.parts == tuple(part for part, who in parts if who in (ADA, ADA_TOO))
        assert (one.at, one.data) == (hers[one.key].at, hers[one.key].data)
