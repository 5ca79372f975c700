"""An example of each body that the API takes, as it stands in the document and in the forms that try it.

They tell one small story: a forum where answers are thanked. Tests hold each to the schema of its operation.
"""

from __future__ import annotations

from typing import Any

_ADA = {"platform": "app", "scope": "main", "id": "ada"}
_BEN = {"platform": "app", "scope": "main", "id": "ben"}
_ANSWER = {
    "kind": "answer_accepted",
    "activity_key": "app:answer:1",
    "occurred_at": "2026-11-22T09:00:00Z",
    "actor": _ADA,
    "beneficiary": _BEN,
    "object": {"kind": "post", "id": "1", "tags": ["support"]},
    "data": {"votes": 3},
}
_RULE = {
    "name": {"en": "Helpful answer", "ms": "Jawapan membantu"},
    "on": "answer_accepted",
    "earns": "beneficiary",
    "limits": [{"times": 5, "per": "day"}],
    "gives": [{"points": 10}, {"badge": "first-helper"}],
}
_BADGE = {"name": {"en": "First helper", "ms": "Pembantu pertama"}, "icon": "hands", "colour": "#0b7a75"}
_LEVELS = [
    {"key": "member", "name": {"en": "Member", "ms": "Ahli"}, "reach": 0},
    {"key": "helper", "name": {"en": "Helper", "ms": "Pembantu"}, "reach": 20},
]
_RULEBOOK = {
    "rules": [{"key": "helpful-answer", **_RULE}],
    "badges": [{"key": "first-helper", **_BADGE}],
    "tiers": {"period": "ever", "levels": _LEVELS},
}
BODIES: dict[str, Any] = {
    "activities.say": _ANSWER,
    "activities.say_many": {
        "activities": [
            _ANSWER,
            {
                "kind": "post_created",
                "activity_key": "app:post:1",
                "occurred_at": "2026-11-22T09:05:00Z",
                "actor": _ADA,
            },
        ]
    },
    "activities.retract": {"by": "platform", "reason": "The answer is accepted no longer."},
    "activities.void": {"reason": "Agreed between the two."},
    "activities.lift": {"reason": "It was meant after all."},
    "imports.begin": {"name": "What the forum did before"},
    "imports.load": '{"kind": "post_created", "activity_key": "app:post:0", "occurred_at": "2026-01-05T09:00:00Z",'
    ' "actor": {"platform": "app", "scope": "main", "id": "ada"}}\n',
    "imports.revert": {"reason": "The export was of another forum."},
    "members.put": {"name": "Ada Lim", "zone": "Asia/Kuala_Lumpur", "language": "ms", "groups": ["founders"]},
    "members.prefer": {"language": "en", "on_boards": True, "pseudonym": "Lantern"},
    "members.make_token": {"seconds": 600},
    "identities.link": {"handle": "ada_lim"},
    "corrections.adjust": {"points": 20, "reason": "Helped at the gathering."},
    "corrections.give_badge": {"badge": "first-helper", "reason": "She helped before we counted."},
    "corrections.lock_tier": {"tier": "helper", "reason": "She keeps it while she is on leave."},
    "corrections.unlock_tier": {"reason": "She is back."},
    "backtests.begin": {"note": "What if answers had always counted?"},
    "cases.decide": {"outcome": "gave", "reason": "Both of them were there; it is well earned."},
    "cases.decide_each": {
        "verdicts": [
            {"case": "cas_00000000000000000000000000", "outcome": "gave", "reason": "They work on the same bench."},
            {
                "case": "cas_00000000000000000000000001",
                "outcome": "refused",
                "reason": "They thank only each other.",
            },
        ]
    },
    "cases.appeal": {"case": "cas_00000000000000000000000000", "text": "We really met, ask Ben."},
    "conduct.publish_guidelines": {
        "text": {"en": "Be kind. Ask before you share.", "ms": "Berbudi bahasa. Tanya sebelum berkongsi."}
    },
    "conduct.confirm": {
        "member": "ada",
        "guideline": "Be kind",
        "severity": "minor",
        "reason": "A post was hurtful; it is taken down.",
    },
    "conduct.lift": {"reason": "We looked again: it was a joke between friends."},
    "fair_play.change": {"pair": {"kinds": ["kudos_given"], "more_than": 5, "days": 7}},
    "redemptions.redeem": {"member": "ada", "reward": "mug"},
    "rewards.put": {"name": {"en": "A mug", "ms": "Sebuah cawan"}, "cost": 50, "stock": 20, "per_member": 1},
    "leaderboards.change": {"name": {"en": "This week", "ms": "Minggu ini"}, "period": "week"},
    "badges.change": _BADGE,
    "tiers.change": {"period": "ever", "levels": _LEVELS},
    "drafts.save": _RULEBOOK,
    "drafts.save_rule": _RULE,
    "drafts.check": _RULEBOOK,
    "publications.publish": {"mode": "prospective", "note": "Our first rules"},
    "publications.revert": {"note": "Fewer came than before."},
    "publications.lower_approvals": {"approvals": 1, "note": "There is only one of us left."},
    "publications.reject": {"note": "Let us try it on last month first."},
    "kinds.declare": {"name": {"en": "Tea poured", "ms": "Teh dituang"}, "fields": {"cups": "whole"}},
    "communities.make": {"key": "kampung", "name": "Kampung Kita", "zone": "Asia/Kuala_Lumpur"},
    "community.change": {
        "name": "Kampung Kita",
        "zone": "Asia/Kuala_Lumpur",
        "purpose": {"en": "Neighbours who help each other.", "ms": "Jiran yang saling membantu."},
        "colours": {"primary": "#0b7a75", "accent": "#d7a13b"},
        "pages": "members",
    },
    "keys.make": {"name": "Our app", "owner": "Root", "scopes": ["ingest"]},
    "keys.rotate": {"overlap_hours": 24},
    "sources.connect": {"platform": "generic", "name": "Our automation"},
    "sources.put": {"platform": "discourse", "name": "Our forum"},
    "sources.rotate": {"overlap_hours": 24},
    "hooks.receive": _ANSWER,
}
"""By the operation's id; of lines of JSON the text."""


def add(document: dict[str, Any]) -> None:
    """Put each example beside the schema of its body."""
    for methods in document["paths"].values():
        for operation in (one for one in methods.values() if isinstance(one, dict) and "requestBody" in one):
            example = BODIES.get(operation["operationId"])
            for content in operation["requestBody"]["content"].values() if example is not None else ():
                content["example"] = example
