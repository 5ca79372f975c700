"""What people put right by hand: points, badges, the tier that a member is held in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from tests.http import World, instant, pointers, refusal
from tests.unit.api.test_badges_and_tiers import badges, document, token_of


def test_points_and_badges_are_given_by_hand_and_taken_back(world: World) -> None:
    world.publish()
    world.enrol("ada")
    given = world.post("/v1/members/ada/adjust", {"points": 25, "reason": "for the garden party"}).get_json()
    assert world.balance("ada")["available"] == 25
    world.post("/v1/members/ada/awards", {"badge": "first-helper", "reason": "seen by all"})
    assert [one["badge"] for one in world.get("/v1/members/ada/badges").get_json()["data"]] == ["first-helper"]
    world.post(f"/v1/activities/{given['activity']}/retract", {"by": "moderator", "reason": "twice"})
    assert world.balance("ada")["available"] == 0


@pytest.mark.parametrize(
    ("what", "body", "pointer"),
    [
        ("adjust", {"points": 0, "reason": "x"}, "/points"),
        ("adjust", {"points": 1.5, "reason": "x"}, "/points"),
        ("adjust", {"points": 10**10, "reason": "x"}, "/points"),
        ("adjust", {"points": 5}, "/reason"),
        ("adjust", {"points": 5, "reason": "x", "currency": "pionts"}, "/currency"),
        ("awards", {"badge": "first-helpr", "reason": "x"}, "/badge"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(world: World, what: str, body: Any, pointer: str) -> None:
    world.publish()
    world.enrol("ada")
    answer = world.post(f"/v1/members/ada/{what}", body)
    assert answer.status_code == 422
    assert pointer in pointers(answer)


class TestTaking:
    TAKE = "/v1/members/ada/awards/first-helper?reason=shared+account"

    def test_a_badge_taken_by_hand_stays_away_until_it_is_given_by_hand(self, world: World, noise: World) -> None:
        world.publish()
        ada = world.enrol("ada")
        world.earn(ada)
        taken = world.delete(self.TAKE)
        assert taken.status_code == 200
        assert taken.get_json()["consequences"][ada]["lost_badges"] == ["first-helper"]
        world.earn(ada)
        assert badges(world, "ada")["data"] == []
        world.post("/v1/members/ada/awards", {"badge": "first-helper", "reason": "our mistake"})
        assert [one["badge"] for one in badges(world, "ada")["data"]] == ["first-helper"]

    def test_the_member_reads_why(self, world: World) -> None:
        world.publish()
        world.earn(world.enrol("ada"))
        taken = world.delete(self.TAKE).get_json()["activity"]
        token = token_of(world, "ada")
        (why,) = world.get(f"/v1/members/me/explain?activity={taken}", key=token).get_json()["why"]
        assert why["sentence"] == "Taken by hand badge “First helper”: shared account"

    def test_retracting_the_taking_gives_the_badge_back_as_it_was(self, world: World) -> None:
        world.publish()
        world.earn(world.enrol("ada"))
        before = badges(world, "ada")
        taken = world.delete(self.TAKE).get_json()["activity"]
        world.post(f"/v1/activities/{taken}/retract", {"by": "moderator", "reason": "appeal"})
        assert badges(world, "ada") == before

    def test_what_is_refused(self, world: World, noise: World) -> None:
        world.publish()
        world.earn(world.enrol("ada"))
        world.enrol("ben")
        assert pointers(world.delete("/v1/members/ada/awards/first-helper")) == {"/reason"}
        assert refusal(world.delete(self.TAKE.replace("first-helper", "nothing"))) == (404, "badge_not_held")
        assert refusal(world.delete(self.TAKE.replace("ada", "ben"))) == (404, "badge_not_held")
        assert refusal(world.delete(self.TAKE.replace("ada", "nobody"))) == (404, "member_not_found")
        assert refusal(world.delete(self.TAKE, key="read"))[0] == 403
        assert refusal(world.delete(self.TAKE, key=token_of(world, "ada")))[0] == 403
        assert refusal(world.get(self.TAKE))[0] == 405
        assert world.delete(self.TAKE).status_code == 200
        assert refusal(world.delete(self.TAKE)) == (404, "badge_not_held")


class TestLock:
    LOCK = "/v1/members/ada/tier/lock"
    UNLOCK = "/v1/members/ada/tier/unlock"

    def test_a_locked_member_stays_where_they_are_and_reads_why(self, world: World, noise: World) -> None:
        world.publish()
        ada = world.enrol("ada")
        world.earn(ada, 3)
        locked = world.post(self.LOCK, {"tier": "member", "reason": "under review"})
        assert locked.status_code == 201
        assert locked.get_json()["consequences"][ada]["tier"] == {"from": "helper", "to": "member"}
        world.earn(ada, 3)
        found = world.get("/v1/members/ada/tier", key=token_of(world, "ada")).get_json()
        assert (found["tier"], found["locked"]["reason"], found["locked"]["until"]) == ("member", "under review", None)
        assert [(one["from"], one["to"]) for one in found["history"]][:1] == [("helper", "member")]

        world.publish(document())
        assert world.get("/v1/members/ada/tier").get_json()["tier"] == "member"
        free = world.post(self.UNLOCK, {"reason": "all is well"}).get_json()
        assert free["consequences"][ada]["tier"] == {"from": "member", "to": "helper"}
        found = world.get("/v1/members/ada/tier").get_json()
        assert (found["tier"], found["locked"]) == ("helper", None)

    def test_a_lock_ends_when_it_was_said_to(self, world: World) -> None:
        world.publish()
        world.earn(world.enrol("ada"), 3)
        world.post(self.LOCK, {"tier": "member", "until": instant(3600), "reason": "an hour"})
        assert world.get("/v1/members/ada/tier").get_json()["tier"] == "member"
        with time_machine.travel(datetime.now(UTC).timestamp() + 3700):
            assert world.get("/v1/members/ada/tier").get_json()["tier"] == "helper"

    def test_what_is_refused(self, world: World, noise: World) -> None:
        world.publish()
        world.earn(world.enrol("ada"))
        world.put("/v1/members/bot", {"role": "bot"})
        lock = {"tier": "member", "reason": "x"}
        unknown = world.post(self.LOCK, {**lock, "tier": "helpr"})
        assert refusal(unknown) == (422, "unknown_tier")
        assert pointers(unknown) == {"/tier"}
        assert "helper" in unknown.get_json()["detail"]
        assert pointers(world.post(self.LOCK, {**lock, "until": instant(-5)})) == {"/until"}
        assert pointers(world.post(self.LOCK, {"tier": "member"})) == {"/reason"}
        assert pointers(world.post(self.LOCK, {**lock, "reason": ""})) == {"/reason"}
        assert refusal(world.post(self.LOCK.replace("ada", "nobody"), lock)) == (404, "member_not_found")
        assert refusal(world.post(self.LOCK.replace("ada", "bot"), lock)) == (409, "in_no_tier")
        assert refusal(world.post(self.LOCK, lock, key=token_of(world, "ada")))[0] == 403
        assert refusal(world.put(self.LOCK, lock))[0] == 405
        assert refusal(world.post(self.UNLOCK, {"reason": "x"})) == (409, "tier_not_locked")
        told = world.post(self.UNLOCK, {"reason": "x"}, headers={"Accept-Language": "ms"}).get_json()
        assert told["detail"] == "Tiada penetapan pada tahap ahli itu."

    def test_the_same_request_twice_locks_once(self, world: World) -> None:
        world.publish()
        world.enrol("ada")
        asked = {"headers": {"Idempotency-Key": "lock-1"}}
        first = world.post(self.LOCK, {"tier": "helper", "reason": "x"}, **asked)
        again = world.post(self.LOCK, {"tier": "helper", "reason": "x"}, **asked)
        assert first.get_json() == again.get_json()
        assert len(world.get("/v1/members/ada/tier").get_json()["history"]) == 1

    @pytest.mark.parametrize("kind", ["tier_locked", "tier_unlocked", "badge_taken"])
    def test_only_setia_says_so(self, world: World, kind: str) -> None:
        world.enrol("ada")
        said = world.answered("ada", kind=kind, actor="ada", beneficiary=None)
        assert world.post("/v1/activities", said).status_code in (403, 422)
