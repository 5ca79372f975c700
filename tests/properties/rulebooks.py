"""Three rulebooks for the worlds of the properties: from one to the next a rule stays, goes, or takes another form."""

from __future__ import annotations

from typing import Any

FIRST: dict[str, Any] = {
    "rules": [
        {
            "key": "post",
            "on": "post_created",
            "limits": [{"times": 2, "per": "day"}, {"points": 22, "per": "week"}],
            "gives": {"points": 5, "matures_after": "2d", "expires_after": "6d"},
        },
        {
            "key": "like",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "when": {"field": "counterparty.known", "is": True},
            "limits": [{"times": 1, "per": "day", "with": "counterparty"}, {"times": 3, "per": "week"}],
            "gives": [{"points": 2}, {"badge": "liked"}],
        },
        {"key": "liker", "on": "helpful_reaction", "limits": [{"points": 2, "per": "day"}], "gives": {"points": 1}},
        {
            "key": "answer",
            "on": "answer_accepted",
            "earns": "beneficiary",
            "gives": {
                "points": {"base": 3, "plus": {"per": "data.votes", "each": 2, "at_most": 8}},
                "expires_after": "3d",
            },
            "stacks": {"group": "answers", "by": "highest"},
        },
        {
            "key": "any-answer",
            "on": "answer_accepted",
            "earns": "beneficiary",
            "gives": {"points": 6},
            "stacks": {"group": "answers", "by": "highest"},
            "undone_by": ["moderator", "counterparty"],
        },
        {"key": "pairs", "on": ["post_created", "comment_created"], "count": {"every": 2}, "gives": {"points": 7}},
        {"key": "posts", "on": "post_created", "count": {"at": [1, 3]}, "gives": {"badge": "poster", "level": 2}},
        {"key": "streak", "on": ["post_created", "comment_created"], "streak": {"days": 2}, "gives": {"points": 4}},
        {
            "key": "boost",
            "on": "post_created",
            "when": {"field": "member.tier", "one_of": ["silver", "gold"]},
            "limits": [{"times": 1, "per": "day"}],
            "boost": {"percent": 150, "of": ["post"]},
        },
        {
            "key": "forgiving",
            "on": ["post_created", "comment_created"],
            "streak": {"days": 2, "freezes": {"most": 1, "per": "week"}},
            "gives": {"points": 1},
        },
        {
            "key": "challenge",
            "challenge": {
                "steps": [
                    {"key": "post", "on": "post_created"},
                    {"key": "answer", "on": "answer_accepted", "times": 2},
                ],
                "within": "3d",
                "repeats": True,
            },
            "gives": {"points": 6},
        },
        {
            "key": "people",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "diversity": {"of": "counterparty", "at": [1, 2], "per": "week"},
            "gives": {"points": 3},
        },
        {"key": "after", "clock": {"after": "2d"}, "gives": {"points": 2}},
        {
            "key": "month",
            "clock": {"anniversary": "month"},
            "when": {"field": "member.badges", "has": "liked"},
            "gives": {"points": 4},
        },
        {
            "key": "breach",
            "on": "breach_confirmed",
            "conduct": {"withdraws": {"points": 5}, "pauses": "1d", "takes": ["liked"]},
        },
    ],
    "badges": [
        {"key": "liked"},
        {"key": "poster"},
        {"key": "regular", "needs": {"earned": {"points": 20}, "badges": ["liked"]}},
        {"key": "gold-card", "needs": {"tier": "gold"}},
        {"key": "was-silver", "revoke": "keeps", "needs": {"tier": "silver"}},
    ],
    "tiers": {
        "period": "month",
        "grace": "3d",
        "levels": [
            {"key": "member", "reach": 0},
            {"key": "silver", "reach": 10, "keep": 6},
            {"key": "gold", "reach": 25, "keep": 12, "needs_badges": ["regular"]},
        ],
    },
}

