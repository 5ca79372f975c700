"""Every story in the tables beside this file: a rulebook, a timeline, and what a member has at its end.

A line of a timeline says `at` (local time in the story's zone), `kind`, and what it should come to: `gives` (rule ->
points, or true where only a badge is given) and `refuses` (rule -> code, or code and pointer). The member is Ada;
`by` and `for` are actor and beneficiary, and Ada is the actor where neither is said. In what it `ends` with, the
`occasions` are those that are no facts, and `days` the local dates of these.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_engine import days
from rules_engine.facts import Fact
from rules_engine.fields import KINDS
from rules_engine.fold import Era, fold
from rules_engine.parse import parse, run_examples
from rules_engine.standing import Standing

STORIES = [
    pytest.param(story, id=f"{path.stem}: {story['story']}")
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for story in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_as_it_says(story: dict[str, Any]) -> None:
    zone = story.get("zone", "Asia/Kuala_Lumpur")
    eras = [Era(0, parse(story["rulebook"], KINDS, zone), zone)]
    for later in story.get("then_published", []):
        rulebook = parse(later["rulebook"], KINDS, zone)
        eras.append(Era(instant(later["at"], zone), rulebook, later.get("zone", zone)))
    assert run_examples(eras[0].rulebook) == []
    lines = story["timeline"]
    facts = [line_as_fact(line, number, zone) for number, line in enumerate(lines)]
    as_of = instant(story["as_of"], zone) if "as_of" in story else facts[-1].at
    outcome = fold(eras, "ada", Standing.new(), facts, as_of)

    for fact, line in zip(facts, lines, strict=True):
        if fact.at > as_of:
            continue
        decided = [decision for decision in outcome.decisions if decision.fact == fact.id]
        if "gives" in line:
            assert {
                decision.rule: sum(effect.get("points", 0) for effect in decision.effects) or True
                for decision in decided
                if decision.outcome == "given"
            } == line["gives"], line
        for rule, refusal in line.get("refuses", {}).items():
            found = [
                f"{decision.code} {decision.path}" if " " in refusal else decision.code
                for decision in decided
                if decision.rule == rule
            ]
            assert found == [refusal], line
    check_end(outcome.standing, outcome.effects, as_of, days.zone(zone), story.get("ends", {}))


def check_end(standing: Standing, effects: list[Any], as_of: int, zone: days.Zone, ends: dict[str, Any]) -> None:
    levels = [effect for effect in effects if "@" in effect.occasion]
    found = {
        "available": standing.available("points", as_of),
        "maturing": standing.maturing("points", as_of),
        "debt": standing.debt.get("points", 0),
        "held": sum(hold["points"] for hold in standing.held.values()),
        "earned": standing.earned.get("points", 0),
        "expired": sum(effect.amount for effect in effects if effect.credit == "expired"),
        "badges": sorted(standing.badges),
        "tier": standing.tier_key,
        "occasions": [effect.occasion for effect in levels],
        "days": [zone.day(effect.at).label for effect in levels],
        "scores": {
            currency: {name: window[:2] for name, window in windows.items()}
            for currency, windows in standing.scores.items()
        },
    }
    assert {name: found[name] for name in ends} == ends


def line_as_fact(line: dict[str, Any], number: int, zone: str) -> Fact:
    alone = "by" not in line and "for" not in line
    return Fact(
        id=f"act_{number}",
        key=f"key:{number:04}",
        at=instant(line["at"], zone),
        kind=line["kind"],
        actor="ada" if alone else line.get("by"),
        beneficiary=line.get("for"),
        platform=line.get("platform", "discourse"),
        object=line.get("object", {}),
        data=line.get("data", {}),
        undone_by=line.get("undone_by"),
    )


def instant(text: str, zone: str) -> int:
    moment = dt.datetime.fromisoformat(str(text)).replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return int(moment.timestamp()) * 1_000_000
