"""The resources of version 1, a file each with its schemas on top."""

from __future__ import annotations

from api.v1 import (
    activities,
    badges,
    communities,
    community,
    corrections,
    deliveries,
    identities,
    imports,
    jobs,
    keys,
    kinds,
    leaderboards,
    ledger,
    members,
    redemptions,
    rewards,
    rulebook,
    sources,
    standing,
    tiers,
)

RESOURCES = [
    one.resource
    for one in (
        activities,
        imports,
        members,
        identities,
        standing,
        corrections,
        redemptions,
        rewards,
        leaderboards,
        badges,
        tiers,
        rulebook,
        kinds,
        communities,
        community,
        keys,
        sources,
        deliveries,
        ledger,
        jobs,
    )
]
