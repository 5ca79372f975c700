"""The pages in a real browser: readable by everybody, by keyboard, on a phone, by day and night, in both languages."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site

READERS = [("en", "light", 1200), ("ms", "dark", 320)]
PAGES = ["/", "/c/garden/members/{ben}", "/c/garden/members/{flo}", "/c/garden/members/me", "/nothing", "/widget"]


def found_wrong(page: Page) -> list[str]:
    """What axe has against the page, with where it is; nothing is what it should be."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in violations for node in one["nodes"]]


def path_of(site: Site, path: str) -> str:
    return path.format(**{name: site.world.get(f"/v1/members/{name}").get_json()["id"] for name in ("ben", "flo")})


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "colours", "width"), READERS)
def test_every_page_can_be_read_by_everybody(
    site: Site, visit: Open, path: str, language: str, colours: str, width: int
) -> None:
    page = visit(path_of(site, path), language, colours, width)
    assert found_wrong(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize(("language", "colours", "width"), READERS)
def test_a_members_own_page_and_its_reasons_can_be_read_by_everybody(
    site: Site, visit: Open, language: str, colours: str, width: int
) -> None:
    page = visit(f"/c/garden/members/me#token={site.token('ada')}", language, colours, width)
    page.locator(".history").wait_for()
    assert found_wrong(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".history a").first.click()
    page.locator(".why").first.wait_for()
    assert found_wrong(page) == []


def test_a_link_with_a_token_opens_the_page_and_leaves_no_trace_of_it(site: Site, visit: Open) -> None:
    token = site.token("ada")
    page = visit(f"/c/garden/members/me#token={token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lim")
    assert page.url == f"{site.url}/c/garden/members/me"
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Close my page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kebun Kita")


def test_a_token_that_has_ended_says_so(site: Site, visit: Open) -> None:
    page = visit(f"/c/garden/members/me#token={site.token('ada', -5)}")
    expect(page.get_by_role("status")).to_contain_text("This link has ended.")


def test_everything_can_be_reached_by_keyboard_and_seen_when_it_is(site: Site, visit: Open) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("id", "main")
    page = visit("/")
    reachable = page.locator("a[href], button").count()
    seen = set()
    for _ in range(reachable):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("document.activeElement.outerHTML + getComputedStyle(document.activeElement).outlineStyle")
        )
    assert len(seen) == len(set(page.locator("a[href], button").evaluate_all("all => all.map(one => one.outerHTML)")))
    assert all(one.endswith("solid") for one in seen)


def test_the_language_is_switched_by_keyboard_and_stays(site: Site, visit: Open) -> None:
    page = visit("/c/garden")
    page.get_by_role("button", name="Bahasa Melayu").press("Enter")
    expect(page.get_by_role("heading", name="Apa yang baru berlaku")).to_be_visible()
    assert page.url == f"{site.url}/c/garden"
    page.goto(f"{site.url}/nothing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tiada halaman sedemikian")
    expect(page.get_by_role("button", name="Bahasa Melayu")).to_have_attribute("aria-pressed", "true")


def test_day_and_night_follow_the_device_until_they_are_chosen(site: Site, visit: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page, by_night = visit("/", colours="light"), visit("/", colours="dark")
    day, night = page.evaluate(ground), by_night.evaluate(ground)
    assert day != night
    page.get_by_role("button", name="Dark").click()
    page.wait_for_load_state()
    assert page.evaluate(ground) == night


def test_a_hostile_name_is_a_name(site: Site, visit: Open) -> None:
    page = visit("/")
    expect(page.locator(".board")).to_contain_text('<script>alert("1")</script>')


def test_every_picture_is_there(site: Site, visit: Open) -> None:
    page = visit("/")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.images].filter(one => !one.naturalWidth).map(one => one.src)") == []
    assert page.locator("img").count() > 8
