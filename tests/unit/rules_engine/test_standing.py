"""A standing as text, and what can be read from one."""

from __future__ import annotations

import json

from rules_engine.standing import Standing


def test_a_new_standing_survives_being_stored() -> None:
    text = Standing.new().dump()
    assert Standing.load(text).dump() == text


def test_equal_standings_give_equal_text_whatever_came_first() -> None:
    one, other = Standing.new(), Standing.new()
    one.earned.update({"a": 1, "b": 2})
    other.earned.update({"b": 2, "a": 1})
    assert one.dump() == other.dump()
    assert list(json.loads(one.dump())) == sorted(json.loads(one.dump()))


def test_points_are_available_once_mature_and_until_they_expire() -> None:
    standing = Standing.new()
    standing.lots["points"] = [[100, 0, 1], [100, 50, 2], [None, 0, 4], [None, 80, 8]]
    seen = {
        as_of: (standing.available("points", as_of), standing.maturing("points", as_of)) for as_of in (49, 50, 99, 100)
    }
    assert seen == {49: (5, 10), 50: (7, 8), 99: (15, 0), 100: (12, 0)}
    assert standing.available("stars", 0) == 0


def test_the_next_due_instant_is_the_earliest_of_all() -> None:
    standing = Standing.new()
    assert standing.next_due_at() is None
    standing.lots = {"points": [[None, 0, 1]], "stars": [[70, 0, 1], [90, 0, 1]]}
    assert standing.next_due_at() == 70
    standing.tier = {"key": "gold", "since_at": 0, "judged_at": 60, "grace_until": 65, "falls_to": "silver"}
    assert standing.next_due_at() == 60
