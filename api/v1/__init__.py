"""The resources of version 1, a file each with its schemas on top."""

from __future__ import annotations

from api.v1 import (
    activities,
    badges,
    community,
    corrections,
    identities,
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
        community,
        keys,
        sources,
        ledger,
    )
]
