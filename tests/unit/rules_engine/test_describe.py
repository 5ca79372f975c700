"""Rules, badges and tiers in plain sentences, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from rules_engine import deeds, describe, parse, words
from rules_engine.fields import KINDS, Kind, heard
from rules_engine.rules import Rulebook

HELPED = {"key": "helped", "name": {"en": "Helped", "ms": "Membantu"}, "on": "answer_accepted", "earns": "beneficiary"}
BADGES = [{"key": "b", "name": {"en": "Lantern", "ms": "Pelita"}}]


def book(rule: dict[str, Any] | None = None, **parts: Any) -> Rulebook:
    rules = [HELPED | {"gives": {"points": 10}} | rule] if rule is not None else []
    return parse.parse({"rules": rules, "badges": BADGES} | parts, KINDS, "Asia/Kuala_Lumpur")


@pytest.mark.parametrize(
    ("rule", "en", "ms"),
    [
        (
            {},
            "Each time an answer of yours is accepted: 10 points.",
            "Setiap kali jawapan anda diterima: 10 mata.",
        ),
        (
            {"on": ["post_created", "comment_created"], "earns": "actor", "gives": [{"points": 2}, {"badge": "b"}]},
            "Each time you write a comment or you write a post: 2 points and the badge “Lantern”.",
            "Setiap kali anda menulis komen atau anda menulis hantaran: 2 mata dan lencana “Pelita”.",
        ),
        (
            {"limits": [{"times": 1, "per": "day"}, {"times": 3, "per": "week", "with": "counterparty"}]},
            (
                "Each time an answer of yours is accepted: 10 points."
                " At most once a day; at most 3 times a week with the same person."
            ),
            (
                "Setiap kali jawapan anda diterima: 10 mata."
                " Paling banyak sekali sehari; paling banyak 3 kali seminggu dengan orang yang sama."
            ),
        ),
        (
            {"limits": [{"points": 20, "per": "day", "with": "counterparty"}]},
            "Each time an answer of yours is accepted: 10 points. At most 20 points a day with the same person.",
            "Setiap kali jawapan anda diterima: 10 mata. Paling banyak 20 mata sehari dengan orang yang sama.",
        ),
        (
            {"limits": [{"points": 200, "per": "month", "budget": True}]},
            "Each time an answer of yours is accepted: 10 points. Everyone together at most 200 points a month.",
            "Setiap kali jawapan anda diterima: 10 mata. Semua orang bersama paling banyak 200 mata sebulan.",
        ),
        (
            {"gives": {"points": {"base": 10, "plus": {"per": "data.votes", "each": 2, "at_most": 20}}}},
            "Each time an answer of yours is accepted: 10 points, plus 2 for each of the votes (up to 20).",
            "Setiap kali jawapan anda diterima: 10 mata, tambah 2 bagi setiap undi (hingga 20).",
        ),
        (
            {"gives": {"points": 5, "matures_after": "3d", "expires_after": "365d"}},
            "Each time an answer of yours is accepted: 5 points (to be spent after 3 days) (for 365 days).",
            "Setiap kali jawapan anda diterima: 5 mata (boleh dibelanjakan selepas 3 hari) (selama 365 hari).",
        ),
        (
            {"count": {"every": 5}},
            "Every 5 times that an answer of yours is accepted: 10 points.",
            "Setiap 5 kali jawapan anda diterima: 10 mata.",
        ),
        (
            {"count": {"at": [1, 12, 23]}},
            "When an answer of yours is accepted for the 1st, 12th and 23rd time: 10 points.",
            "Apabila jawapan anda diterima kali ke-1, ke-12 dan ke-23: 10 mata.",
        ),
        (
            {"streak": {"days": 7}, "on": "post_created", "earns": "actor"},
            "7 days in a row on which you write a post: 10 points.",
            "7 hari berturut-turut anda menulis hantaran: 10 mata.",
        ),
        (
            {"streak": {"weeks": 4, "freezes": {"most": 1, "per": "month"}}, "on": "post_created", "earns": "actor"},
            "4 weeks in a row in which you write a post: 10 points. 1 week a month may be missed.",
            "4 minggu berturut-turut anda menulis hantaran: 10 mata. 1 minggu setiap bulan boleh tertinggal.",
        ),
        (
            {"diversity": {"of": "counterparty", "at": [5, 10], "per": "month"}},
            "When an answer of yours is accepted, the 5th and 10th different person in a month: 10 points.",
            "Apabila jawapan anda diterima, orang berlainan yang ke-5 dan ke-10 dalam sebulan: 10 mata.",
        ),
        (
            {"active": {"hours": {"from": "20:00", "until": "02:30"}}},
            "Each time an answer of yours is accepted: 10 points. Only from 20:00 to 02:30.",
            "Setiap kali jawapan anda diterima: 10 mata. Hanya dari 20:00 hingga 02:30.",
        ),
        (
            {"active": {"weekdays": ["sat", "sun"], "from": "2026-12-01", "until": "2027-01-01"}},
            (
                "Each time an answer of yours is accepted: 10 points."
                " Only on Saturdays and Sundays; from 1 December 2026; until 1 January 2027."
            ),
            (
                "Setiap kali jawapan anda diterima: 10 mata."
                " Hanya pada hari Sabtu dan Ahad; mulai 1 Disember 2026; sehingga 1 Januari 2027."
            ),
        ),
    ],
)
def test_a_rule_in_a_sentence(rule: dict[str, Any], en: str, ms: str) -> None:
    rulebook = book(rule)
    assert describe.rule(rulebook.rules[0], rulebook, "en") == en
    assert describe.rule(rulebook.rules[0], rulebook, "ms") == ms


@pytest.mark.parametrize(
    ("when", "en", "ms"),
    [
        ({"field": "data.votes", "at_least": 3}, "votes: at least 3", "undi: sekurang-kurangnya 3"),
        ({"field": "data.votes", "at_most": 3}, "votes: at most 3", "undi: selebih-lebihnya 3"),
        ({"field": "object.tags", "has": "x"}, "tags: “x”", "tag: “x”"),
        ({"field": "object.tags", "has_any": ["x", "y"]}, "tags: “x” or “y”", "tag: “x” atau “y”"),
        ({"field": "platform", "is_not": "app"}, "platform: not “app”", "platform: selain “app”"),
        ({"field": "counterparty.known", "is": True}, "the other person is a member", "pihak satu lagi ialah ahli"),
        ({"field": "data.votes", "exists": False}, "no votes", "tiada undi"),
        (
            {"not": {"field": "object.kind", "one_of": ["post", "note"]}},
            "not (kind of object: “post” or “note”)",
            "bukan (jenis objek: “post” atau “note”)",
        ),
        (
            {
                "all": [
                    {"field": "data.votes", "at_least": 1},
                    {"any": [{"field": "platform", "is": "a"}, {"field": "platform", "is": "b"}]},
                ]
            },
            "votes: at least 1 and (platform: “a” or platform: “b”)",
            "undi: sekurang-kurangnya 1 dan (platform: “a” atau platform: “b”)",
        ),
    ],
)
def test_a_condition_in_words(when: dict[str, Any], en: str, ms: str) -> None:
    rulebook = book({"when": when})
    assert f"accepted ({en}): 10" in str(describe.rule(rulebook.rules[0], rulebook, "en"))
    assert f"diterima ({ms}): 10" in str(describe.rule(rulebook.rules[0], rulebook, "ms"))


@pytest.mark.parametrize(
    ("rule", "en", "ms"),
    [
        (
            {
                "challenge": {
                    "steps": [
                        {"key": "a", "on": "question_asked"},
                        {"key": "b", "on": ["post_created", "comment_created"], "times": 3},
                        {"key": "c", "on": "live_attended", "name": {"en": "Meet us", "ms": "Jumpa kami"}},
                    ],
                    "within": "30d",
                },
                "gives": {"points": 10},
            },
            "1 question, 3 comments or posts and “Meet us” within 30 days: 10 points.",
            "1 soalan, 3 komen atau hantaran dan “Jumpa kami” dalam 30 hari: 10 mata.",
        ),
        (
            {"challenge": {"steps": [{"key": "a", "on": "post_created"}], "repeats": True}, "gives": {"points": 10}},
            "1 post: 10 points. Again and again.",
            "1 hantaran: 10 mata. Berulang kali.",
        ),
        (
            {
                "clock": {"anniversary": "year"},
                "gives": {"badge": "b"},
                "when": {"field": "member.tier", "exists": True},
            },
            "Every year on the day of your first activity (member's tier): the badge “Lantern”.",
            "Setiap tahun pada tarikh aktiviti pertama anda (tahap ahli): lencana “Pelita”.",
        ),
        (
            {"clock": {"anniversary": "month"}, "gives": {"points": 1}},
            "Every month on the day of your first activity: 1 points.",
            "Setiap bulan pada tarikh aktiviti pertama anda: 1 mata.",
        ),
        (
            {"clock": {"after": "7d"}, "gives": {"points": 5}},
            "7 days after your first activity: 5 points.",
            "7 hari selepas aktiviti pertama anda: 5 mata.",
        ),
        (
            {
                "on": "breach_confirmed",
                "when": {"field": "data.severity", "is": "grave"},
                "conduct": {"withdraws": {"points": 50}, "pauses": "7d", "takes": ["b"]},
            },
            (
                "When it is confirmed that you broke a guideline (severity: “grave”): 50 points are withdrawn,"
                " nothing is earned for 7 days and the badge “Lantern” is lost."
            ),
            (
                "Apabila disahkan bahawa anda melanggar garis panduan (tahap kesalahan: “grave”):"
                " 50 mata ditarik balik, tiada apa-apa diperoleh selama 7 hari dan lencana “Pelita” hilang."
            ),
        ),
        (
            {"on": "post_created", "boost": {"percent": 200, "of": "all"}},
            "When you write a post: 200 % of the usual points for everything.",
            "Apabila anda menulis hantaran: 200 % daripada mata biasa bagi semuanya.",
        ),
    ],
)
def test_a_rule_of_another_form_in_a_sentence(rule: dict[str, Any], en: str, ms: str) -> None:
    rulebook = book(rules=[{"key": "a", **rule}])
    assert describe.rule(rulebook.rules[0], rulebook, "en") == en
    assert describe.rule(rulebook.rules[0], rulebook, "ms") == ms


def test_a_boost_names_what_it_boosts() -> None:
    boost = {
        "key": "double",
        "on": "answer_accepted",
        "earns": "beneficiary",
        "boost": {"percent": 200, "of": ["helped"]},
    }
    rulebook = book(rules=[HELPED | {"gives": {"points": 10}}, boost])
    found = describe.rule(rulebook.rules[1], rulebook, "en")
    assert found == "When an answer of yours is accepted: 200 % of the usual points for “Helped”."


def test_a_rule_that_tells_its_intent_says_no_number_but_what_it_gives() -> None:
    when = {"field": "data.votes", "at_least": 3}
    rulebook = book({"tells": "intent", "when": when, "limits": [{"times": 5, "per": "day"}]})
    said = describe.rule(rulebook.rules[0], rulebook, "en")
    assert said == "Each time an answer of yours is accepted: 10 points. What counts depends on votes."


@pytest.mark.parametrize(
    ("rule", "en", "ms"),
    [
        (
            {"count": {"every": 5}},
            "When an answer of yours is accepted again and again: 10 points.",
            "Apabila jawapan anda diterima berulang kali: 10 mata.",
        ),
        (
            {"count": {"at": [3, 7]}},
            "When an answer of yours is accepted often enough: 10 points.",
            "Apabila jawapan anda diterima cukup kerap: 10 mata.",
        ),
        (
            {"streak": {"days": 7}},
            "Day after day on which an answer of yours is accepted: 10 points.",
            "Hari demi hari jawapan anda diterima: 10 mata.",
        ),
        (
            {"streak": {"weeks": 4}},
            "Week after week in which an answer of yours is accepted: 10 points.",
            "Minggu demi minggu jawapan anda diterima: 10 mata.",
        ),
        (
            {
                "on": None,
                "challenge": {
                    "steps": [
                        {"key": "ask", "on": "question_asked"},
                        {"key": "write", "on": "post_created", "times": 3},
                    ],
                    "within": "9d",
                },
            },
            "Questions and posts: 10 points.",
            "Soalan dan hantaran: 10 mata.",
        ),
        (
            {"diversity": {"of": "counterparty", "at": [5], "per": "month"}},
            "When an answer of yours is accepted, with enough different people: 10 points.",
            "Apabila jawapan anda diterima, dengan cukup banyak orang yang berlainan: 10 mata.",
        ),
        (
            {"on": None, "earns": None, "clock": {"after": "8d"}},
            "Some time after your first activity: 10 points.",
            "Beberapa lama selepas aktiviti pertama anda: 10 mata.",
        ),
    ],
)
def test_nor_does_a_rule_that_counts_say_how_far_it_counts(rule: dict[str, Any], en: str, ms: str) -> None:
    said = {name: part for name, part in {**HELPED, **rule}.items() if part is not None}
    rulebook = book(rules=[{**said, "tells": "intent", "gives": {"points": 10}}])
    assert describe.rule(rulebook.rules[0], rulebook, "en") == en
    assert describe.rule(rulebook.rules[0], rulebook, "ms") == ms


def test_a_private_rule_is_not_told_and_no_other_names_it() -> None:
    rulebook = book({"tells": "private", "gives": [{"points": 1}, {"badge": "b"}]})
    assert describe.rule(rulebook.rules[0], rulebook, "en") is None
    assert describe.badge(rulebook.badges["b"], rulebook, "en") == "A surprise: it finds you."


def test_how_a_badge_is_won() -> None:
    assert describe.badge(book().badges["b"], book(), "en") == "Given by the people who run the community."
    given = book({"gives": {"badge": "b"}})
    assert describe.badge(given.badges["b"], given, "ms") == "Untuk “Membantu”."
    needs = {"key": "c", "needs": {"earned": {"points": 50}, "badges": ["b"], "tier": "up"}}
    levels = [{"key": "up", "name": {"en": "Helper"}, "reach": 5}]
    needing = book(badges=[*BADGES, needs], tiers={"levels": levels})
    said = describe.badge(needing.badges["c"], needing, "en")
    assert said == "Comes with 50 points earned, the badge “Lantern” and the tier “Helper”."


def test_what_a_tier_asks() -> None:
    levels = [{"key": "a", "reach": 0}, {"key": "b", "reach": 80, "keep": 60, "needs_badges": ["b"]}]
    rulebook = book(tiers={"period": "quarter", "levels": levels})
    assert rulebook.tiers is not None
    first, second = rulebook.tiers.levels
    assert describe.tier(first, rulebook, "en") == "From the first day."
    assert describe.tier(second, rulebook, "en") == (
        "80 points in a quarter, and 60 to stay. Also needs the badge “Lantern”."
    )
    assert describe.tier(second, rulebook, "ms").startswith("80 mata dalam satu suku tahun, dan 60 untuk kekal.")


def test_both_languages_say_the_same_things() -> None:
    singular = {key for key in words.DESCRIBED["en"] if key.endswith("_one")}  # Malay has none
    assert words.DESCRIBED["en"].keys() - singular == words.DESCRIBED["ms"].keys()
    for kind in heard(KINDS).values():
        for acting in (True, False):
            assert "happens" not in deeds.clause(kind, acting, "en"), kind.key
            assert "berlaku" not in deeds.clause(kind, acting, "ms"), kind.key


def test_a_declared_kind_is_spoken_of_by_its_name() -> None:
    kind = Kind("workshop_held", {"en": "Workshop held"}, {})
    assert deeds.clause(kind, True, "en") == "“Workshop held” happens"
    assert deeds.clause(kind, True, "ms") == "“Workshop held” berlaku"


def test_every_shared_kind_can_be_counted_in_both_languages() -> None:
    for kind in heard(KINDS).values():
        one, more = (deeds.counted(kind, number, "en") for number in (1, 5))
        assert one != more, kind.key
        assert "“" not in more + deeds.counted(kind, 5, "ms"), kind.key
    assert deeds.counted(KINDS["gathering_attended"], 5, "en") == "gatherings"
    assert deeds.counted(KINDS["gathering_attended"], 5, "ms") == "perhimpunan"


def test_a_declared_kind_is_counted_by_its_name() -> None:
    assert deeds.counted(Kind("tea", {"en": "Tea poured", "ms": "Teh dituang"}, {}), 1, "ms") == "“Teh dituang”"
