"""What holds of every fold: cut it anywhere and go on, no decision twice, no point lost, and rules in any order."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from rules_engine.days import DAY
from rules_engine.effects import HELD, MEMBER, Effect
from rules_engine.errors import RulebookRefused
from rules_engine.facts import UNDOERS, Fact
from rules_engine.fields import KINDS
from rules_engine.fold import CHECKPOINT_EVERY, Era, Outcome, fold, reached
from rules_engine.parse import parse, render
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing

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
    """A later version: another currency of tiers, a count by other steps, a rule gone, one of another shape."""
    document = copy.deepcopy(FIRST_DOCUMENT)
    document["rules"] = [rule for rule in document["rules"] if rule["key"] != "boost"]
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


def whole(history: list[Era], facts: list[Fact], as_of: int) -> Outcome:
    return fold(history, ADA, Standing.new(), facts, as_of)


@given(eras(), timelines(), st.data())
def test_a_timeline_can_be_cut_anywhere_and_continued_from_what_was_stored(
    history: list[Era], facts: list[Fact], data: st.DataObject
) -> None:
    as_of = facts[-1].at + data.draw(st.sampled_from([0, DAY, 100 * DAY]))
    cut = data.draw(st.integers(0, len(facts)))
    paused_at = data.draw(st.sampled_from([facts[cut - 1].at if cut else 0, as_of, START_AT + 200 * DAY]))
    assume(not cut or paused_at >= facts[cut - 1].at)
    assume(paused_at <= as_of)

    first = fold(history, ADA, Standing.new(), facts[:cut], paused_at)
    # What time alone did before a fact came belongs after it: that is a late fact, which needs a fold from before.
    assume(cut == len(facts) or first.standing.stepped_at <= facts[cut].at)
    rest = fold(history, ADA, Standing.load(first.standing.dump()), facts[cut:], as_of)

    straight = whole(history, facts, as_of)
    assert rest.standing.dump() == straight.standing.dump()
    assert first.effects + rest.effects == straight.effects
    assert first.decisions + rest.decisions == straight.decisions


@given(eras(), timelines(), st.data())
def test_what_is_decided_after_a_standing_has_a_greater_ordinal_than_it_reached(
    history: list[Era], facts: list[Fact], data: st.DataObject
) -> None:
    as_of = facts[-1].at + 60 * DAY
    cut = data.draw(st.integers(0, len(facts)))
    first = fold(history, ADA, Standing.new(), facts[:cut], facts[cut - 1].at if cut else 0)
    before = reached(first.standing)
    rest = fold(history, ADA, first.standing, facts[cut:], as_of)
    for effects, later in ((first.effects, False), (rest.effects, True)):
        for effect in effects:
            word, at_sign, ordinal = effect.occasion.partition("@")
            if at_sign:
                assert (ordinal > before.get(word, "")) == later


@given(eras(), timelines())
def test_no_two_effects_share_a_decision_key(history: list[Era], facts: list[Fact]) -> None:
    effects = whole(history, facts, facts[-1].at + 60 * DAY).effects
    keys = [(effect.rule, effect.occasion, effect.effect) for effect in effects]
    assert len(set(keys)) == len(keys)
    assert all(effect.amount > 0 for effect in effects)


def _on_account(effects: list[Effect], account: str, currency: str) -> int:
    mine = [effect for effect in effects if effect.currency == currency]
    return sum(e.amount for e in mine if e.credit == account) - sum(e.amount for e in mine if e.debit == account)


@given(eras(), timelines())
def test_lots_less_debt_are_what_came_in_less_what_went_out(history: list[Era], facts: list[Fact]) -> None:
    outcome = whole(history, facts, facts[-1].at + DAY)
    standing = outcome.standing
    for currency in ("points", "stars"):
        lots = standing.lots.get(currency, [])
        debt = standing.debt.get(currency, 0)
        assert sum(lot[2] for lot in lots) - debt == _on_account(outcome.effects, MEMBER, currency)
        held = sum(hold["points"] for hold in standing.held.values() if hold["currency"] == currency)
        assert held == _on_account(outcome.effects, HELD, currency)
        assert not (debt and lots)
        assert all(lot[2] > 0 for lot in lots)
        assert lots == sorted(lots, key=lambda lot: (1 << 62 if lot[0] is None else lot[0], lot[1]))
        assert standing.available(currency, standing.through) + standing.maturing(currency, standing.through) == sum(
            lot[2] for lot in lots
        )


@given(timelines(), st.randoms(use_true_random=False))
def test_the_order_of_rules_badges_and_limits_in_a_document_changes_nothing(
    facts: list[Fact], shuffle: random.Random
) -> None:
    document = copy.deepcopy(FIRST_DOCUMENT)
    shuffle.shuffle(document["rules"])
    shuffle.shuffle(document["badges"])
    shuffled = parse(document, KINDS, KUALA_LUMPUR)
    as_of = facts[-1].at + 60 * DAY
    one, other = whole([Era(0, FIRST, "UTC")], facts, as_of), whole([Era(0, shuffled, "UTC")], facts, as_of)
    assert one.standing.dump() == other.standing.dump()
    assert one.effects == other.effects
    assert one.decisions == other.decisions


@given(eras(), timelines(), st.data())
def test_keeping_no_decisions_changes_nothing_else(history: list[Era], facts: list[Fact], data: st.DataObject) -> None:
    as_of = data.draw(moments)
    kept = whole(history, facts, as_of)
    bare = fold(history, ADA, Standing.new(), facts, as_of, keep_decisions=False)
    assert bare.decisions == []
    assert bare.effects == kept.effects
    assert bare.standing.dump() == kept.standing.dump()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(timelines(most=20), st.integers(1, 10))
def test_every_checkpoint_continues_to_the_same_end(some: list[Fact], gap: int) -> None:
    facts = [
        fact._replace(id=f"{fact.id}.{again}", key=f"{fact.key}.{again:04}", at=fact.at + again * gap * DAY // 7)
        for again in range(400 // len(some) + 1)
        for fact in some
    ]
    facts.sort(key=lambda fact: (fact.at, fact.key))
    history = [Era(0, FIRST, KUALA_LUMPUR), Era(START_AT + 30 * DAY, SECOND, HONOLULU)]
    straight = whole(history, facts, facts[-1].at)
    assert [checkpoint[0] for checkpoint in straight.checkpoints] == [0, 1, 0, 2][: len(facts) // CHECKPOINT_EVERY]
    for _slot, at, key, text in straight.checkpoints:
        standing = Standing.load(text)
        assert (standing.at, standing.key) == (at, key)
        rest = fold(history, ADA, standing, facts[standing.count :], facts[-1].at)
        assert rest.standing.dump() == straight.standing.dump()
        assert rest.effects == straight.effects[len(straight.effects) - len(rest.effects) :]


def test_a_standing_stays_small_over_ten_years_of_daily_facts() -> None:
    facts = [
        Fact(
            f"act_{number}",
            f"key:{number:06}",
            START_AT + number * DAY // 3,
            ("post_created", "answer_accepted", "comment_created")[number % 3],
            ADA if number % 3 != 1 else f"mem_{number % 40}",
            ADA if number % 3 == 1 else None,
            "discourse",
            {},
            {"votes": 3},
            None,
        )
        for number in range(3 * 3650)
    ]
    outcome = whole([Era(0, FIRST, KUALA_LUMPUR)], facts, facts[-1].at)
    assert max(len(text) for _, _, _, text in outcome.checkpoints) < 8_000
    assert len(outcome.standing.dump()) < 8_000


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.datetimes()
names = st.sampled_from(
    [
        "rules",
        "badges",
        "tiers",
        "boards",
        "currencies",
        "key",
        "on",
        "earns",
        "when",
        "all",
        "any",
        "not",
        "field",
        "is",
        "has",
        "has_any",
        "one_of",
        "exists",
        "at_least",
        "limits",
        "times",
        "points",
        "per",
        "with",
        "gives",
        "base",
        "plus",
        "each",
        "at_most",
        "badge",
        "level",
        "levels",
        "reach",
        "keep",
        "needs",
        "earned",
        "tier",
        "stacks",
        "group",
        "by",
        "count",
        "every",
        "at",
        "streak",
        "days",
        "boost",
        "percent",
        "of",
        "examples",
        "given",
        "then",
        "member",
        "active",
        "from",
        "until",
        "dates",
        "weekdays",
        "undone_by",
        "tells",
        "name",
        "en",
        "benefits",
        "grace",
        "period",
        "currency",
        "budget",
        "weeks",
        "freezes",
        "most",
        "challenge",
        "steps",
        "within",
        "repeats",
        "diversity",
        "clock",
        "anniversary",
        "after",
        "conduct",
        "withdraws",
        "pauses",
        "takes",
        "hours",
        "before",
    ]
)
words = st.sampled_from(
    [
        "a",
        "b",
        "post_created",
        "answer_accepted",
        "data.votes",
        "object.tags",
        "member.tier",
        "member.attributes.x",
        "points",
        "day",
        "ever",
        "counterparty",
        "actor",
        "highest",
        "7d",
        "2026-12-01",
        "2026-12-01T00:00:00Z",
        "mon",
        "en",
        "breach_confirmed",
        "data.severity",
        "year",
        "all",
        "object.id",
        "20:00",
    ]
)
documents = st.recursive(
    leaves | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=5), inner, max_size=5),
    max_leaves=40,
)


def parsed_or_refused(document: object) -> Rulebook | RulebookRefused:
    """What comes of a document; anything else that is raised fails the test."""
    try:
        return parse(document, KINDS)
    except RulebookRefused as refused:
        return refused


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(documents)
@example({"rules": [{"key": "a", "on": []}]})
@example(
    {
        "tiers": {"levels": [{"key": "a", "reach": 0, "needs_badges": ["b"]}]},
        "badges": [{"key": "b", "needs": {"tier": "a"}}],
    }
)
def test_no_document_makes_parsing_raise_anything_but_a_refusal(document: object) -> None:
    parsed = parsed_or_refused(document)
    assert isinstance(parsed, Rulebook) or parsed.problems


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """The first document with one value in it replaced by anything, and where."""
    document = copy.deepcopy(FIRST_DOCUMENT)
    holder: Any = document
    place = ""
    while True:
        step = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        place += f"/{step}"
        if not isinstance(holder[step], (dict, list)) or not holder[step] or draw(st.integers(0, 3)) == 0:
            holder[step] = draw(documents)
            return document, place
        holder = holder[step]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled(), timelines(most=5))
def test_a_spoiled_document_is_refused_or_folds(spoiling: tuple[dict[str, Any], str], facts: list[Fact]) -> None:
    document, _place = spoiling
    parsed = parsed_or_refused(document)
    if isinstance(parsed, Rulebook):
        whole([Era(0, parsed, "UTC")], facts, facts[-1].at)
    else:
        assert parsed.problems


@given(documents | spoiled().map(lambda spoiling: spoiling[0]))
def test_a_rendered_rulebook_parses_to_itself(document: object) -> None:
    parsed = parsed_or_refused(document)
    rulebook = parsed if isinstance(parsed, Rulebook) else FIRST
    again = parse(render(rulebook), KINDS)
    assert render(again) == render(rulebook)
    assert [rule.key for rule in again.rules] == [rule.key for rule in rulebook.rules]
