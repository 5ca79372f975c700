"""The admins' page of back-tests: begun, watched, stopped, drawn and compared, by everybody who holds an admin key."""

from __future__ import annotations

import copy
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Site
from tests.browser.garden import RULEBOOK
from tests.browser.test_pages import READERS, found_wrong
from tests.draining import drain_all

PATH = "/v1/rulebook/backtests"
KEY = {"en": "Your admin key", "ms": "Kunci pentadbir anda"}


def draft(site: Site, points: int) -> None:
    """Have an answer give so many points in the draft."""
    rulebook = copy.deepcopy(RULEBOOK)
    rulebook["rules"][0]["gives"][0] = {"points": points}
    assert site.world.put("/v1/rulebook/draft", rulebook).status_code == 200


def tried(site: Site, points: int) -> str:
    """A back-test of that, which is done."""
    draft(site, points)
    begun: str = site.world.post(PATH, {"note": f"What if it were {points}?"}).get_json()["id"]
    drain_all(site.world.app)
    return begun


def opened(page: Page, site: Site, language: str = "en") -> Page:
    page.get_by_label(KEY[language]).fill(site.world.keys["admin"])
    page.keyboard.press("Enter")
    expect(page.locator("[data-all]")).to_be_visible()
    return page


def row(page: Page, table: str, text: str) -> Locator:
    return page.locator(f"[data-table={table}] tbody tr").filter(has_text=text)


@pytest.mark.parametrize(("language", "colours", "width"), READERS)
def test_what_would_change_is_drawn_for_everybody(
    site: Site, visit: Open, language: str, colours: str, width: int
) -> None:
    one = tried(site, 70)
    page = visit("/admin/backtests", language, colours, width)
    expect(page.locator("[data-all]")).to_be_hidden()
    assert found_wrong(page) == []
    opened(page, site, language).locator("[data-table=backtests] a").first.press("Enter")

    expect(page.locator(":focus")).to_have_attribute("id", "one")
    assert page.url.endswith(f"#{one}")
    report = site.world.get(f"{PATH}/{one}").get_json()["report"]
    (told,) = (told for told in report["rules"] if told["rule"] == "helpful-answer")
    drawn = row(page, "rules", "helpful-answer")
    expect(drawn).to_contain_text("Helpful answer" if language == "en" else "Jawapan membantu")
    amounts = [f"{told[side]['points']['points']:,}" for side in ("before", "after")]
    assert drawn.locator(".side b").all_text_contents() == amounts
    expect(drawn).to_contain_text(f"+{told['difference']['points']['points']:,}")
    before, after = (float(rect or 0) for rect in drawn.locator(".line rect:last-child").evaluate_all(WIDTHS))
    assert before < after == 100
    expect(row(page, "gained", '<script>alert("1")</script>')).to_be_visible()
    expect(page.locator("[data-figure=facts]")).to_have_text(str(report["facts"]))
    for table in ("liability", "tiers", "badges", "boards", "concentration", "newcomers"):
        expect(page.locator(f"[data-table={table}]")).to_be_visible()
    expect(page.locator("[data-table=lost]")).to_be_hidden()
    assert found_wrong(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


WIDTHS = "all => all.map(one => one.getAttribute('width'))"


def test_two_are_compared_and_the_way_back_leads_to_the_first(site: Site, visit: Open) -> None:
    one, other = tried(site, 70), tried(site, 90)
    page = opened(visit(f"/admin/backtests#{one}"), site)
    page.get_by_label("Compare it with").select_option(other)
    page.get_by_role("button", name="Compare").press("Enter")

    expect(page.get_by_role("heading", name="What if it were 90? beside What if it were 70?")).to_be_focused()
    expect(page.get_by_text("Both were tried on the same activities.")).to_be_visible()
    drawn = row(page, "rules", "helpful-answer")
    expect(drawn.locator(".side").first).to_contain_text("this one")
    expect(drawn.locator(".side").last).to_contain_text("the other")
    expect(page.locator("[data-table=gained]")).to_be_hidden()
    assert found_wrong(page) == []
    page.get_by_role("link", name="Back to this one alone").press("Enter")
    expect(page.locator("[data-table=gained]")).to_be_visible()
    assert page.url.endswith(f"#{one}")


def test_the_draft_is_tried_from_the_page_watched_and_stopped_by_keyboard(site: Site, visit: Open) -> None:
    draft(site, 70)
    page = opened(visit("/admin/backtests"), site)
    page.get_by_label("What is the draft to be tried for?").fill("Too little?")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("It is being tried.")
    expect(page.locator("#how-far")).to_contain_text(re.compile(r"^0 of \d members"))
    assert found_wrong(page) == []
    page.get_by_role("button", name="Stop it").press("Enter")
    expect(page.get_by_role("status")).to_have_text("It was stopped.")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.locator(":focus")).to_have_attribute("id", "one")
    expect(row(page, "backtests", "Too little?").first).to_contain_text("stopped")


def test_what_is_being_tried_is_drawn_by_itself_once_it_is_done(site: Site, visit: Open) -> None:
    draft(site, 70)
    page = opened(visit("/admin/backtests"), site)
    page.get_by_role("button", name="Try the draft").press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    drain_all(site.world.app)
    expect(row(page, "rules", "helpful-answer")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("It is done.")


def test_a_draft_that_is_refused_says_why_in_the_readers_language(site: Site, visit: Open) -> None:
    page = opened(visit("/admin/backtests", "ms"), site, "ms")
    broken = RULEBOOK["rules"][0] | {"gives": [{"badge": "nowhere"}]}
    site.world.put("/v1/rulebook/draft/rules/helpful-answer", broken)
    page.get_by_role("button", name="Cuba draf").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Draf ini bermasalah")
    expect(page.get_by_role("status")).to_contain_text("/rules/0/gives/0")


def test_one_that_is_not_there_is_told_and_the_others_stay(site: Site, visit: Open) -> None:
    page = opened(visit("/admin/backtests#bkt_nothing"), site)
    expect(page.get_by_role("status")).to_have_text("There is no such back-test.")
    expect(page.locator("[data-one]")).to_be_hidden()


def test_the_key_serves_all_pages_of_its_tab_and_is_gone_when_forgotten(site: Site, visit: Open) -> None:
    page = opened(visit("/admin/backtests"), site)
    page.get_by_role("link", name="Jobs").press("Enter")
    expect(page.locator("[data-figures]")).to_be_visible()
    page.get_by_role("link", name="Back-tests").press("Enter")
    expect(page.locator("[data-all]")).to_be_visible()
    page.get_by_role("button", name="Forget the key").press("Enter")
    expect(page.locator("[data-all]")).to_be_hidden()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_a_key_without_the_scope_opens_nothing(site: Site, visit: Open) -> None:
    page = visit("/admin/backtests")
    page.get_by_label("Your admin key").fill(site.world.keys["read"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("scope admin")
    expect(page.locator("[data-all]")).to_be_hidden()
