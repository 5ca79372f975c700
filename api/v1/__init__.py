"""The resources of version 1, a file each with its schemas on top."""

from __future__ import annotations

from api.v1 import (
    activities,
    audit,
    backtests,
    badges,
    cases,
    communities,
    community,
    conduct,
    corrections,
    deliveries,
    fair_play,
    identities,
    imports,
    jobs,
    keys,
    kinds,
    leaderboards,
    ledger,
    members,
    publications,
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
        publications,
        backtests,
        kinds,
        cases,
        conduct,
        fair_play,
        communities,
        community,
        keys,
        sources,
        deliveries,
        ledger,
        audit,
        jobs,
    )
]
