"""Sentences: why, why not and what next, in both languages, and no more than the rule tells."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.ahead import progress
from rules_engine.answers import Answer, Answers
from rules_engine.explain import sentence
from rules_engine.fold import Era, fold
from rules_engine.standing import Standing
from rules_engine.words import TOLD
from tests.unit.rules_engine.builders import ADA, BEN, fact, rulebook, run

NAME = {"en": "Helpful answer", "ms": "Jawapan membantu"}


def said(language: str = "en", times: int = 1, data: dict[str, Any] | None = None, **rule: Any) -> str:
    """The sentence about the last of some posts."""
    book = rulebook({"name": NAME, **rule}, badges=[{"key": "medal", "name": {"en": "Medal", "ms": "Pingat"}}])
    outcome = run(book, *(fact(number, number, beneficiary=BEN, data=data or {}) for number in range(times)))
    return sentence(outcome.decisions[-1], book, language)


def test_languages_say_the_same_things() -> None:
    singular = {key for key in TOLD["en"] if key.endswith("_one")}  # Malay has none
    assert TOLD["en"].keys() - singular == TOLD["ms"].keys()


@pytest.mark.parametrize(
    ("language", "rule", "text"),
    [
        ("en", {"gives": [{"points": 5}, {"badge": "medal"}]}, "Helpful answer: +5 points, badge “Medal”."),
        ("ms", {"gives": [{"points": 5}, {"badge": "medal"}]}, "Jawapan membantu: +5 mata, lencana “Pingat”."),
        ("de", {"gives": {"points": 5}}, "Helpful answer: +5 points."),
        ("en", {"gives": {"points": 5}, "tells": "intent"}, "Helpful answer: +5 points."),
        ("en", {"gives": {"points": 5}, "tells": "private"}, "Community recognition +5 points."),
    ],
)
def test_what_was_given(language: str, rule: dict[str, Any], text: str) -> None:
    assert said(language, **rule) == text


LONG = {"when": {"all": [{"field": "data.length", "at_least": 40}]}}
TAGGED = {"when": {"field": "object.tags", "has_any": ["support", "help"]}}


@pytest.mark.parametrize(
    ("language", "tells", "rule", "text"),
    [
        ("en", "exact", LONG, "Helpful answer: not given, because length has to be at least 40, and here it is 7."),
        (
            "ms",
            "exact",
            LONG,
            "Jawapan membantu: tidak diberi, kerana panjang mesti sekurang-kurangnya 40, tetapi di sini 7.",
        ),
        ("en", "intent", LONG, "Helpful answer: not given, because it depends on “length”."),
        ("en", "private", LONG, "This activity brought nothing here."),
        (
            "en",
            "exact",
            TAGGED,
            "Helpful answer: not given, because tags has to include one of support, help, and here there is none.",
        ),
        (
            "en",
            "exact",
            {"when": {"not": LONG["when"]["all"][0] | {"at_least": 1}}},
            "Helpful answer: not given, because none of the ways to qualify applies, or an exclusion does.",
        ),
        (
            "en",
            "exact",
            {"active": {"from": "2026-12-01"}},
            "Helpful answer: not given, because it is not active at this time.",
        ),
    ],
)
def test_why_not(language: str, tells: str, rule: dict[str, Any], text: str) -> None:
    assert said(language, data={"length": 7}, tells=tells, **rule) == text


@pytest.mark.parametrize(
    ("tells", "rule", "text"),
    [
        (
            "exact",
            {"limits": [{"times": 2, "per": "week"}]},
            "Helpful answer: not given, because it counts at most 2 times a week.",
        ),
        (
            "intent",
            {"limits": [{"times": 2, "per": "week"}]},
            "Helpful answer: not given, because it has counted as often as it can for now.",
        ),
        (
            "exact",
            {"limits": [{"points": 2, "per": "ever"}]},
            "Helpful answer: not given, because it gives at most 2 points in all.",
        ),
        (
            "exact",
            {"limits": [{"points": 2, "per": "week", "with": "counterparty"}]},
            "Helpful answer: not given, because it gives at most 2 points a week between the same two people.",
        ),
        ("exact", {"count": {"every": 5}}, "Helpful answer: not given, because there are 2 more to go (3 of 5)."),
        ("intent", {"count": {"every": 5}}, "Helpful answer: not given, because there is some way to go yet."),
        ("exact", {"gives": {"badge": "medal"}}, "Helpful answer: not given, because the badge is held already."),
    ],
)
def test_why_not_the_third_time(tells: str, rule: dict[str, Any], text: str) -> None:
    assert said(times=3, tells=tells, **rule) == text


def test_what_a_condition_found_is_called_by_its_name() -> None:
    when = {"field": "member.tier", "is": "helper"}
    book = rulebook(
        {"name": NAME, "when": when},
        tiers={
            "levels": [
                {"key": "member", "name": {"en": "Member", "ms": "Ahli"}, "reach": 0},
                {"key": "helper", "name": {"en": "Helper", "ms": "Pembantu"}, "reach": 9},
            ]
        },
    )
    (refused,) = run(book, fact(0, 0)).decisions
    reason = "member's tier has to be Helper, and here it is Member"
    assert sentence(refused, book, "en") == f"Helpful answer: not given, because {reason}."


@pytest.mark.parametrize(
    ("budgets", "path", "reason"),
    [
        ([100], "/limits/0", "it gives everyone together at most 100 points a day, and those are given"),
        ([100, 300], "/limits", "what there is of it for everyone together is given for now"),
    ],
)
def test_of_several_budgets_none_is_blamed(budgets: list[int], path: str, reason: str) -> None:
    limits = [{"points": most, "per": per, "budget": True} for most, per in zip(budgets, ("day", "week"), strict=False)]
    book = rulebook({"name": NAME, "limits": limits})
    eras, facts = [Era(0, book, "UTC")], [fact(0, 0)]
    (ask,) = fold(eras, ADA, Standing.new(), facts, 0).asks
    told = Answers({(ask.rule, ask.occasion): Answer(False, ask.amounts())})
    (refused,) = fold(eras, ADA, Standing.new(), facts, 0, told).decisions
    assert (refused.code, refused.path) == ("budget_spent", path)
    assert sentence(refused, book, "en") == f"Helpful answer: not given, because {reason}."


def test_a_rival_that_is_private_is_not_named() -> None:
    stacks = {"stacks": {"group": "g", "by": "first"}}
    for tells, reason in [("exact", "“rule-0” counted instead"), ("private", "it does not apply")]:
        book = rulebook({"tells": tells, **stacks}, {"name": NAME, **stacks})
        loser = next(decision for decision in run(book, fact(0, 0)).decisions if decision.code == "outstacked")
        assert sentence(loser, book, "en") == f"Helpful answer: not given, because {reason}."


def test_corrections_and_redemptions_have_sentences_too() -> None:
    book = rulebook()
    adjusted = fact(0, 0, "points_adjusted", data={"points": 20, "currency": "points"})
    held = fact(1, 1, "redemption_held", data={"redemption": "r", "points": 5, "currency": "points"})
    sentences = [sentence(decision, book, "en") for decision in run(book, adjusted, held).decisions]
    assert sentences == ["Correction: +20 points.", "Redemption: -5 points."]


def test_the_last_one_of_a_count_is_said_in_the_singular() -> None:
    book = rulebook(
        {"key": "two", "name": {"en": "Two", "ms": "Dua"}, "count": {"every": 2}, "gives": {"points": 1}},
        {"key": "days", "name": {"en": "Days", "ms": "Hari"}, "streak": {"days": 2}, "gives": {"points": 1}},
        badges=[{"key": "near", "name": {"en": "Near", "ms": "Dekat"}, "needs": {"earned": {"points": 1}}}],
        tiers={"levels": [{"key": "member", "reach": 0}, {"key": "next", "name": {"en": "Next"}, "reach": 1}]},
    )
    found = run(book, fact(0, 0))
    sentences = {language: [step["sentence"] for step in progress(book, found.standing, language)] for language in TOLD}
    assert sentences == {
        "en": [
            "1 more post for “Two”.",
            "1 more day in a row for “Days”.",
            "1 more point for the badge “Near”.",
            "1 more point for Next.",
        ],
        "ms": [
            "1 lagi hantaran untuk “Dua”.",
            "1 hari lagi berturut-turut untuk “Hari”.",
            "1 mata lagi untuk lencana “Dekat”.",
            "1 mata lagi untuk Next.",
        ],
    }
    assert "because there is 1 more to go (1 of 2)" in sentence(found.decisions[0], book, "en")


def test_how_far_a_challenge_a_different_person_a_clock_and_a_forgiving_streak_are() -> None:
    book = rulebook(
        {
            "key": "start",
            "name": {"en": "Start", "ms": "Mula"},
            "on": None,
            "challenge": {
                "steps": [
                    {"key": "ask", "on": "question_asked"},
                    {"key": "write", "on": "post_created", "times": 3},
                    {"key": "meet", "on": "live_attended", "name": {"en": "Meet us", "ms": "Jumpa kami"}},
                    {"key": "done", "on": "post_created"},
                ]
            },
        },
        {"key": "people", "name": {"en": "People", "ms": "Orang"}, "diversity": {"of": "counterparty", "at": [2]}},
        {"key": "year", "name": {"en": "A year", "ms": "Setahun"}, "on": None, "clock": {"anniversary": "year"}},
        {
            "key": "days",
            "name": {"en": "Days", "ms": "Hari"},
            "streak": {"days": 2, "freezes": {"most": 1, "per": "week"}},
        },
        {"key": "vague", "name": {"en": "Vague"}, "tells": "intent", "diversity": {"of": "object.id", "at": [2]}},
    )
    standing = run(book, fact(0, "2026-11-02 09:00", beneficiary=BEN)).standing
    english = progress(book, standing, "en")
    assert english[0]["steps"] == [
        {"key": "ask", "have": 0, "need": 1},
        {"key": "write", "have": 1, "need": 3},
        {"key": "meet", "have": 0, "need": 1},
    ]
    assert [(step["rule"], step["have"], step["need"]) for step in english] == [
        ("start", 1, 4),
        ("people", 1, 2),
        ("year", None, None),
        ("days", 1, 2),
        ("vague", None, None),
    ]
    assert [step["sentence"] for step in english] == [
        "Still to do for “Start”: 1 more question, 2 more posts, Meet us (0 of 1).",
        "1 more different person for “People”.",
        "“A year” comes on 2 November 2027.",
        "1 more day in a row for “Days”. 1 day may still be missed this week.",
        "Keep meeting new things for “Vague”.",
    ]
    assert [step["sentence"] for step in progress(book, standing, "ms")][:4] == [
        "Yang belum selesai untuk “Mula”: 1 lagi soalan, 2 lagi hantaran, Jumpa kami (0 daripada 1).",
        "1 lagi orang yang berlainan untuk “Orang”.",
        "“Setahun” tiba pada 2 November 2027.",
        "1 hari lagi berturut-turut untuk “Hari”. 1 hari lagi boleh tertinggal minggu ini.",
    ]


def test_what_a_breach_brought_and_why_nothing_is_earned_after_it() -> None:
    book = rulebook(
        {"key": "post", "name": {"en": "Post", "ms": "Hantaran"}},
        {
            "key": "breach",
            "name": {"en": "Breach", "ms": "Pelanggaran"},
            "on": "breach_confirmed",
            "gives": None,
            "conduct": {"withdraws": {"points": 5}, "pauses": "1d", "takes": ["medal"]},
        },
        badges=[{"key": "medal", "name": {"en": "Medal", "ms": "Pingat"}}],
    )
    given_before = fact(0, 0, "badge_given", data={"badge": "medal"})
    decisions = run(book, given_before, fact(1, 1, "breach_confirmed"), fact(2, 2)).decisions[1:]
    assert [sentence(decision, book, "en") for decision in decisions] == [
        "Breach: -5 points, nothing is earned for 1 day, badge “Medal” is lost.",
        "Post: not given, because earning is paused after a breach of the guidelines.",
    ]
    assert [sentence(decision, book, "ms") for decision in decisions] == [
        "Pelanggaran: -5 mata, tiada apa-apa diperoleh selama 1 hari, lencana “Pingat” hilang.",
        "Hantaran: tidak diberi, kerana perolehan digantung selepas pelanggaran garis panduan.",
    ]


@pytest.mark.parametrize(
    ("rule", "times", "text"),
    [
        ({"count": {"at": [1]}}, 2, "it has given all that it can give"),
        ({"diversity": {"of": "object.id", "at": [2]}}, 1, "it says nothing that could be told apart"),
        ({"diversity": {"of": "platform", "at": [2]}}, 2, "this one has counted already"),
    ],
)
def test_why_a_rule_that_counts_gave_nothing(rule: dict[str, Any], times: int, text: str) -> None:
    assert said(times=times, **rule) == f"Helpful answer: not given, because {text}."


def test_what_comes_next() -> None:
    book = rulebook(
        {"key": "ten", "name": {"en": "Ten posts"}, "count": {"every": 10}},
        {"key": "week", "name": {"en": "A week"}, "streak": {"days": 7}},
        {"key": "once", "count": {"at": [1]}, "gives": {"points": 4}},
        {"key": "vague", "name": {"en": "Vague"}, "count": {"every": 10}, "tells": "intent"},
        {"key": "secret", "count": {"every": 10}, "tells": "private"},
        badges=[{"key": "regular", "needs": {"earned": {"points": 50}}}, {"key": "vetted", "name": {"en": "Vetted"}}],
        tiers={
            "levels": [
                {"key": "member", "reach": 0},
                {"key": "helper", "name": {"en": "Helper"}, "reach": 20, "needs_badges": ["vetted"]},
            ]
        },
    )
    standing = run(book, fact(0, 0), fact(1, 1)).standing
    assert progress(book, standing, "en") == [
        {"rule": "ten", "have": 2, "need": 10, "sentence": "8 more posts for “Ten posts”."},
        {"rule": "week", "have": 1, "need": 7, "sentence": "6 more days in a row for “A week”."},
        {"rule": "vague", "have": None, "need": None, "sentence": "Keep going with posts for “Vague”."},
        {"badge": "regular", "have": 4, "need": 50, "sentence": "46 more points for the badge “regular”."},
        {
            "tier": "helper",
            "have": 4,
            "need": 20,
            "sentence": "16 more points for Helper. Helper also needs badge “Vetted”.",
        },
    ]
