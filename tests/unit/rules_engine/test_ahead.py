"""What comes next, and when nothing does: a rule whose time is over, a tier that a person holds."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.ahead import badge_progress, challenges, progress
from rules_engine.facts import ROLE_GIVEN, TIER_LOCKED, Fact
from tests.unit.rules_engine.builders import at, fact, rulebook, run

OVER = {"active": {"until": "2026-12-01"}}


def campaign(rule: dict[str, Any], *facts: Fact, as_of: str) -> tuple[list[Any], list[Any], Any]:
    """What comes next of a rule, of challenges, and of the badge that the rule gives."""
    book = rulebook({"gives": {"badge": "b"}, **rule}, badges=[{"key": "b"}])
    standing = run(book, *facts, as_of=at(as_of)).standing
    return (
        progress(book, standing, "en"),
        challenges(book, standing, "en"),
        badge_progress(book.badges["b"], book, standing, "en"),
    )


@pytest.mark.parametrize("active", [OVER["active"], {"until": "2026-12-01T00:00:00Z"}, {"dates": ["2026-11-30"]}])
def test_nothing_comes_of_a_rule_once_its_time_is_over(active: dict[str, Any]) -> None:
    rule, post = {"count": {"at": [3]}, "active": active}, fact(0, "2026-11-30 10:00")
    steps, _, badge = campaign(rule, post, as_of="2026-11-30 23:59")
    assert [step["have"] for step in steps] == [1]
    assert badge["have"] == 1
    assert campaign(rule, post, as_of="2026-12-01 00:00") == ([], [], None)


def test_a_challenge_that_is_over_is_done_only_for_those_who_completed_it() -> None:
    steps = [{"key": "a", "on": "post_created", "times": 2}]
    rule = {"on": None, "challenge": {"steps": steps, "repeats": True}, **OVER}
    posts = [fact(number, "2026-11-30 10:00") for number in range(2)]
    assert campaign(rule, posts[0], as_of="2026-12-02")[1] == []
    assert [one["done"] for one in campaign(rule, *posts, as_of="2026-11-30 12:00")[1]] == [False]
    assert [one["done"] for one in campaign(rule, *posts, as_of="2026-12-02")[1]] == [True]


def test_no_tier_comes_next_for_whom_a_person_holds_in_one() -> None:
    book = rulebook({}, tiers={"levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 1}]})
    locked = fact(1, 1, TIER_LOCKED, data={"tier": "member"})
    assert progress(book, run(book, fact(0, 0), locked).standing, "en") == []


def test_nothing_comes_next_for_staff_who_earn_nothing() -> None:
    book = rulebook(
        {"count": {"every": 3}},
        {"on": None, "clock": {"anniversary": "year"}},
        badges=[{"key": "b", "needs": {"earned": {"points": 9}}}],
        tiers={"levels": [{"key": "helper", "reach": 9}]},
    )
    post, staff = fact(0, 0), fact(1, 1, ROLE_GIVEN, data={"role": "staff"})
    assert len(progress(book, run(book, post).standing, "en")) == 4
    standing = run(book, post, staff).standing
    assert progress(book, standing, "en") == []
    assert badge_progress(book.badges["b"], book, standing, "en") is None


def test_a_clock_does_not_come_that_strikes_when_its_time_is_over() -> None:
    rule = {"on": None, "clock": {"anniversary": "month"}, **OVER}
    as_of = "2026-11-22"
    assert len(campaign(rule, fact(0, "2026-10-30 10:00"), as_of=as_of)[0]) == 1
    assert campaign(rule, fact(0, "2026-11-02 10:00"), as_of=as_of)[0] == []
