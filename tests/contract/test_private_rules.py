"""A rule that keeps to itself is named nowhere where a member or a visitor can look: in no answer, header or error."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.draining import drain_all
from tests.http import World, instant, operations
from tests.unit.api.pages.reader import Reader

MARK = "zuloqi"
"""Is in every name, number and condition of the private rules, and nowhere else: random ids have no u, l or i."""
NUMBER = 7070707070


def private(key: str, **rule: Any) -> dict[str, Any]:
    """A rule with the mark in everything that it has."""
    name = {"en": f"{MARK} {key}", "ms": f"{MARK} {key}"}
    return {"key": f"{MARK}-{key}", "name": name, "description": name, "tells": "private"} | rule


KINDS = {"on": ["comment_created"], "earns": "actor"}
RULEBOOK: dict[str, Any] = {
    "rules": [
        {"key": "open", "name": {"en": "Open"}, **KINDS, "gives": {"points": 3}},
        private("given", **KINDS, gives={"points": 5}),
        private("refused", **KINDS, when={"field": "data.length", "at_least": NUMBER}, gives={"points": 9}),
        private("limited", **KINDS, limits=[{"times": 1, "per": "day"}], gives={"points": 2}),
        private("counted", **KINDS, count={"every": 2}, gives={"points": 7}),
        private("streak", **KINDS, streak={"days": 2}, gives={"points": 1}),
        private("boost", **KINDS, boost={"percent": 150, "of": ["open"]}),
        private("rival", **KINDS, stacks={"group": "rivals", "by": "highest"}, gives={"points": 8}),
        {
            "key": "outdone",
            "name": {"en": "Outdone"},
            **KINDS,
            "stacks": {"group": "rivals", "by": "highest"},
            "gives": {"points": 4},
        },
    ],
    "tiers": {"levels": [{"key": "member", "reach": 0}]},
}


@pytest.fixture
def world(app: Flask) -> World:
    world = World(app, "garden")
    world.put("/v1/community", {"name": "Garden", "pages": "open"})
    world.publish(RULEBOOK)
    world.enrol("ada")
    for number in range(3):
        said = {
            "kind": "comment_created",
            "activity_key": f"c:{number}",
            "occurred_at": instant(-number),
            "actor": world.get("/v1/members/ada").get_json()["id"],
            "data": {"length": 4},
        }
        assert world.post("/v1/activities", said, key="ingest").status_code == 201
    drain_all(app)
    return world


def looked_at(world: World) -> dict[str, str]:
    """Everything that a member's token, or nobody's, can read: path -> status, headers and text."""
    ada = world.get("/v1/members/ada").get_json()["id"]
    activities = [one["id"] for one in world.get("/v1/members/ada/activities").get_json()["data"]]
    token = world.post("/v1/members/ada/tokens", {}, key="tokens").get_json()["token"]
    own = Reader(world)
    assert own.open_with(token).status_code < 400
    named = {"address": "me", "key": "all", "redemption_id": "red_0"}
    paths = [f"/v1/members/me/explain?activity={one}" for one in activities]
    paths += [f"/c/garden/members/{ada}/why/{one}?lang={lang}" for one in activities for lang in ("en", "ms")]
    paths += [
        f"/c/garden{path}?lang={lang}" for path in ("", f"/members/{ada}", "/members/me") for lang in ("en", "ms")
    ]
    for method, path, operation in operations(world.app):
        if method == "GET" and any("member_token" in way for way in operation["security"]):
            paths.append(re.sub(r"\{([^}]+)\}", lambda found: named.get(found[1], "nobody"), path))
    seen = {}
    for path in paths:
        for key in (token, None):
            tongue = path.rpartition("=")[2] if "lang=" in path else "en"
            if key is not None and path.startswith("/c/"):
                answer = own.get(path, tongue)
            else:
                answer = world.call("GET", path, key=key, headers={"Accept-Language": tongue})
            seen[f"{path} {'token' if key else 'nobody'}"] = f"{answer.status} {answer.headers} {answer.get_data(True)}"
    return seen


def leaks(world: World) -> list[str]:
    return [path for path, text in looked_at(world).items() if MARK in text or str(NUMBER) in text]


def test_nothing_that_a_member_reads_names_a_private_rule(world: World) -> None:
    seen = looked_at(world)
    assert any("Community recognition +5" in text for text in seen.values()), "what it gave is said"
    assert leaks(world) == []


def test_why_an_activity_gave_something_says_nothing_of_what_a_private_rule_gave(world: World) -> None:
    said = {path: text for path, text in looked_at(world).items() if "explain" in path or "/why/" in path}
    told = [path for path, text in said.items() if "Open: +4 points" in text]
    assert any("/why/" in path for path in told), "what the others gave is said"
    assert any("explain?" in path for path in told), "what the others gave is said"
    telling = ('"private"', "Community recognition", "Penghargaan komuniti", "outstacked")
    assert [path for path, text in said.items() if any(word in text for word in telling)] == []


def test_an_activity_that_only_private_rules_heard_has_no_page_of_reasons(world: World) -> None:
    ada = world.get("/v1/members/ada").get_json()["id"]
    world.publish({**RULEBOOK, "rules": [{**rule, "tells": "private"} for rule in RULEBOOK["rules"]]})
    assert {text[:3] for path, text in looked_at(world).items() if f"{ada}/why/" in path and "token" in path} == {"404"}


def test_a_private_rule_that_is_no_more_stays_unnamed(world: World) -> None:
    world.publish({**RULEBOOK, "rules": [{**RULEBOOK["rules"][0]}]})
    drain_all(world.app)
    assert world.balance("ada")["balance"] == 9, "what the others gave is booked back"
    assert leaks(world) == []


def test_the_lines_that_a_member_reads_add_up_to_the_balance(world: World) -> None:
    token = world.post("/v1/members/ada/tokens", {}, key="tokens").get_json()["token"]
    lines = world.get("/v1/members/me/entries?limit=200", key=token).get_json()["data"]
    assert sum(line["change"] for line in lines) == world.balance("ada")["balance"]
    assert all(line["sentence"] for line in lines)
    assert {line["rule"] for line in lines} == {"open", "private"}


def test_an_admin_sees_which_rule_it_was(world: World) -> None:
    assert MARK in world.get("/v1/members/ada/entries", key="read").get_data(as_text=True)
