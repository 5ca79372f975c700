"""`POST /v1/activities` and its batch over HTTP against the bare psycopg program of `recording`, which writes the same
rows: what the way through the API costs on top of the recording itself.
"""

from __future__ import annotations

import os

from benchmarks import recording
from benchmarks._serving import Call, body, caller, place
from loyalty import clock
from loyalty.activities import Activity, Identity

AIM = 0.30


def said(one: Activity, moved: int) -> dict[str, object]:
    """The activity as an app says it, at an instant that is over."""

    def who(identity: object) -> dict[str, str] | None:
        return {"platform": identity.platform, "id": identity.id} if isinstance(identity, Identity) else None

    people = {"actor": who(one.actor), "beneficiary": who(one.beneficiary)}
    shown = {"kind": one.kind, "activity_key": one.key, "occurred_at": clock.to_rfc3339(one.at + moved)}
    return shown | {name: found for name, found in people.items() if found} | {"object": one.object, "data": one.data}


def measure(database_url: str, address: str, key: tuple[tuple[str, str], ...], size: int, clients: int) -> None:
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    count = max(clients * size, int((6_000 if size == 1 else 20_000) * scale))
    count -= count % size
    activities = recording.activities(count, 2_000_000 if size == 1 else 4_000_000, 0)
    floor = recording.timed(recording.floor_worker, database_url, activities, size, clients)
    moved = clock.now() - clock.HOUR - activities[-1].at
    shown = [said(one, moved) for one in activities]
    path = "/v1/activities" if size == 1 else "/v1/activities/batch"
    calls = [
        Call("POST", path, body(shown[first] if size == 1 else {"activities": shown[first : first + size]}), key)
        for first in range(0, count, size)
    ]
    taken = recording.timed(caller, address, calls, 1, clients) * size
    what = "POST /v1/activities" if size == 1 else f"POST /v1/activities/batch of {size:,}"
    print(
        f"{what}, {clients} clients: floor {floor:,.0f} facts/s; over HTTP {taken:,.0f}/s = {taken / floor:.2f} of it"
        f" (aim {AIM:.2f})",
        flush=True,
    )


def main(database_url: str) -> None:
    """Single activities with 8 clients, batches of 1,000 with 2; two API processes of four threads."""
    recording.prepare(database_url)
    with place(database_url) as here:
        key, address = here.key("ingest"), here.serve("wsgi:app")
        measure(database_url, address, key, 1, 8)
        measure(database_url, address, key, 1000, 2)
