"""Badges and tiers as apps and admins see them: levels, progress, what is hidden, and warnings of a fall."""

from __future__ import annotations

import copy
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select

from loyalty import notices, settlement
from loyalty.db import db, transact
from loyalty.models import Notice
from tests.draining import drain_all
from tests.http import RULEBOOK, World, instant, pointers, refusal
from tests.unit.api.pages.conftest import reader
from tests.unit.api.pages.reader import Reader

__all__ = ["reader"]

SECRET = {"key": "night-owl", "name": {"en": "Night owl", "ms": "Burung hantu"}, "hidden": True}
LEVELED = {
    "key": "regular",
    "name": {"en": "Regular", "ms": "Tetap"},
    "levels": [
        {"needs": {"earned": {"points": 20}}},
        {"name": {"en": "Old hand", "ms": "Otai"}, "needs": {"earned": {"points": 40}}},
    ],
}


def document(**parts: Any) -> dict[str, Any]:
    found = copy.deepcopy(RULEBOOK)
    found["badges"] += [SECRET, LEVELED, {"key": "elder", "needs": {"badges": ["night-owl"], "tier": "helper"}}]
    rules: list[Any] = found["rules"]
    rules.append({"key": "owl", "on": "post_created", "count": {"at": [2]}, "gives": {"badge": "night-owl"}})
    return found | parts


def monthly() -> dict[str, Any]:
    levels = [
        {"key": "member", "name": {"en": "Member", "ms": "Ahli"}, "reach": 0},
        {
            "key": "helper",
            "name": {"en": "Helper", "ms": "Pembantu"},
            "reach": 20,
            "benefits": [{"en": "A seat at the table", "ms": "Satu tempat di meja"}],
        },
    ]
    return document(tiers={"period": "month", "warn_before": "14d", "levels": levels})


def show_pages(world: World) -> None:
    shown = world.put("/v1/community", {"name": "Garden", "zone": "Asia/Kuala_Lumpur", "pages": "open"})
    assert shown.status_code == 200, shown.get_json()


def token_of(world: World, member: str) -> str:
    made: str = world.post(f"/v1/members/{member}/tokens", {}, key="tokens").get_json()["token"]
    return made


def post(world: World, member: str, number: int) -> None:
    said = {"kind": "post_created", "activity_key": f"forum:post:{number}", "occurred_at": instant(-number)}
    assert world.post("/v1/activities", said | {"actor": member}, key="ingest").status_code == 201


def badges(world: World, member: str, **request: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"/v1/members/{member}/badges", **request).get_json()
    return found


class TestBadges:
    def test_levels_have_names_and_say_how_far_the_next_one_is(self, world: World) -> None:
        world.publish(document())
        ada = world.enrol("ada")
        world.earn(ada, 3)
        found = badges(world, "ada", headers={"Accept-Language": "ms"})
        (regular,) = [one for one in found["data"] if one["badge"] == "regular"]
        assert (regular["level"], regular["name"]) == (1, "Tetap")
        assert {name: regular["progress"][name] for name in ("level", "have", "need")} == {
            "level": 2,
            "have": 30,
            "need": 40,
        }
        assert "Otai" in regular["progress"]["sentence"]
        world.earn(ada, 1)
        (regular,) = [one for one in badges(world, "ada")["data"] if one["badge"] == "regular"]
        assert (regular["level"], regular["name"], regular["progress"]) == (2, "Old hand", None)

    def test_badges_that_are_not_held_show_progress(self, world: World) -> None:
        world.publish(document())
        world.earn(world.enrol("ada"), 1)
        (ahead,) = [one for one in badges(world, "ada")["next"] if one["badge"] == "regular"]
        assert (ahead["badge"], ahead["progress"]["have"], ahead["progress"]["need"]) == ("regular", 10, 20)

    def test_a_hidden_badge_is_seen_by_admins_and_by_those_who_hold_it(self, world: World) -> None:
        tiers = copy.deepcopy(RULEBOOK["tiers"])
        tiers["levels"].append({"key": "legend", "reach": 99, "needs_badges": ["night-owl"]})
        world.publish(document(tiers=tiers))
        ada, ben = world.enrol("ada"), world.enrol("ben")
        for number in (1, 2):
            post(world, ada, number)
        post(world, ben, 3)

        def seen(key: str) -> bool:
            listed = [one["key"] for one in world.get("/v1/badges", key=key).get_json()["data"]]
            one = world.get("/v1/badges/night-owl", key=key)
            assert ("night-owl" in listed) == (one.status_code == 200)
            return "night-owl" in listed

        assert [seen(key) for key in ("admin", "read", token_of(world, "ada"), token_of(world, "ben"))] == [
            True,
            False,
            True,
            False,
        ]
        token = token_of(world, "ben")
        for path in ("members/me/badges", "members/me/explain", "members/me/tier", "badges", "tiers"):
            said = world.get(f"/v1/{path}", key=token).get_data(as_text=True)
            assert "night-owl" not in said
            assert "Night owl" not in said

    def test_a_hidden_badges_image_is_there_for_who_was_told_its_address(self, world: World) -> None:
        world.publish(document())
        show_pages(world)
        address = world.get("/v1/badges/night-owl").get_json()["image"]
        path = address[address.index("/v1/") :]
        assert world.client.get(path).status_code == 200
        assert world.client.get(path.partition("&seal")[0]).status_code == 404

    def test_pages_are_silent_about_a_hidden_badge_except_to_who_holds_it(self, world: World, reader: Reader) -> None:
        world.publish(document())
        show_pages(world)
        ada = world.enrol("ada")
        for number in (1, 2):
            post(world, ada, number)
        assert "Night owl" not in reader.read("/c/garden")
        assert "Night owl" not in reader.read(f"/c/garden/members/{ada}")
        reader.open_with(token_of(world, "ada"))
        assert "Night owl" in reader.read("/c/garden/members/me")

    def test_no_level_is_given_by_hand_that_there_is_not(self, world: World) -> None:
        world.publish(document())
        world.enrol("ada")
        refused = world.post("/v1/members/ada/awards", {"badge": "regular", "level": 3, "reason": "x"})
        assert refusal(refused) == (422, "unknown_level")
        assert pointers(refused) == {"/level"}

    def test_a_badge_put_into_the_draft_is_checked_like_all_of_it(self, world: World) -> None:
        drafted = world.put("/v1/badges/tea", {"name": {"en": "Tea"}, "levels": [{}, {}], "revoke": "keeps"})
        assert drafted.get_json()["problems"] == []
        assert pointers(world.put("/v1/badges/tea", {"name": {"en": "Tea"}, "revoke": "never"})) == {"/revoke"}
        assert pointers(world.put("/v1/badges/tea", {"name": {"en": "Tea"}, "levels": []})) == {"/levels"}


