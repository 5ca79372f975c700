"""What would be lost by another rulebook, so that it can be kept."""

from __future__ import annotations

from typing import Any

from rules_engine import gains
from rules_engine.standing import Standing
from rules_engine.tiers import Level, Tiers

LADDER = Tiers("points", "ever", 0, 0, [Level(key, {}, 0, 0, [], []) for key in ("member", "silver", "gold")])


def standing(**values: Any) -> Standing:
    found = Standing.new()
    found.__dict__.update(values)
    return found


def test_nothing_is_lost_where_there_is_as_much_or_more() -> None:
    one = standing(lots={"points": [[None, 0, 10]]}, badges={"a": [1, 5]}, tier={"key": "silver", "since_at": 1})
    more = standing(lots={"points": [[None, 0, 11]]}, badges={"a": [2, 9]}, tier={"key": "gold", "since_at": 9})
    assert gains.lost(one, more, LADDER) == {}
    assert gains.lost(one, one, LADDER) == {}


def test_points_keep_the_lots_that_last_longest() -> None:
    before = standing(lots={"points": [[50, 0, 5], [90, 0, 10], [None, 20, 4]]})
    after = standing(lots={"points": [[None, 0, 8]]})
    assert gains.lost(before, after, None) == {
        "points": [{"currency": "points", "points": 11, "lots": [[90, 0, 7], [None, 20, 4]]}]
    }


def test_what_repays_a_debt_comes_first_and_what_was_there_is_there_again() -> None:
    before = standing(lots={"points": [[90, 0, 10]]})
    after = standing(debt={"points": 30})
    assert gains.lost(before, after, None)["points"] == [
        {"currency": "points", "points": 40, "lots": [[None, 0, 30], [90, 0, 10]]}
    ]


def test_badges_keep_their_level_and_their_day() -> None:
    before = standing(badges={"a": [3, 7], "b": [1, 8]})
    after = standing(badges={"a": [2, 7], "b": [1, 9]})
    assert gains.lost(before, after, None) == {"badges": [{"badge": "a", "level": 3, "at": 7}]}


def test_a_tier_is_kept_where_there_is_one_like_it() -> None:
    gold, silver = standing(tier={"key": "gold", "since_at": 4}), standing(tier={"key": "silver", "since_at": 6})
    assert gains.lost(gold, silver, LADDER) == {"tier": {"key": "gold", "since_at": 4}}
    assert gains.lost(gold, standing(), LADDER) == {"tier": {"key": "gold", "since_at": 4}}
    assert gains.lost(standing(tier={"key": "gone", "since_at": 4}), silver, LADDER) == {}
    assert gains.lost(gold, silver, None) == {}
