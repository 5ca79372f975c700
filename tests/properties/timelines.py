"""Strategies for one member's timeline and the eras over it, under two rulebooks that have something of everything."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from rules_engine.days import DAY
from rules_engine.facts import UNDOERS, Fact
from rules_engine.fields import KINDS
from rules_engine.fold import Era
from rules_engine.parse import parse

ADA, BEN, CLEO = "mem_ada", "mem_ben", "mem_cleo"
START_AT = 1_790_000_000_000_000  # September 2026
SPAN = 500 * DAY
KUALA_LUMPUR, HONOLULU = "Asia/Kuala_Lumpur", "Pacific/Honolulu"

FIRST_DOCUMENT: dict[str, Any] = {
    "currencies": [{"key": "points"}, {"key": "stars"}],
    "rules": [
        {
            "key": "helpful-answer",
            "on": "answer_accepted",
            "earns": "beneficiary",
            "when": {"any": [{"field": "data.votes", "at_least": 2}, {"field": "object.tags", "has": "support"}]},
            "limits": [
                {"times": 3, "per": "day"},
                {"times": 2, "per": "week", "with": "counterparty"},
                {"points": 90, "per": "month"},
            ],
            "gives": [
                {
                    "points": {"base": 5, "plus": {"per": "data.votes", "each": 2, "at_most": 20}},
                    "matures_after": "7d",
                    "expires_after": "40d",
                },
                {"badge": "first-helper"},
            ],
            "stacks": {"group": "answers", "by": "highest"},
        },
        {
            "key": "any-answer",
            "on": "answer_accepted",
            "earns": "beneficiary",
            "gives": {"points": 7, "expires_after": "3d"},
            "stacks": {"group": "answers", "by": "highest"},
            "undone_by": ["moderator", "counterparty"],
        },
        {
            "key": "post",
            "on": ["post_created", "comment_created"],
            "gives": [{"points": 3}, {"points": 1, "currency": "stars"}],
        },
        {
            "key": "third-post",
            "on": "post_created",
            "count": {"every": 3},
            "gives": {"points": 11, "expires_after": "9d"},
        },
        {"key": "posts", "on": "post_created", "count": {"at": [1, 4, 9]}, "gives": {"badge": "poster", "level": 2}},
        {"key": "streak", "on": ["post_created", "comment_created"], "streak": {"days": 2}, "gives": {"points": 4}},
        {
            "key": "boost",
            "on": "post_created",
            "boost": {"percent": 150, "of": ["post"]},
            "active": {"weekdays": ["sat", "sun", "mon"]},
        },
        {
            "key": "boost-all",
            "on": "post_created",
            "boost": {"percent": 120, "of": "all"},
            "active": {"hours": {"from": "22:00", "until": "09:00"}},
        },
        {
            "key": "forgiving",
            "on": ["post_created", "comment_created"],
            "streak": {"days": 2, "freezes": {"most": 2, "per": "month"}},
            "gives": [{"points": 2}, {"points": 1, "currency": "stars"}],
        },
        {
            "key": "weeks",
            "on": "post_created",
            "streak": {"weeks": 2, "freezes": {"most": 1, "per": "month"}},
            "gives": {"points": 3},
        },
        {
            "key": "challenge",
            "challenge": {
                "steps": [
                    {"key": "post", "on": "post_created", "times": 2},
                    {
                        "key": "help",
                        "on": ["answer_accepted", "comment_created"],
                        "when": {"field": "object.tags", "has": "support"},
                    },
                ],
                "within": "5d",
                "repeats": True,
            },
            "gives": [{"points": 9, "expires_after": "12d"}, {"badge": "poster"}],
        },
        {
            "key": "people",
            "on": "answer_accepted",
            "earns": "beneficiary",
            "diversity": {"of": "counterparty", "at": [1, 2]},
            "gives": {"points": 6},
        },
        {
            "key": "things",
            "on": ["post_created", "comment_created"],
            "diversity": {"of": "object.id", "at": [2, 3], "per": "week"},
            "gives": {"points": 1, "currency": "stars"},
        },
        {
            "key": "month",
            "clock": {"anniversary": "month"},
            "when": {"field": "member.earned", "at_least": 5},
            "limits": [{"points": 20, "per": "month"}],
            "gives": [{"points": 8, "expires_after": "20d"}, {"badge": "elder"}],
        },
        {"key": "week", "clock": {"after": "7d"}, "gives": {"points": 2}},
        {
            "key": "breach",
            "on": "breach_confirmed",
            "when": {"field": "data.severity", "is_not": "minor"},
            "conduct": {"withdraws": [{"points": 12}, {"points": 1, "currency": "stars"}], "pauses": "3d"},
        },
        {"key": "grave", "on": "breach_confirmed", "conduct": {"takes": ["poster", "regular"]}},
        {"key": "turns", "on": "post_created", "streak": {"days": 2}, "gives": {"points": 1}},
        {
            "key": "turns-too",
            "on": "post_created",
            "count": {"every": 2},
            "limits": [{"times": 5, "per": "month"}],
            "gives": {"points": 1},
        },
        {"key": "turns-as-well", "on": "post_created", "gives": {"points": 1}, "limits": [{"times": 2, "per": "ever"}]},
    ],
    "badges": [
        {"key": "first-helper"},
        {"key": "poster"},
        {
            "key": "regular",
            "levels": [
                {"needs": {"earned": {"points": 30}, "badges": ["poster"]}},
                {"needs": {"earned": {"points": 60}, "badges": ["first-helper"]}},
            ],
        },
        {"key": "card", "revoke": "keeps", "needs": {"tier": "silver"}},
        {"key": "gold-card", "levels": [{"needs": {"tier": "silver"}}, {"needs": {"tier": "gold"}}]},
        {"key": "elder"},
    ],
    "tiers": {
        "period": "month",
        "grace": "10d",
        "warn_before": "9d",
        "levels": [
            {"key": "member", "reach": 0},
            {"key": "silver", "reach": 15, "keep": 10},
            {"key": "gold", "reach": 40, "keep": 20, "needs_badges": ["regular"]},
        ],
    },
}


def _second_document() -> dict[str, Any]:
    """A later version: another period of tiers, a count by other steps, a rule gone, some of another shape or form."""
    turned: list[dict[str, Any]] = [
        {"key": "turns", "on": "post_created", "count": {"every": 2}},
        {"key": "turns-too", "challenge": {"steps": [{"key": "a", "on": "post_created", "times": 2}], "repeats": True}},
        {"key": "turns-as-well", "on": "post_created", "diversity": {"of": "object.id", "at": [1, 2], "per": "month"}},
    ]
    document = copy.deepcopy(FIRST_DOCUMENT)
    gone = {"boost", *(rule["key"] for rule in turned)}
    document["rules"] = [rule for rule in document["rules"] if rule["key"] not in gone]
    document["rules"] += [{**rule, "gives": {"points": 1}} for rule in turned]
    by_key = {rule["key"]: rule for rule in document["rules"]}
    by_key["third-post"]["count"] = {"every": 2}
    by_key["posts"]["count"] = {"at": [2, 4, 6]}
    by_key["streak"]["on"] = "post_created"
    by_key["forgiving"]["streak"] = {"days": 3, "freezes": {"most": 3, "per": "week"}}
    by_key["challenge"]["challenge"]["steps"][0]["times"] = 3
    by_key["people"]["diversity"] = {"of": "counterparty", "at": [1, 2, 3], "per": "month"}
    by_key["things"]["diversity"]["at"] = [1, 4]
    by_key["month"]["clock"] = {"anniversary": "year"}
    document["tiers"]["period"] = "quarter"
    document["badges"][2]["levels"][0]["needs"] = {"earned": {"points": 60}}
    return document


FIRST, SECOND = parse(FIRST_DOCUMENT, KINDS, KUALA_LUMPUR), parse(_second_document(), KINDS, KUALA_LUMPUR)

moments = st.integers(0, SPAN // DAY).flatmap(
    lambda day: st.sampled_from([0, 1, DAY // 3, DAY * 2 // 3, DAY - 1]).map(lambda rest: START_AT + day * DAY + rest)
) | st.integers(START_AT, START_AT + 5 * DAY)

people = st.sampled_from([ADA, ADA, ADA, BEN, CLEO, None])
others = st.sampled_from([ADA, BEN, CLEO, None, None])

_deeds = st.tuples(st.sampled_from(["post_created", "post_created", "comment_created"]), st.just({}))
said = st.one_of(
    _deeds,
    _deeds,
    st.tuples(st.just("answer_accepted"), st.fixed_dictionaries({"votes": st.integers(0, 12)})),
    st.tuples(st.sampled_from(["post_created", "post_created", "comment_created"]), st.just({})),
    st.tuples(
        st.just("points_adjusted"),
        st.fixed_dictionaries({"points": st.integers(-30, 30), "currency": st.sampled_from(["points", "stars"])}),
    ),
    st.tuples(
        st.just("redemption_held"),
        st.fixed_dictionaries(
            {
                "redemption": st.sampled_from(["red_1", "red_2", "red_3"]),
                "points": st.integers(1, 40),
                "currency": st.sampled_from(["points", "points", "stars"]),
            }
        ),
    ),
    st.tuples(
        st.sampled_from(["redemption_settled", "redemption_released", "redemption_released"]),
        st.fixed_dictionaries({"redemption": st.sampled_from(["red_1", "red_2", "red_3"])}),
    ),
    st.tuples(
        st.just("member_changed"),
        st.fixed_dictionaries({"zone": st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Nowhere", None])}),
    ),
    st.tuples(st.just("role_given"), st.fixed_dictionaries({"role": st.sampled_from(["person", "person", "staff"])})),
    st.tuples(
        st.just("breach_confirmed"), st.fixed_dictionaries({"severity": st.sampled_from(["minor", "serious", "grave"])})
    ),
    st.tuples(
        st.sampled_from(["badge_given", "badge_given", "badge_taken"]),
        st.fixed_dictionaries({"badge": st.sampled_from(["poster", "regular", "gold-card", "old"])}),
    ),
    st.tuples(
        st.just("tier_locked"),
        st.fixed_dictionaries(
            {
                "tier": st.sampled_from(["member", "silver", "gold", "gone"]),
                "until": st.none() | st.integers(0, 120).map(lambda days: START_AT + days * DAY),
            }
        ),
    ),
    st.tuples(st.just("tier_unlocked"), st.just({})),
)


@st.composite
def timelines(draw: st.DrawFn, most: int = 40) -> list[Fact]:
    facts = []
    for number, at in enumerate(sorted(draw(st.lists(moments, min_size=1, max_size=most)))):
        kind, data = draw(said)
        alone = kind not in KINDS
        facts.append(
            Fact(
                id=f"act_{number}",
                key=f"key:{number:05}",
                at=at,
                kind=kind,
                actor=ADA if alone else draw(people),
                beneficiary=None if alone else draw(people if kind == "answer_accepted" else others),
                platform="discourse",
                object={
                    "tags": draw(st.sampled_from([[], ["support"]])),
                    "id": draw(st.sampled_from(["a", "b", "c", "d"])),
                },
                data=data,
                undone_by=draw(st.sampled_from([None] * 8 + list(UNDOERS))),
            )
        )
    return facts


@st.composite
def eras(draw: st.DrawFn) -> list[Era]:
    first = Era(draw(st.sampled_from([0, START_AT + 2 * DAY])), FIRST, draw(st.sampled_from([KUALA_LUMPUR, "UTC"])))
    later = draw(st.lists(moments.filter(lambda at: at > START_AT + 3 * DAY), max_size=3, unique=True))
    rulebooks = st.sampled_from([FIRST, SECOND])
    zones = st.sampled_from([KUALA_LUMPUR, HONOLULU, "Pacific/Kiritimati"])
    return [first, *(Era(at, draw(rulebooks), draw(zones)) for at in sorted(later))]
