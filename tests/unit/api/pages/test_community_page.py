"""A community's page: what it says, to whom, and of whom it keeps silent."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from sqlalchemy import event

from loyalty import rankings
from loyalty.db import db
from tests.draining import drain_all
from tests.http import RULEBOOK, World, instant
from tests.unit.api.pages.reader import Reader, words

COMMUNITY = {"name": "Garden", "zone": "Asia/Kuala_Lumpur", "purpose": "To grow together", "guidelines": "Be kind."}
WEEK = {"key": "week", "name": {"en": "This week", "ms": "Minggu ini"}, "period": "week"}


def furnish(world: World, **changes: Any) -> None:
    """A community with a profile and a rulebook in force."""
    world.publish(RULEBOOK | {"boards": [WEEK]})
    assert world.put("/v1/community", COMMUNITY | changes).status_code == 200


def test_the_page_says_who_we_are_and_what_is_worth_what(world: World, reader: Reader) -> None:
    furnish(world)
    said = reader.read("/")
    assert "Garden To grow together" in said
    assert "Each time an answer of yours is accepted: 10 points and the badge “First helper”." in said
    assert "At most 5 times a day." in said
    assert "First helper For “Helpful answer”." in said
    assert "Helper 20 points in all." in said
    assert "Be kind." in said


def test_it_speaks_malay_to_who_asks_for_it(world: World, reader: Reader) -> None:
    furnish(world)
    answer = reader.get("/", "ms-MY,ms;q=0.9,en;q=0.5")
    assert answer.headers["Content-Language"] == "ms"
    assert "Setiap kali jawapan anda diterima: 10 mata dan lencana “Pembantu pertama”." in words(answer)
    assert "What just happened" not in words(answer)


def test_a_community_that_speaks_of_itself_in_each_language_is_read_in_one(world: World, reader: Reader) -> None:
    furnish(world, purpose={"en": "To grow together", "ms": "Membesar bersama"})
    assert "Membesar bersama" in words(reader.get("/", "ms"))
    assert "To grow together" not in words(reader.get("/", "ms"))
    assert "To grow together" in words(reader.get("/", "en"))


def test_who_asks_for_no_language_of_ours_hears_the_communitys_first(world: World, reader: Reader) -> None:
    furnish(world, languages=["ms", "en"])
    assert reader.get("/", "fr").headers["Content-Language"] == "ms"
    assert reader.get("/", "en").headers["Content-Language"] == "en"


def test_a_choice_of_language_and_colours_is_kept(world: World, reader: Reader) -> None:
    furnish(world)
    answer = reader.post("/choices", data={"language": "ms", "theme": "dark", "back": "/c/garden"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/c/garden")
    page = reader.get("/c/garden", "en").get_data(as_text=True)
    assert '<html lang="ms" data-theme="dark">' in page


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=y", ""]
)
def test_a_choice_leads_nowhere_else(world: World, reader: Reader, back: str) -> None:
    answer = reader.post("/choices", data={"theme": "dark", "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_the_weeks_board_and_what_just_happened_show_who_shows_themselves(world: World, reader: Reader) -> None:
    furnish(world)
    for name, times in (("ada", 3), ("ben", 2), ("cleo", 1)):
        world.earn(world.enrol(name), times)
    world.put("/v1/members/ben/preferences", {"pseudonym": "Bunga"})
    world.put("/v1/members/cleo/preferences", {"on_boards": False})
    said = reader.read("/")
    assert "Ada 30 points" in said
    assert "Bunga 20 points" in said
    assert "Ada came to 30 points this week" in said
    assert "Ada is now Helper" in said
    assert "Bunga won “First helper”" in said
    assert "Ben" not in said
    assert "Cleo" not in said


def test_what_a_platforms_clock_has_ahead_just_happened(world: World, reader: Reader) -> None:
    furnish(world)
    said = world.answered(world.enrol("ada"), occurred_at=instant(120))
    assert world.post("/v1/activities", said, key="ingest").status_code == 201
    assert "Ada came to 10 points this week 1 second ago" in reader.read("/")


def test_who_came_without_a_name_is_called_kindly_in_the_readers_language(world: World, reader: Reader) -> None:
    furnish(world)
    world.earn("chat::1", 2)
    mark = world.get("/v1/members/chat::1").get_json()["id"][-4:].upper()
    assert f"Member {mark} 20 points" in reader.read("/")
    assert f"Member {mark} won “First helper”" in reader.read("/")
    assert f"Ahli {mark}" in reader.read("/", "ms")


def test_staff_who_work_here_are_not_told_of(world: World, reader: Reader) -> None:
    furnish(world)
    world.earn(world.enrol("ada"), 2)
    world.put("/v1/members/ada", {"role": "staff"})
    assert "Ada" not in reader.read("/")


def test_what_was_taken_back_did_not_happen(world: World, reader: Reader) -> None:
    furnish(world)
    said = world.post("/v1/activities", world.answered(world.enrol("ada")), key="ingest").get_json()
    assert "Ada won" in reader.read("/")
    world.post(f"/v1/activities/{said['activity']['id']}/retract", {"by": "moderator", "reason": "spam"})
    assert "Ada won" not in reader.read("/")


def test_a_private_rule_is_not_told_and_its_badge_is_a_surprise(world: World, reader: Reader) -> None:
    rules = [{**RULEBOOK["rules"][0], "tells": "private"}]  # type: ignore[dict-item]  # a document is loosely typed
    world.publish({"rules": rules, "badges": RULEBOOK["badges"]})
    said = reader.read("/")
    assert "Helpful answer" not in said
    assert "First helper A surprise: it finds you." in said


def test_an_empty_community_has_words_for_everything_that_is_missing(world: World, reader: Reader) -> None:
    said = reader.read("/")
    for missing in (
        "Nobody has points here yet.",
        "It is quiet so far.",
        "There are no tiers here",
        "No badges",
        "empty",
    ):
        assert missing in said


def test_names_are_text_whatever_is_in_them(world: World, reader: Reader) -> None:
    hostile = '<script>alert("1")</script>'
    furnish(world, name=hostile, purpose=hostile, guidelines=hostile)
    world.publish(RULEBOOK | {"badges": [{"key": "first-helper", "name": {"en": hostile}}]})
    member = world.enrol("ada")
    world.put("/v1/members/ada", {"name": hostile})
    world.earn(member, 1)
    page = reader.get("/").get_data(as_text=True)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_a_page_allows_nothing_from_elsewhere(world: World, reader: Reader) -> None:
    policy = reader.get("/").headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert " style=" not in reader.get("/").get_data(as_text=True)


def test_a_page_that_did_not_change_is_not_sent_again(world: World, reader: Reader) -> None:
    furnish(world)
    first = reader.get("/")
    again = reader.get("/", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Cookie" in first.headers["Vary"]
    assert reader.get("/", "ms", **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_several_communities_are_listed_where_they_are_open(world: World, noise: World, reader: Reader) -> None:
    furnish(world, pages="open")
    said = reader.read("/")
    assert "Garden" in said
    assert "Orchard" not in said
    assert "Orchard" in reader.read("/c/orchard")


def test_a_closed_community_has_no_page(world: World, reader: Reader) -> None:
    furnish(world, pages="closed")
    for path in ("/", "/c/garden", "/c/garden/members/me", "/c/garden/logo", "/c/garden/colours.css"):
        assert reader.get(path).status_code == 404, path


def test_more_members_cost_no_more_statements(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    statements: list[str] = []
    with world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *found: statements.append(found[2]))

    def cost() -> int:
        statements.clear()
        reader.read("/")
        return len(statements)

    world.earn(world.enrol("ada"), 2)
    one = cost()
    for name in ("ben", "cleo", "dan", "eve"):
        world.earn(world.enrol(name), 2)
    assert cost() == one


def test_an_unknown_path_is_a_page_for_people_and_a_problem_for_programs(world: World, reader: Reader) -> None:
    for language, words_of_it in (("en", "There is no such page"), ("ms", "Tiada halaman sedemikian")):
        answer = reader.get("/nothing/here", language)
        assert answer.status_code == 404
        assert words_of_it in words(answer)
    assert world.client.get("/nothing/here").content_type == "application/problem+json"
    assert reader.get("/v1/nothing").content_type == "application/problem+json"
    assert reader.get("/c/nowhere").status_code == 404


def season(begins: int, ends: int) -> tuple[dict[str, Any], date]:
    """A season's board, from and to so many days from today, and its last day."""
    today = datetime.now(ZoneInfo("Asia/Kuala_Lumpur")).date()
    first, last = today + timedelta(days=begins), today + timedelta(days=ends)
    names = {"en": "Rainy season", "ms": "Musim hujan"}
    return {"key": "rain", "name": names, "starts_on": first.isoformat(), "ends_on": last.isoformat()}, last


