"""A back-test counts what two folds come to, member by member, and says the same however a community is cut."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_engine.answers import Answer, Answers
from rules_engine.backtest import Backtest, BoardWindow, Tally, try_on
from rules_engine.backtest_report import compare, report
from rules_engine.days import DAY
from rules_engine.effects import GIVEN
from rules_engine.facts import BREACH_CONFIRMED, ROLE_GIVEN, Fact
from rules_engine.fold import Era, fold
from rules_engine.rules import Rulebook
from rules_engine.standing import Standing
from tests.unit.rules_engine.builders import at, rulebook

END = at("2026-11-22T12:00")
EVER = BoardWindow("points", "all", "all", None, 0, 1 << 62)
MONTH = BoardWindow("points", "month", "2026-11", None, 0, 0)
PLAIN = rulebook({"key": "post"})
PEOPLE = [f"mem_{number:02}" for number in range(30)]


def tried(before: Rulebook, after: Rulebook, since: int = 0, **boards: BoardWindow) -> Backtest:
    """One rulebook for ever, and another from an instant on."""
    was = [Era(0, before, "UTC")]
    return Backtest(
        was,
        [Era(0, after, "UTC")] if not since else [*was, Era(since, after, "UTC")],
        since,
        END,
        {key: (window, window) for key, window in boards.items()},
    )


def posts(member: str, *days_ago: int, kind: str = "post_created") -> list[Fact]:
    """What the member posted, so many days before the end."""
    return sorted(
        (
            Fact(f"act_{member}_{n}", f"{member}:{n:03}", END - ago * DAY, kind, member, None, "app", {}, {}, None)
            for n, ago in enumerate(days_ago)
        ),
        key=lambda fact: (fact.at, fact.key),
    )


def told(backtest: Backtest, *members: list[Fact], ranks: bool = True) -> dict[str, Any]:
    tally = Tally()
    for facts in members:
        try_on(backtest, tally, str(facts[-1].actor), facts, (Answers(), Answers()), ranks)
    return report(backtest, tally)


def row(rows: list[dict[str, Any]], **named: str) -> dict[str, Any]:
    (found,) = (one for one in rows if named.items() <= one.items())
    return found


def test_a_rule_says_how_often_to_how_many_and_how_many_points() -> None:
    more = rulebook({"key": "post", "gives": {"points": 3}}, {"key": "never", "on": "video_posted"})
    found = told(tried(PLAIN, more), posts("ada", 1, 2), posts("ben", 3))

    post = row(found["rules"], rule="post")
    assert post["before"] == {"times": 3, "members": 2, "points": {"points": 3}}
    assert post["after"] == {"times": 3, "members": 2, "points": {"points": 9}}
    assert post["difference"] == {"times": 0, "members": 0, "points": {"points": 6}}
    never = row(found["rules"], rule="never")
    assert never["after"] == {"times": 0, "members": 0, "points": {}}


def test_a_rule_that_gives_a_badge_alone_and_a_boost_are_counted_too() -> None:
    after = rulebook(
        {"key": "post"},
        {"key": "writer", "gives": {"badge": "writer"}},
        {"key": "double", "boost": {"of": ["post"], "percent": 200}},
        badges=[{"key": "writer"}],
    )
    found = told(tried(PLAIN, after), posts("ada", 1, 2))

    assert row(found["rules"], rule="writer")["after"]["times"] == 1
    assert row(found["rules"], rule="double")["after"]["times"] == 2
    assert row(found["rules"], rule="post")["after"]["points"] == {"points": 4}
    assert found["badges"] == [
        {"badge": "writer", "before": 0, "after": 1, "won": 1, "lost": 0, "raised": 0, "lowered": 0}
    ]


def test_how_often_rules_gave_is_how_often_they_said_so() -> None:
    book = rulebook(
        {"key": "post", "limits": [{"times": 2, "per": "day"}]},
        {"key": "double", "boost": {"of": ["post"], "percent": 200}},
        {"key": "third", "count": {"every": 3}, "gives": {"badge": "third"}},
        {"key": "grave", "on": "breach_confirmed", "conduct": {"withdraws": {"points": 2}}, "gives": None},
        badges=[{"key": "third"}],
    )
    breach = Fact("act_breach", "breach", END - DAY, "breach_confirmed", "ada", None, "app", {}, {}, None)
    facts = sorted([*posts("ada", 4, 4, 4, 3, 2, 1), breach], key=lambda fact: (fact.at, fact.key))

    outcome = fold([Era(0, book, "UTC")], "ada", Standing.new(), facts, END)

    assert outcome.times == Counter(one.rule for one in outcome.decisions if one.outcome == GIVEN)
    assert outcome.times == {"post": 5, "double": 5, "third": 1, "grave": 1}
    report_of = told(tried(PLAIN, book), facts)
    assert row(report_of["rules"], rule="grave")["after"]["points"] == {"points": -2}


def test_who_gains_and_who_loses_most_stands_first() -> None:
    after = rulebook({"key": "post", "limits": [{"times": 1, "per": "ever"}], "gives": {"points": 3}})
    found = told(
        tried(PLAIN, after), posts("ada", 1, 2), posts("ben", 1), posts("eve", *range(9)), posts("fay", *range(5))
    )

    (moved,) = found["points"]
    assert [(one["member"], one["before"], one["after"]) for one in moved["gained"]["most"]] == [
        ("ben", 1, 3),
        ("ada", 2, 3),
    ]
    assert [one["member"] for one in moved["lost"]["most"]] == ["eve", "fay"]
    assert (moved["lost"]["members"], moved["lost"]["points"]) == (2, 6 + 2)


def test_nothing_before_the_instant_is_another_and_nothing_after_the_end_occurs() -> None:
    more = rulebook({"key": "post", "gives": {"points": 10}})
    late = posts("ada", 9, 2, -1)
    found = told(tried(PLAIN, more, END - 5 * DAY), late)

    assert row(found["rules"], rule="post")["before"]["times"] == 1
    (moved,) = found["points"]
    assert (moved["gained"]["most"][0]["before"], moved["gained"]["most"][0]["after"]) == (2, 11)


@pytest.mark.parametrize("since", [0, END - 40 * DAY, END - 7 * DAY])
def test_each_side_ends_where_one_fold_over_everything_ends(since: int) -> None:
    streak = rulebook(
        {"key": "post", "gives": {"points": 4, "expires_after": "10d"}},
        {"key": "steady", "streak": {"days": 3}, "gives": {"points": 9}},
    )
    backtest = tried(PLAIN, streak, since)
    facts = posts("ada", *range(60))
    ends = [
        fold(eras, "ada", Standing.new(), facts, END).standing.available("points", END)
        for eras in (backtest.before, backtest.after)
    ]

    (owed,) = told(backtest, facts)["liability"]

    assert [owed[side]["available"] for side in ("before", "after")] == ends


def test_boards_say_who_comes_up_and_who_moves_most() -> None:
    videos = rulebook({"key": "post"}, {"key": "video", "on": "video_posted", "gives": {"points": 50}})
    people = [posts(member, *range(number + 1)) for number, member in enumerate(PEOPLE)]
    people[0] = posts(PEOPLE[0], 1, kind="video_posted")
    found = told(tried(PLAIN, videos, ever=EVER), *people)

    (board,) = found["boards"]
    assert board["top"] == [{"places": 10, "changed": 1}, {"places": 100, "changed": 1}]
    assert board["moves"][0] == {"member": PEOPLE[0], "before": None, "after": 1}
    assert board["moves"][1] == {"member": PEOPLE[1], "before": 29, "after": 30}


def test_a_season_counts_what_was_earned_in_it_on_both_sides_of_the_instant() -> None:
    season = BoardWindow("points", "season", "autumn", None, END - 10 * DAY, END)
    more = rulebook({"key": "post", "gives": {"points": 5}})
    backtest = tried(PLAIN, more, END - 4 * DAY, autumn=season)
    tally = Tally()
    try_on(backtest, tally, "ada", posts("ada", 11, 8, 2), (Answers(), Answers()), True)

    assert tally.sums["boards"]["autumn"] == {"before": {"2": 1}, "after": {"6": 1}}


def test_what_is_kept_wins_no_place_in_a_season() -> None:
    season = BoardWindow("points", "season", "autumn", None, 0, END + DAY)
    generous = rulebook({"key": "post", "gives": {"points": 3}})
    trial = tried(generous, PLAIN, autumn=season)._replace(
        after=[Era(0, PLAIN, "UTC", frozenset({"pub"}))], nobody_loses="pub"
    )
    tally = Tally()
    try_on(trial, tally, "ada", posts("ada", 1, 2), (Answers(), Answers()), True)

    assert tally.sums["boards"]["autumn"] == {"before": {"6": 1}, "after": {"2": 1}}


def test_who_does_not_rank_is_on_no_board() -> None:
    found = told(tried(PLAIN, PLAIN, ever=EVER), posts("ada", 1), ranks=False)
    assert found["boards"][0]["moves"] == []


def test_concentration_is_told_of_those_who_took_part_without_staff() -> None:
    staff = posts("root", 1, 2, 3)
    staff.insert(0, Fact("act_role", "role", 0, ROLE_GIVEN, "root", None, "setia", {}, {"role": "staff"}, None))
    found = told(tried(PLAIN, PLAIN), posts("ada", 1, 2, 3), posts("ben", 1), staff)

    assert (found["members"], found["participants"]) == (3, 2)
    assert row(found["concentration"], currency="points")["before"] == {"top_percent": 0.75, "gini": 0.25}


def test_newcomers_are_those_of_the_last_thirty_days_and_count_when_they_get_anything() -> None:
    videos = rulebook({"key": "post"}, {"key": "video", "on": "video_posted"})
    found = told(
        tried(PLAIN, videos),
        posts("ada", 29),
        posts("ben", 2, kind="video_posted"),
        posts("eve", 31, 1),
    )["newcomers"]

    assert found["members"] == 2
    assert found["before"] == {"members": 1, "share": 0.5}
    assert found["after"] == {"members": 2, "share": 1.0}


def test_what_was_taken_back_made_nobody_a_participant_nor_less_of_a_newcomer() -> None:
    undone = [one._replace(undone_by="author") for one in posts("ada", 40)]
    breach = posts("ben", 3)[0]._replace(kind=BREACH_CONFIRMED)
    found = told(tried(PLAIN, PLAIN), undone, [*undone, *posts("eve", 2)], [breach])

    assert (found["members"], found["participants"]) == (3, 1)
    assert found["newcomers"]["members"] == 1


def test_what_budgets_refuse_is_told_by_window() -> None:
    capped = rulebook({"key": "post", "limits": [{"points": 2, "per": "month", "budget": True}]})
    backtest = tried(PLAIN, capped)
    facts = posts("ada", 1, 2, 3)
    asks = fold(backtest.after, "ada", Standing.new(), facts, END).asks
    last = asks[-1]
    refused = Answer(False, {(part.slot, part.label): part.amount for part in last.parts})
    tally = Tally()
    try_on(backtest, tally, "ada", facts, (Answers(), Answers({(last.rule, last.occasion): refused})), True)

    (budget,) = report(backtest, tally)["budgets"]
    assert (budget["window"], budget["after"]) == ("2026-11", {"asked": 3, "granted": 2, "refused": 1})
    assert budget["before"] == {"asked": 0, "granted": 0, "refused": 0}


def test_a_fact_about_two_members_is_one_fact_and_the_last_one_is_named() -> None:
    thanked = [one._replace(beneficiary="ben") for one in posts("ada", 3, 1)]
    tally = Tally()
    for member in ("ada", "ben"):
        try_on(tried(PLAIN, PLAIN), tally, member, thanked, (Answers(), Answers()), True)
    found = report(tried(PLAIN, PLAIN), tally)

    assert found["facts"] == 2
    assert found["read_through"] == {"activity": thanked[-1].id, "at": END - DAY}


def test_where_nobody_is_to_lose_what_they_keep_is_a_row_of_its_own() -> None:
    generous = rulebook({"key": "post", "gives": {"points": 3}})
    trial = tried(generous, PLAIN)._replace(after=[Era(0, PLAIN, "UTC", frozenset({"pub"}))], nobody_loses="pub")
    found = told(trial, posts("ada", 1, 2), posts("ben", 3))

    assert row(found["rules"], rule="post")["after"]["points"] == {"points": 3}
    assert row(found["rules"], rule="kept")["after"] == {"times": 2, "members": 2, "points": {"points": 6}}
    assert found["points"] == []
    assert row(found["liability"], currency="points")["difference"]["outstanding"] == 0


def _community(seed: int) -> list[list[Fact]]:
    chance = random.Random(seed)
    kinds = ("post_created", "video_posted")
    return [
        posts(member, *(chance.randrange(90) for _ in range(chance.randrange(1, 12))), kind=chance.choice(kinds))
        for member in PEOPLE
    ]


@given(st.integers(0, 1_000), st.lists(st.integers(0, 4), min_size=len(PEOPLE), max_size=len(PEOPLE)), st.booleans())
@settings(deadline=None, max_examples=40)
def test_however_a_community_is_cut_the_report_is_the_same(seed: int, cut: Sequence[int], stored: bool) -> None:
    after = rulebook(
        {"key": "post", "gives": {"points": 3, "expires_after": "9d"}},
        {"key": "video", "on": "video_posted", "gives": [{"points": 2, "matures_after": "9d"}, {"badge": "seen"}]},
        badges=[{"key": "seen"}],
        tiers={
            "currency": "points",
            "period": "ever",
            "levels": [{"key": "low", "reach": 0}, {"key": "high", "reach": 9}],
        },
    )
    backtest = tried(PLAIN, after, END - 60 * DAY, ever=EVER, month=MONTH)
    people = _community(seed)
    parts = [Tally() for _ in range(5)]
    for part, facts in zip(cut, people, strict=True):
        try_on(backtest, parts[part], str(facts[0].actor), facts, (Answers(), Answers()), True)
    merged = Tally()
    for one in reversed(parts):
        merged.merge(Tally.load(one.dump()) if stored else one)

    assert report(backtest, merged) == told(backtest, *people)


def test_the_foremost_are_those_of_all_and_no_more_than_are_told() -> None:
    more = rulebook({"key": "post", "gives": {"points": 2}})
    people = [posts(f"mem_{number:03}", *range(number % 50 + 1)) for number in range(300)]
    found = told(tried(PLAIN, more, ever=EVER), *people)

    (moved,) = found["points"]
    assert moved["gained"]["members"] == 300
    assert [one["before"] for one in moved["gained"]["most"]] == [50] * 6 + [49] * 6 + [48] * 6 + [47] * 2
    assert found["boards"][0]["moves"] == [], "twice as much for everyone moves nobody"


def test_two_reports_are_compared_by_what_each_says_would_be() -> None:
    people = posts("ada", 1, 2), posts("ben", 3)
    two, three = (rulebook({"key": "post", "gives": {"points": points}}) for points in (2, 3))
    other = rulebook({"key": "video", "on": "post_created", "gives": [{"badge": "seen"}]}, badges=[{"key": "seen"}])
    ones, others = told(tried(PLAIN, two), *people), told(tried(PLAIN, three), *people)

    found = compare(ones, others, same_start=True)

    assert found["same_facts"]
    assert row(found["rules"], rule="post")["before"]["points"] == {"points": 6}
    assert row(found["rules"], rule="post")["difference"]["points"] == {"points": 3}
    found = compare(ones, told(tried(PLAIN, other), *people, posts("eve", 4)), same_start=True)
    assert not found["same_facts"]
    assert row(found["rules"], rule="video")["before"] == {"times": 0, "members": 0, "points": {}}
    assert row(found["badges"], badge="seen")["difference"] == {"members": 3}
    assert row(found["liability"], currency="points")["after"]["outstanding"] == 0
