"""A dry run under the draft: what an activity would come to if the draft governed, and no trace of it afterwards."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.models import Entry, FactRow, Notice, Publication, RulebookVersion, StandingRow
from tests.databases import Database
from tests.http import RULEBOOK, World, instant, pointers, refusal

BEN = "discourse:forum.example.org:8141"
TRY = "/v1/activities?dry_run=true&rulebook=draft"
RULE = RULEBOOK["rules"][0]
GENEROUS = {**RULEBOOK, "rules": [{**RULE, "gives": [{"points": 70}]}]}


def stored(database: Database) -> list[object]:
    """All that a recording would leave behind."""
    with Session(database.engine) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (FactRow, Entry, Notice, Publication, RulebookVersion)
        ]
        heads = session.execute(select(StandingRow.member_id, StandingRow.head, StandingRow.state)).all()
    return [counts, sorted(map(tuple, heads))]


def test_the_draft_says_what_it_would_give_and_nothing_is_kept(world: World, database: Database) -> None:
    world.publish()
    world.earn(BEN)
    world.put("/v1/rulebook/draft", GENEROUS)
    before = stored(database)

    tried = world.post(TRY, world.answered(BEN, occurred_at=instant(-1)))

    assert tried.status_code == 200
    (decision,) = tried.get_json()["decisions"]
    assert (decision["version"], decision["effects"]) == (2, [{"points": 70, "currency": "points"}])
    assert "+70" in decision["sentence"]
    (ben,) = (one for one in tried.get_json()["consequences"].values() if one["points"])
    assert (ben["points"][0]["change"], ben["tier"]) == (70, {"from": "member", "to": "helper"})
    assert stored(database) == before


def test_what_was_tried_is_forgotten_by_the_next_call(world: World) -> None:
    world.publish()
    world.put("/v1/rulebook/draft", GENEROUS)
    world.post(TRY, world.answered(BEN))
    world.put("/v1/rulebook/draft", {**RULEBOOK, "rules": [{**RULE, "gives": [{"points": 30}]}]})
    world.earn(BEN)
    assert world.balance(BEN)["balance"] == 10
    world.post("/v1/rulebook/publications", {"mode": "retroactive"})
    world.earn(BEN)
    assert world.balance(BEN)["balance"] == 60


def test_before_the_activity_the_rulebook_in_force_still_governs(world: World) -> None:
    world.publish()
    world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-3600)))
    late = world.post("/v1/activities", world.answered(BEN, occurred_at=instant(-60))).get_json()
    world.put("/v1/rulebook/draft", GENEROUS)
    tried = world.post(TRY, world.answered(BEN, occurred_at=instant(-1800))).get_json()
    (ben,) = (one for one in tried["consequences"].values() if one["points"])
    assert ben["points"][0]["change"] == 70 + 60, "its own 70, and 70 for 10 of the later one"
    assert late["consequences"]


def test_an_activity_on_record_is_explained_under_the_draft(world: World) -> None:
    world.publish()
    known = world.answered(BEN)
    world.post("/v1/activities", known)
    world.put("/v1/rulebook/draft", GENEROUS)
    (decision,) = world.post(TRY, known).get_json()["decisions"]
    assert (decision["version"], decision["effects"][0]["points"]) == (2, 70)


def test_a_draft_with_problems_is_refused_with_their_places(world: World) -> None:
    world.publish()
    world.put("/v1/rulebook/draft/rules/helpful-answer", {**RULE, "on": "answer_acepted"})
    refused = world.post(TRY, world.answered(BEN))
    assert (refusal(refused), pointers(refused)) == ((422, "rulebook_refused"), {"/rules/0/on"})


def test_without_a_draft_there_is_nothing_to_try(world: World) -> None:
    assert refusal(world.post(TRY, world.answered(BEN))) == (409, "no_draft")


def test_another_communitys_draft_is_not_tried(world: World, noise: World) -> None:
    noise.put("/v1/rulebook/draft", GENEROUS)
    assert refusal(world.post(TRY, world.answered(BEN))) == (409, "no_draft")


def test_only_an_admin_tries_the_draft(world: World) -> None:
    world.put("/v1/rulebook/draft", GENEROUS)
    assert refusal(world.post(TRY, world.answered(BEN), key="ingest")) == (403, "scope_missing")


def test_a_draft_is_never_recorded_under(world: World) -> None:
    world.put("/v1/rulebook/draft", GENEROUS)
    refused = world.post("/v1/activities?rulebook=draft", world.answered(BEN))
    assert (refusal(refused), pointers(refused)) == ((422, "invalid"), {"/rulebook"})
    assert refusal(world.get(f"/v1/members/{BEN}"))[0] == 404
