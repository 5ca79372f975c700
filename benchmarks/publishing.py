"""A rulebook is published retroactively over 100,000 facts, and taken back: what everyone has is then as it was.

2,000 members, ten of whom take part in a fifth of all there is; half a year of posts and likes under rules with limits,
a streak, counts, a budget that refuses half of what it is asked, badges with levels and tiers; some facts come late,
and some points are spent. Two worker processes walk; one is killed with what it is at in the middle, and another takes
its place. Everything is compared: standings, balances, awards, tiers, budgets, boards as they are in Redis,
explanations; and whatever is told beside the publications, their ends and cases counts as wrong.
Ends with status 1 where anything differs. `BENCH_SCALE` makes the history longer.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks import _serving
from benchmarks._scene import MEMBERS, Scene, first, second
from loyalty import clock, notices, walks
from loyalty.models import Case
from supervisor.children import Child


def _kill(worker: Child) -> None:
    """A worker, and the job that it is at, as `kill -9` does."""
    at_work = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    for process in (worker.pid, *map(int, at_work)):
        with suppress(ProcessLookupError):  # a job that has just ended
            os.kill(process, signal.SIGKILL)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Of each part that is not equal, how much is not."""
    found = []
    for part, was in before.items():
        now = after[part]
        if was == now:
            continue
        if isinstance(was, dict):
            places = [one for one in {**was, **now} if was.get(one) != now.get(one)]
            if not places:
                continue  # a badge or a tier that somebody never had and has no more
            example = f"{places[0]}: {str(was.get(places[0]))[:400]} is now {str(now.get(places[0]))[:400]}"
            found.append(f"{part}: {len(places)} of {len(was)} differ; {example}")
        else:
            found.append(f"{part}: {sum(one != other for one, other in zip(was, now, strict=True))} differ")
    return found


def main(database_url: str) -> None:
    """Records, publishes, kills, resumes, reverts and compares."""
    count = int(100_000 * float(os.environ.get("BENCH_SCALE", "1")))
    with _serving.place(database_url) as place:
        scene = Scene(place, count)
        beginning = scene.publish(first(count))
        recording = scene.record()
        scene.spend()
        print(
            f"{count:,} facts of {MEMBERS:,} members, recorded by one process at {count / recording:,.0f}/s", flush=True
        )
        workers = [place.start(f"worker-{number}", "jobs.worker") for number in range(2)]
        scene.walked(beginning)
        scene.drain()
        scene.build_boards()
        before, told_before = scene.all_of_it(), scene.told()
        wrong = [f"recorded: {line}" for line in scene.wrong()]

        publication = scene.publish(second(count))
        midway: list[str] = []

        def kill() -> None:
            _kill(workers[0])
            if scene.boards() != before["boards"]:
                midway.append("boards changed before the walk had ended")
            place.start("worker-2", "jobs.worker")

        killed = scene.walked(publication, kill)
        scene.drain()
        print(
            f"published in {killed:.1f} s by two workers, of whom one was killed in the middle (its claim lasts"
            f" {walks.LEASE // clock.SECOND} s)",
            flush=True,
        )
        changed = scene.all_of_it()
        wrong += [f"published: {line}" for line in (*midway, *scene.wrong())]
        same = [part for part in before if changed[part] == before[part]]
        wrong += [f"published: the {part} are as before" for part in same]

        seconds = scene.walked(scene.revert(publication))
        scene.drain()
        after, told_after = scene.all_of_it(), scene.told()
        wrong += [f"reverted: {line}" for line in (*_differences(before, after), *scene.wrong())]

        heard = {kind: told_after[kind] - told_before.get(kind, 0) for kind in told_after}
        with Session(scene.engine) as session:
            cases = session.scalar(select(func.count()).select_from(Case))
        expected = {notices.RULEBOOK_PUBLISHED: 2, notices.RULEBOOK_WALKED: 2, notices.CASE_OPENED: cases}
        wrong += [f"told {one} times: {kind}" for kind, one in heard.items() if one != expected.get(kind, 0)]
        scene.engine.dispose()
    print(
        f"reverted in {seconds:.1f} s = {count / seconds:,.0f} facts/s = {recording / seconds:.2f} of recording;"
        f" {cases} cases of what was handed over"
    )
    print(*(wrong or ["equal"]), sep="\n", flush=True)
    if wrong:
        sys.exit(1)
