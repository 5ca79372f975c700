"""Sentences: why, why not and what next, in both languages, and no more than the rule tells."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine.explain import TEXTS, progress, sentence
from tests.unit.rules_engine.builders import fact, rulebook, run

NAME = {"en": "Helpful answer", "ms": "Jawapan membantu"}


def said(language: str = "en", times: int = 1, data: dict[str, Any] | None = None, **rule: Any) -> str:
    """The sentence about the last of some posts."""
    book = rulebook({"name": NAME, **rule}, badges=[{"key": "medal", "name": {"en": "Medal", "ms": "Pingat"}}])
    outcome = run(book, *(fact(number, number, data=data or {}) for number in range(times)))
    return sentence(outcome.decisions[-1], book, language)


def test_languages_say_the_same_things() -> None:
    assert TEXTS["en"].keys() == TEXTS["ms"].keys()


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
        ("exact", {"count": {"every": 5}}, "Helpful answer: not given, because there are 2 more to go (3 of 5)."),
        ("intent", {"count": {"every": 5}}, "Helpful answer: not given, because there is some way to go yet."),
        ("exact", {"gives": {"badge": "medal"}}, "Helpful answer: not given, because the badge is held already."),
    ],
)
def test_why_not_the_third_time(tells: str, rule: dict[str, Any], text: str) -> None:
    assert said(times=3, tells=tells, **rule) == text


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
        {"rule": "ten", "have": 2, "need": 10, "sentence": "8 more of Post created for “Ten posts”."},
        {"rule": "week", "have": 1, "need": 7, "sentence": "6 more days in a row for “A week”."},
        {"rule": "vague", "have": None, "need": None, "sentence": "Keep going with Post created for “Vague”."},
        {"badge": "regular", "have": 4, "need": 50, "sentence": "46 more points for the badge “regular”."},
        {
            "tier": "helper",
            "have": 4,
            "need": 20,
            "sentence": "16 more points for Helper. Helper also needs badge “Vetted”.",
        },
    ]