def test_the_change_of_tier_recorded_last_is_the_one_that_holds(world: World) -> None:
    world.publish()
    ada = world.enrol("ada")
    world.earn(ada, 2)
    known = world.get("/v1/members/ada/tier").get_json()
    assert [(one["from"], one["to"]) for one in known["history"]] == [("member", "helper"), (None, "member")]
    assert known["history"][0]["at"] == known["since"]

    world.post("/v1/activities", world.answered(ada, occurred_at=instant(-9_000)), key="ingest")

    found = world.get("/v1/members/ada/tier").get_json()
    assert [(one["from"], one["to"]) for one in found["history"]] == [
        ("member", "helper"),
        *((one["from"], one["to"]) for one in known["history"]),
    ]
    assert found["history"][0]["at"] == found["since"] < known["since"], "reached earlier than was known"
    assert found["history"][1:] == known["history"], "what was recorded stays"
    recorded = [one["recorded_at"] for one in found["history"]]
    assert recorded == sorted(recorded, reverse=True)
    assert world.app.test_cli_runner().invoke(args=["rebuild", "--check"]).exit_code == 0


class TestWarning:
    @staticmethod
    def warned(app: Flask) -> list[dict[str, Any]]:
        with app.app_context():
            rows = db.session().scalars(select(Notice).where(Notice.kind == notices.TIER_WARNED)).all()
            found = [dict(row.payload) for row in rows]
            db.session.remove()
        return found

    @staticmethod
    def clock_strikes(app: Flask, world: World, member: str) -> None:
        with app.app_context():
            transact(db.session(), lambda session: settlement.reconcile(session, world.id, [member]))
            db.session.remove()

    def test_who_is_about_to_fall_is_told_once_and_sees_what_is_needed(
        self, app: Flask, world: World, reader: Reader
    ) -> None:
        with time_machine.travel("2026-11-20T00:00:00Z"):
            world.publish(monthly())
            ada = world.enrol("ada")
            world.earn(ada, 3)
            found = world.get("/v1/members/ada/tier").get_json()
            assert found["tier"] == "helper"
            assert found["benefits"] == [{"en": "A seat at the table", "ms": "Satu tempat di meja"}]
            assert found["at_risk"] is None
        with time_machine.travel("2026-12-20T00:00:00Z"):
            self.clock_strikes(app, world, ada)
            self.clock_strikes(app, world, ada)
            (told,) = self.warned(app)
            assert (told["member"], told["tier"]) == (ada, "helper")
            late = world.answered(ada)
            made = world.post("/v1/activities", late, key="ingest").get_json()["activity"]["id"]
            world.post(f"/v1/activities/{made}/retract", {"by": "platform", "reason": "deleted"}, key="ingest")
            assert world.get("/v1/members/ada/tier").get_json()["at_risk"] == {
                "falls_to": "member",
                "at": "2027-01-01T00:00:00Z",
                "needs": 20,
            }
            reader.open_with(token_of(world, "ada"))
            assert "20 more points by 1 Jan 2027, or your tier will be Member." in reader.read("/c/garden/members/me")
            assert "20 mata lagi" in reader.read("/c/garden/members/me", "ms")
            assert len(self.warned(app)) == 1
            drain_all(app)

    def test_a_fact_that_comes_late_does_not_warn_a_second_time(self, app: Flask, world: World) -> None:
        with time_machine.travel("2026-11-20T00:00:00Z"):
            world.publish(monthly())
            ada = world.enrol("ada")
            world.earn(ada, 3)
        with time_machine.travel("2026-12-20T00:00:00Z"):
            self.clock_strikes(app, world, ada)
            earlier = "2026-12-10T10:00:00Z"
            made = [
                world.post("/v1/activities", world.answered(ada, occurred_at=earlier), key="ingest").get_json()
                for _ in range(2)
            ]
            assert world.get("/v1/members/ada/tier").get_json()["at_risk"] is None
            undone = {"by": "platform", "reason": "deleted"}
            world.post(f"/v1/activities/{made[0]['activity']['id']}/retract", undone, key="ingest")
            assert world.get("/v1/members/ada/tier").get_json()["at_risk"]["needs"] == 10
            assert len(self.warned(app)) == 1
