"""The windows of limits: opened, closed, and never gone back to."""

from __future__ import annotations

from rules_engine.days import zone
from rules_engine.limits import Limit, forget, roll, room, rules_in, use
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import at

DAILY = Limit("/limits/0", False, 3, "day", False, "a:single:times")
PAIR = Limit("/limits/1", False, 2, "week", True, "a:single:times:pair")


def test_a_closed_window_takes_no_room() -> None:
    windows = Standing.new().windows
    roll(windows, zone("UTC").day(at("2026-11-22 10:00")))
    use(DAILY, windows, None, 2)
    use(PAIR, windows, "ben", 1)
    roll(windows, zone("UTC").day(at("2026-11-23 10:00")))
    assert windows == {"day": ["2026-11-23", {}], "week": ["2026-W48", {}], "month": ["2026-11", {}], "ever": ["", {}]}


def test_a_window_never_goes_back() -> None:
    windows = Standing.new().windows
    roll(windows, zone("Pacific/Kiritimati").day(at("2026-11-22 10:30")))
    use(DAILY, windows, None, 3)
    roll(windows, zone("Pacific/Pago_Pago").day(at("2026-11-22 10:30")))
    assert windows["day"][0] == "2026-11-23"
    assert room(DAILY, windows, None) == 0


def test_each_counterparty_has_room_of_its_own_and_nobody_is_no_counterparty() -> None:
    windows = Standing.new().windows
    use(PAIR, windows, "ben", 2)
    use(PAIR, windows, None, 2)
    assert [room(PAIR, windows, person) for person in ("ben", "cleo", None)] == [0, 2, 2]


def test_what_a_rule_used_can_be_forgotten_without_touching_others_or_what_it_used_in_another_form() -> None:
    windows = Standing.new().windows
    other = Limit("/limits/0", False, 3, "day", False, "ab:single:times")
    was = Limit("/limits/0", False, 3, "day", False, "a:count:times")
    for limit in (DAILY, PAIR, other, was):
        use(limit, windows, "ben", 1)
    forget(windows, "a", "count")
    assert [room(limit, windows, "ben") for limit in (DAILY, PAIR, was)] == [2, 1, 3]
    forget(windows, "a", "single")
    assert rules_in(windows) == {"ab"}
