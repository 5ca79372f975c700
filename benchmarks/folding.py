"""The fold alone: facts per second of one core's time, and what rules on other kinds cost.

100 rules over 20 kinds (5 a kind, each with a condition, a daily limit and points); then the same facts with 1,000 more
rules on other kinds. Nothing but the engine is measured: no database, standings stay in memory.
"""

from __future__ import annotations

import gc
import time
from typing import Any

from rules_engine.days import DAY, SECOND
from rules_engine.facts import Fact
from rules_engine.fields import WHOLE, Kind
from rules_engine.fold import Era, fold
from rules_engine.parse import parse
from rules_engine.standing import Standing

KINDS = 20
RULES_PER_KIND = 5
OTHER_RULES = 1_000
MEMBERS = 50
FACTS_PER_MEMBER = 400
START_AT = 1_767_225_600 * SECOND
ROUNDS = 5


def main(_database_url: str) -> None:
    """Facts per second of CPU time, without and with decisions kept, and the time that 1,000 more rules cost."""
    plain, wide = _eras(0), _eras(OTHER_RULES)
    timelines = [_timeline(f"mem_{number:026}", number) for number in range(MEMBERS)]
    # Rounds alternate, so that a noisy moment of the machine meets all three alike; the best of each counts.
    best = {"plain": 1e9, "wide": 1e9, "kept": 1e9}
    for _ in range(ROUNDS):
        best["plain"] = min(best["plain"], _time(plain, timelines, keep=False))
        best["wide"] = min(best["wide"], _time(wide, timelines, keep=False))
        best["kept"] = min(best["kept"], _time(plain, timelines, keep=True))
    facts = MEMBERS * FACTS_PER_MEMBER
    print(
        f"{KINDS * RULES_PER_KIND} rules over {KINDS} kinds, {_effects(plain, timelines) / facts:.2f} effects a fact:"
        f" {facts / best['plain']:,.0f} facts/s a core (aim 40,000), {facts / best['kept']:,.0f}/s with decisions kept;"
        f" {OTHER_RULES:,} more on other kinds take {best['wide'] / best['plain']:.2f} times as long (aim: under 1.10)"
    )


def _time(eras: list[Era], timelines: list[tuple[str, list[Fact]]], *, keep: bool) -> float:
    gc.collect()
    started = time.process_time()
    for member, facts in timelines:
        fold(eras, member, Standing.new(), facts, facts[-1].at, keep_decisions=keep)
    return time.process_time() - started


def _effects(eras: list[Era], timelines: list[tuple[str, list[Fact]]]) -> int:
    return sum(len(fold(eras, member, Standing.new(), facts, facts[-1].at).effects) for member, facts in timelines)


def _eras(others: int) -> list[Era]:
    rules = [_rule(f"kind_{kind}", number) for kind in range(KINDS) for number in range(RULES_PER_KIND)]
    rules += [_rule(f"other_{number // RULES_PER_KIND}", number) for number in range(others)]
    names = [f"kind_{kind}" for kind in range(KINDS)] + [
        f"other_{number}" for number in range(others // RULES_PER_KIND)
    ]
    kinds = {name: Kind(name, {"en": name}, {"votes": WHOLE}) for name in names}
    return [Era(0, parse({"rules": rules}, kinds), "Asia/Kuala_Lumpur")]


def _rule(kind: str, number: int) -> dict[str, Any]:
    return {
        "key": f"{kind.replace('_', '-')}-rule-{number}",
        "on": kind,
        "when": {"field": "data.votes", "at_least": number % RULES_PER_KIND},
        "limits": [{"times": 5, "per": "day"}],
        "gives": {"points": 10 + number % RULES_PER_KIND},
    }


def _timeline(member: str, number: int) -> tuple[str, list[Fact]]:
    facts = []
    for index in range(FACTS_PER_MEMBER):
        at = START_AT + index * DAY // 20 + number
        kind = f"kind_{(index * 7 + number) % KINDS}"
        votes = {"votes": index % 8}
        facts.append(
            Fact(f"act_{number}_{index}", f"key:{index:06}", at, kind, member, None, "discourse", {}, votes, None)
        )
    return member, facts