SECOND: dict[str, Any] = {
    "rules": [
        {"key": "post", "on": "post_created", "gives": {"points": 9, "expires_after": "20d"}},
        {"key": "like", "on": "helpful_reaction", "earns": "beneficiary", "gives": {"points": 3}},
        {"key": "pairs", "on": ["post_created", "comment_created"], "count": {"every": 3}, "gives": {"points": 5}},
        {"key": "posts", "on": "post_created", "count": {"at": [2, 4]}, "gives": {"badge": "poster", "level": 3}},
        {"key": "streak", "on": "post_created", "streak": {"days": 2}, "gives": {"points": 8}},
        {"key": "after", "clock": {"after": "4d"}, "gives": {"points": 3}},
        {"key": "forgiving", "on": ["post_created", "comment_created"], "count": {"every": 2}, "gives": {"points": 1}},
        {
            "key": "challenge",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "diversity": {"of": "counterparty", "at": [1, 2]},
            "gives": {"points": 6},
        },
        {
            "key": "people",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "diversity": {"of": "counterparty", "at": [1, 2, 3], "per": "week"},
            "gives": {"points": 3},
        },
    ],
    "badges": [{"key": "poster"}, {"key": "regular", "needs": {"earned": {"points": 30}}}],
    "tiers": {"levels": [{"key": "member", "reach": 0}, {"key": "helper", "reach": 15}]},
}

THIRD: dict[str, Any] = {
    "rules": [
        {
            "key": "post",
            "on": "post_created",
            "limits": [{"points": 12, "per": "day", "budget": True}, {"times": 5, "per": "week", "budget": True}],
            "gives": {"points": 4, "expires_after": "5d"},
        },
        {
            "key": "evening",
            "on": "comment_created",
            "active": {"hours": {"from": "20:00", "until": "09:00"}},
            "limits": [{"times": 1, "per": "day"}, {"points": 20, "per": "month", "budget": True}],
            "gives": {"points": 6},
        },
        {"key": "owl", "on": "comment_created", "gives": {"badge": "owl"}},
        {
            "key": "pairs",
            "on": ["post_created", "comment_created"],
            "count": {"every": 2},
            "limits": [{"times": 2, "per": "ever", "budget": True}],
            "gives": {"points": 5, "matures_after": "3d"},
        },
        {
            "key": "streak",
            "on": "post_created",
            "streak": {"weeks": 2, "freezes": {"most": 1, "per": "month"}},
            "gives": {"points": 8},
        },
        {
            "key": "month",
            "clock": {"anniversary": "month"},
            "limits": [{"points": 8, "per": "month", "budget": True}],
            "gives": {"points": 4},
        },
        {
            "key": "people",
            "on": "helpful_reaction",
            "earns": "beneficiary",
            "diversity": {"of": "object.id", "at": [1, 3], "per": "ever"},
            "limits": [{"points": 6, "per": "week", "budget": True}],
            "gives": [{"points": 3}, {"badge": "poster", "level": 2}],
        },
        {
            "key": "challenge",
            "challenge": {
                "steps": [
                    {"key": "post", "on": "post_created"},
                    {"key": "answer", "on": "answer_accepted", "when": {"field": "data.votes", "at_least": 2}},
                ],
                "repeats": False,
            },
            "gives": {"points": 9},
        },
        {
            "key": "double",
            "on": "post_created",
            "boost": {"percent": 200, "of": "all"},
            "limits": [{"times": 1, "per": "week"}],
        },
        {"key": "breach", "on": "breach_confirmed", "conduct": {"withdraws": {"points": 9}, "takes": ["poster"]}},
    ],
    "badges": [
        {"key": "poster", "levels": [{}, {}, {"needs": {"earned": {"points": 25}}}]},
        {
            "key": "owl",
            "revoke": "keeps",
            "levels": [{"needs": {"earned": {"points": 8}}}, {"needs": {"tier": "gold"}}],
        },
    ],
    "tiers": {
        "period": "month",
        "warn_before": "6d",
        "levels": [
            {"key": "silver", "reach": 8, "keep": 5},
            {"key": "gold", "reach": 16, "keep": 9, "needs_badges": ["poster"]},
        ],
    },
}
"""With budgets of everyone together: what these give depends on who was first."""
