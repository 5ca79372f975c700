"""Limits: how often, or for how many points, a rule gives to one member within a window.

Windows are cut in the community's zone. What is used lives in the standing, one mapping a window that is replaced when
the window closes, so closed windows take no room. A window never goes back when the community's zone changes. A limit's
`slot` is made of its rule, that rule's form and its own sort, so that a new number keeps what was used already; what
everyone used of a budget stays whatever the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rules_engine.answers import Part
from rules_engine.days import Day
from rules_engine.document import Node
from rules_engine.errors import Sentence

WINDOWS = ("day", "week", "month", "ever")
MAX_LIMITS = 10

Windows = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times (or points) per window; `pair`: counted for each counterparty apart; `budget`: of everyone
    together, which no standing can know: the step asks for it (`answers`).
    """

    path: str
    points: bool
    most: int
    per: str
    pair: bool
    slot: str
    budget: bool = False


def roll(windows: Windows, day: Day) -> None:
    """Opens the windows of a day and drops what closed before."""
    if day.label <= windows["day"][0]:
        return
    windows["day"] = [day.label, {}]
    if day.week > windows["week"][0]:
        windows["week"] = [day.week, {}]
    if day.month > windows["month"][0]:
        windows["month"] = [day.month, {}]


def room(limit: Limit, windows: Windows, counterparty: str | None) -> int:
    """How much the limit still allows. One for each counterparty does not bound a fact without a counterparty."""
    used = windows[limit.per][1]
    if limit.pair:
        if counterparty is None:
            return limit.most
        return limit.most - used.get(limit.slot, {}).get(counterparty, 0)  # type: ignore[no-any-return]  # windows are plain JSON
    return limit.most - used.get(limit.slot, 0)  # type: ignore[no-any-return]  # windows are plain JSON


def use(limit: Limit, windows: Windows, counterparty: str | None, amount: int) -> None:
    """Counts times or points against the limit."""
    used = windows[limit.per][1]
    if limit.pair:
        if counterparty is None:
            return
        used = used.setdefault(limit.slot, {})
        used[counterparty] = used.get(counterparty, 0) + amount
    else:
        used[limit.slot] = used.get(limit.slot, 0) + amount


def part(budget: Limit, day: Day, points: int) -> Part:
    """What an award of so many points wants of a budget, in the window of the day."""
    label = "ever" if budget.per == "ever" else day.label if budget.per == "day" else getattr(day, budget.per)
    return Part(budget.slot, label, budget.most, points if budget.points else 1)


def forget(windows: Windows, rule: str, form: str) -> None:
    """Drops what a rule has used while it was of that form."""
    for _, used in windows.values():
        for slot in [slot for slot in used if slot.split(":")[:2] == [rule, form]]:
            del used[slot]


def rules_in(windows: Windows) -> set[str]:
    """The rules of which something used is remembered."""
    return {slot.partition(":")[0] for _, used in windows.values() for slot in used}


def parse(node: Node, rule: str, form: str, times: bool, points: bool) -> list[Limit]:
    """The limits of a rule of that form, of the sorts (in `times`, in `points`) that it can have."""
    limits: list[Limit] = []
    for index, item in enumerate(node.items(MAX_LIMITS)):
        found = item.fields(required=("per",), optional=("times", "points", "with", "budget"))
        sorts = [sort for sort in ("times", "points") if sort in found]
        if len(sorts) != 1 or "per" not in found:
            if len(sorts) != 1:
                item.refuse(
                    "missing" if not sorts else "not_allowed_here", Sentence("either times or points is needed")
                )
            continue
        sort = sorts[0]
        if not {"times": times, "points": points}[sort]:
            found[sort].refuse(
                "not_allowed_here", Sentence("a limit in {form} means nothing for this kind of rule", form=sort)
            )
        most = found[sort].whole(1, 2**53)
        per = found["per"].choice(WINDOWS)
        pair = "with" in found and bool(found["with"].choice(("counterparty",)))
        if pair and per == "ever":
            found["per"].refuse(
                "not_allowed_here", Sentence("with the same counterparty, the longest window is a month")
            )
        budget = "budget" in found and found["budget"].truth()
        if budget and pair:
            found["with"].refuse("not_allowed_here", Sentence("a budget is of everyone together, not of two people"))
        if budget and not points:
            found["budget"].refuse("not_allowed_here", Sentence("a boost gives nothing by itself and has no budget"))
        slot = f"{rule}:{'budget' if budget else form}:{sort}{':pair' if pair else ''}"
        if any(limit.slot == slot and limit.per == per for limit in limits):
            item.refuse("duplicate", Sentence("there is a limit of this form and window already"))
        if per:
            limits.append(Limit(f"/limits/{index}", sort == "points", most, per, pair, slot, budget))
    return limits