def test_a_season_under_way_shows_its_best_five_and_its_last_day(world: World, reader: Reader) -> None:
    furnish(world)
    under_way, last = season(-3, 40)
    world.publish(RULEBOOK | {"boards": [WEEK, under_way]})
    for times, name in enumerate(("fay", "eve", "dan", "cleo", "ben", "ada"), 1):
        world.earn(world.enrol(name), times)
    said = reader.read("/").partition("Rainy season")[2].partition("What just happened")[0]
    assert f"Until {format_date(last, 'd MMM y', 'en')}" in said
    assert "6 members have points here." in said
    assert re.findall(r"(\w+) \d+ points", said) == ["Ada", "Ben", "Cleo", "Dan", "Eve"]
    in_malay = reader.read("/", "ms").partition("Musim hujan")[2]
    assert f"Hingga {format_date(last, 'd MMM y', 'ms')}" in in_malay


@pytest.mark.parametrize(("begins", "ends"), [(-40, -2), (2, 40)])
def test_a_season_that_is_over_or_yet_to_come_is_not_shown(
    world: World, reader: Reader, begins: int, ends: int
) -> None:
    furnish(world)
    world.publish(RULEBOOK | {"boards": [WEEK, season(begins, ends)[0]]})
    world.earn(world.enrol("ada"))
    assert "Rainy season" not in reader.read("/")


def test_a_board_that_nobody_can_tell_takes_nothing_else_from_the_pages(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(world, pages="open")
    ada = world.enrol("ada")
    world.earn(ada, 2)
    assert "being counted" not in reader.read("/")
    monkeypatch.setattr(rankings, "MOST_WITHOUT_REDIS", 0)
    said = reader.read("/")
    assert "The places are being counted again." in said
    assert "Ada won “First helper”" in said
    member_page = reader.read(f"/c/garden/members/{ada}")
    assert "This week … being counted again" in member_page
    assert "Helpful answer: +10 points." in member_page


def test_points_that_a_board_does_not_count_yet_are_told_of(world: World, reader: Reader) -> None:
    furnish(world, pages="open")
    ada = world.enrol("ada")
    world.earn(ada)
    drain_all(world.app)
    assert "still" not in reader.read("/")
    assert "still" not in reader.read(f"/c/garden/members/{ada}")
    world.earn(ada)
    assert "Some of the latest points are still being counted." in reader.read("/")
    assert "No. 1 of 1 · still counting" in reader.read(f"/c/garden/members/{ada}")
