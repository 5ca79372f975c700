"""The API's own page: read by everybody, tried from the page itself, and no key is left anywhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Site
from tests.browser.test_pages import READERS, found_wrong


def unfolded(page: Page, operation: str) -> Locator:
    place = page.locator(f'[id="{operation}"]')
    place.locator("summary").click()
    return place


@pytest.mark.parametrize(("language", "colours", "width"), READERS)
def test_it_can_be_read_by_everybody(site: Site, visit: Open, language: str, colours: str, width: int) -> None:
    page = visit("/v1/docs#activities.say", language, colours, width)
    expect(page.locator('[id="activities.say"] form')).to_be_visible()
    unfolded(page, "hooks.receive")
    assert found_wrong(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("html").get_attribute("lang") == language


def test_an_operation_is_tried_by_keyboard_and_its_answer_shown(site: Site, visit: Open) -> None:
    page = visit("/v1/docs")
    place = unfolded(page, "members.read")
    place.get_by_label("Your key or token").fill(site.world.keys["read"])
    place.get_by_label("address path").fill("ada")
    page.keyboard.press("Enter")
    expect(place.get_by_role("status")).to_have_text("200 OK")
    expect(place.get_by_role("region", name="Body")).to_contain_text('"name": "Ada Lim"')
    expect(place.get_by_role("region", name="Headers")).to_contain_text("content-type: application/json")
    assert found_wrong(page) == []


def test_a_body_stands_there_to_be_sent_and_what_is_refused_is_shown(site: Site, visit: Open) -> None:
    page = visit("/v1/docs")
    place = unfolded(page, "drafts.check")
    place.get_by_label("Your key or token").fill(site.world.keys["admin"])
    place.get_by_role("button", name="Send").click()
    expect(place.get_by_role("region", name="Body")).to_contain_text('"valid": true')
    place.get_by_label("Body", exact=False).first.fill("{")
    place.get_by_role("button", name="Send").click()
    expect(place.get_by_role("status")).to_contain_text("400")
    expect(place.get_by_role("region", name="Body")).to_contain_text("not_json")


def test_parameters_go_where_they_belong(site: Site, visit: Open) -> None:
    page = visit("/v1/docs")
    place = unfolded(page, "activities.say")
    place.get_by_label("Your key or token").fill(site.world.keys["admin"])
    place.get_by_label("dry_run").select_option("true")
    with page.expect_request("**/v1/activities?dry_run=true") as sent:
        place.get_by_role("button", name="Send").click()
    assert sent.value.headers["authorization"] == f"Bearer {site.world.keys['admin']}"
    expect(place.get_by_role("status")).to_have_text("200 OK")
    other = unfolded(page, "members.read")
    other.get_by_label("address path").fill("a/b?c")
    with page.expect_request("**/v1/members/*") as sent:
        other.get_by_role("button", name="Send").click()
    assert sent.value.url.endswith("/v1/members/a%2Fb%3Fc")


def test_a_key_serves_every_form_and_is_gone_with_the_page(site: Site, visit: Open) -> None:
    page = visit("/v1/docs")
    unfolded(page, "members.read").get_by_label("Your key or token").fill(site.world.keys["read"])
    place = unfolded(page, "community.read")
    place.get_by_role("button", name="Send").click()
    expect(place.get_by_role("status")).to_have_text("200 OK")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    page.reload()
    place = unfolded(page, "community.read")
    expect(place.get_by_label("Your key or token")).to_have_value("")
    place.get_by_role("button", name="Send").click()
    expect(place.get_by_role("status")).to_contain_text("401")
