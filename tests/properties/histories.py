"""Strategies for what happens in a small community: sayings about few keys, so that they meet, in any order of arrival.

A history is a list of steps for a `World`. Whatever its order, only what was recorded decides how the world ends.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from loyalty import clock
from loyalty.activities import Activity, MemberId, Party, Reference
from rules_engine.facts import UNDOERS
from tests.properties.rulebooks import FIRST, SECOND, THIRD
from tests.worlds import World, person

START = 1_768_867_200_000_000  # 2026-01-20 00:00 UTC, 08:00 in the world's zone
AS_OF = START + 60 * clock.DAY

ENROLLED = [person(1), person(2), person(1, "forum")]
PARKED = [person(2, "forum")]
NEWCOMER = person(9)
"""Enrolled by whatever names them first."""

people: st.SearchStrategy[Party] = st.sampled_from([person(1), *ENROLLED, *PARKED, NEWCOMER])
members = st.integers(0, len(ENROLLED) - 1)
authors = st.integers(1, 3).map(lambda number: f"author_of:telegram::{number}")
parties = people | authors.map(Reference)
few = st.integers(1, 4)


def moments_of(days: int) -> st.SearchStrategy[int]:
    """Few instants a day, so that facts meet in one."""
    seconds = st.sampled_from([0, 3_600, 57_599, 57_600])  # the last is midnight in the world's zone
    return st.builds(
        lambda day, second: START + day * clock.DAY + second * clock.SECOND, st.integers(0, days - 1), seconds
    )


data_of_holds = st.fixed_dictionaries(
    {"redemption": st.sampled_from(["red_1", "red_2"]), "points": st.integers(1, 15), "currency": st.just("points")}
)
_own: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "points_adjusted": st.fixed_dictionaries({"points": st.integers(-12, 12), "currency": st.just("points")}),
    "breach_confirmed": st.fixed_dictionaries({"severity": st.sampled_from(["minor", "grave"])}),
    "badge_given": st.fixed_dictionaries({"badge": st.sampled_from(["liked", "regular", "old"])}),
    "badge_taken": st.fixed_dictionaries({"badge": st.sampled_from(["liked", "poster", "was-silver"])}),
    "tier_locked": st.fixed_dictionaries(
        {"tier": st.sampled_from(["silver", "helper"])}, optional={"until": st.just(START + 12 * clock.DAY)}
    ),
    "tier_unlocked": st.just({}),
    "role_given": st.fixed_dictionaries({"role": st.sampled_from(["person", "staff"])}),
    "member_changed": st.fixed_dictionaries({"zone": st.sampled_from(["Pacific/Pago_Pago", "Pacific/Kiritimati"])}),
    "redemption_held": data_of_holds,
    "redemption_settled": data_of_holds,
    "redemption_released": data_of_holds,
}
_platform = [
    "post_created",
    "post_created",
    "helpful_reaction",
    "helpful_reaction",
    "answer_accepted",
    "comment_created",
]


@st.composite
def activities(draw: st.DrawFn, days: int) -> Activity:
    """One saying about one of few keys."""
    kind = draw(st.sampled_from([*_platform, *_platform, *_platform, *_own]))
    number = draw(few)
    op = draw(st.sampled_from(["apply", "apply", "apply", "apply", "amend", "reverse"]))
    version = draw(st.sampled_from([0, 0, 0, 0, 1, 2]))
    at = draw(moments_of(days))
    by = draw(st.sampled_from(UNDOERS)) if op == "reverse" else "platform"
    key = f"{kind}:{number}"
    if kind in _own:
        who = MemberId(str(draw(members)))
        return Activity(kind, key, at, "setia", op, version, who, data=draw(_own[kind]), by=by)
    declares = beneficiary = None
    data: dict[str, Any] = {}
    if kind in ("post_created", "comment_created"):
        actor: Party = draw(people if kind == "post_created" else parties)
        declares = draw(st.none() | authors)
    else:
        actor, beneficiary = draw(people), draw(parties | st.none())
    if kind == "answer_accepted":
        data = {"votes": draw(st.integers(0, 5))}
    return Activity(kind, key, at, "telegram", op, version, actor, beneficiary, {"id": str(number)}, data, declares, by)


Step = tuple[Any, ...]
"""A verb of `World` and what it takes; see `live`."""

_keys = st.builds("{}:{}".format, st.sampled_from(sorted({*_platform, "points_adjusted", "breach_confirmed"})), few)
_undoing = st.tuples(st.sampled_from(["retract", "void", "lift"]), _keys, st.sampled_from(UNDOERS))
_linking = st.tuples(st.sampled_from(["link", "link", "unlink"]), people, members)
_again = st.tuples(st.just("again"), st.integers(0, 99))


@functools.cache
def steps(days: int, turns: bool) -> st.SearchStrategy[Step]:
    """What may happen next; mostly something is said."""
    batches = st.integers(1, 6).flatmap(lambda size: st.lists(activities(days), min_size=size, max_size=size))
    saying = st.tuples(st.just("say"), batches)
    reconciling = st.tuples(st.just("reconcile"), moments_of(days + 10))
    publishing = publications(days, turns)
    quick = st.one_of(saying, saying, _undoing, _linking, reconciling, publishing, st.just(("settle", [])))
    settling = st.tuples(st.just("settle"), st.lists(quick, max_size=4))
    return st.one_of(*[saying] * 6, _undoing, _linking, reconciling, settling, _again)


@functools.cache
def publications(days: int, turns: bool) -> st.SearchStrategy[Step]:
    """Another rulebook; with `turns` also one with budgets, one by which nobody loses, and the taking back of one."""
    if not turns:
        return st.tuples(st.just("publish"), moments_of(days), st.sampled_from([FIRST, SECOND]), st.just(False))
    publishing = st.tuples(
        st.just("publish"), moments_of(days), st.sampled_from([FIRST, SECOND, THIRD, THIRD]), st.booleans()
    )
    return publishing | st.tuples(st.just("revert"), st.integers(0, 9))


@st.composite
def histories(draw: st.DrawFn, most: int = 30, days: int = 10, turns: bool = False) -> list[Step]:
    """Steps in any order, with further publications among them. The fewer days, the more facts meet. With `turns` there
    is also what depends on arrival: budgets, gains that are kept, publications that are taken back.
    """
    count = draw(st.integers(1, most))  # drawn apart: lists alone are mostly short
    found = draw(st.lists(steps(days, turns), min_size=count, max_size=count))
    for publication in draw(st.lists(publications(days, turns), max_size=4 if turns else 2)):
        found.insert(draw(st.integers(0, len(found))), publication)
    return found


def live(world: World, history: Sequence[Step]) -> None:
    """Do the steps, each in a transaction of its own."""
    life = _Life(world)
    for step in history:
        life.do(step)


class _Life:
    """A world on its way through a history."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.said: list[list[Activity]] = []
        self.links = 0

    def do(self, step: Step) -> None:
        """One step. A saying goes in as one batch; `again` repeats an earlier one."""
        world = self.world
        match step:
            case "say", batch:
                self.said.append(batch)
                world.record(*batch)
            case "again", number if self.said:
                world.record(*self.said[number % len(self.said)])
            case ("retract" | "void" | "lift") as verb, key, by:
                world.undo(verb, key, by)
            case "link", identity, member:
                world.link(identity, member, self.version())
            case "unlink", identity, member:
                world.unlink(identity, member, self.version())
            case "publish", start, document, gains_only:
                world.publish(document, start, gains_only=gains_only)
            case "revert", number if world.reversible:
                world.revert(number % len(world.reversible))
            case "reconcile", as_of:
                world.reconcile(as_of)
            case "settle", meanwhile:
                steps = iter(meanwhile)
                world.settle(lambda: [self.do(step) for step in islice(steps, 1)] and None)

    def version(self) -> int:
        """Another one for each link, and not in the order in which they arrive."""
        self.links += 1
        return self.links * 7 % 101
