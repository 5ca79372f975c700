"""However many claim one account at once, it is one member's, and the others are told whose."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from loyalty import identities
from loyalty.activities import Identity
from loyalty.models import Identity as IdentityRow
from tests.databases import Database
from tests.races.calls import ENROLLED, claim, post, say
from tests.races.processes import Crew
from tests.worlds import World

CLAIMED = Identity("chat", "team", "claimed")


@pytest.mark.parametrize("spoken_of", [False, True])
def test_one_of_those_who_claim_an_account_at_once_has_it(
    database: Database, world: World, crew: Crew, spoken_of: bool
) -> None:
    if spoken_of:  # it waits, parked, for who claims it
        world.do(
            lambda session: identities.add(
                session, world.community, {identities.identity_id(world.salt, CLAIMED): CLAIMED}, enrol=False
            )
        )
    claimants = list(range(len(ENROLLED)))
    calls = [call for one in claimants for call in (claim(world, CLAIMED, one), say(world, post(one, ENROLLED[one])))]

    outcomes = crew.race(database, calls)

    answers = [one.answer for one in outcomes[::2]]
    assert sorted(answers, key=str) == [None, *["linked_to_another"] * (len(claimants) - 1)], answers
    with Session(database.engine) as session:
        row = session.get_one(IdentityRow, identities.identity_id(world.salt, CLAIMED))
        assert row.member_id == world.members[claimants[answers.index(None)]]
