"""The admins' page of jobs: nothing without a key, everything with one, and the key is gone with the tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from rq import Worker
from rq.serializers import JSONSerializer

from jobs import queues
from tests.browser.conftest import Open, Site
from tests.browser.test_pages import found_wrong


@pytest.mark.parametrize(("language", "colours", "width"), [("en", "light", 1200), ("ms", "dark", 320)])
def test_an_admin_sees_how_the_jobs_go(site: Site, visit: Open, language: str, colours: str, width: int) -> None:
    page = visit("/admin/jobs", language, colours, width)
    assert not found_wrong(page)
    expect(page.locator("[data-figures]")).to_be_hidden()

    redis = site.world.app.extensions["setia.redis"]
    queues.kick(redis)
    at_work = Worker([queues.queue(redis)], name="at-work", connection=redis, serializer=JSONSerializer)
    at_work.register_birth()
    at_work.set_state("busy")
    page.get_by_label("Your admin key" if language == "en" else "Kunci pentadbir anda").fill(site.world.keys["admin"])
    page.keyboard.press("Enter")

    expect(page.locator("[data-queue=queued]")).not_to_have_text("0")
    expect(page.get_by_role("row").filter(has_text="at-work")).to_contain_text("busy" if language == "en" else "sibuk")
    at_work.register_death()
    assert not found_wrong(page)
    page.reload()
    expect(page.locator("[data-figures]")).to_be_visible()
    page.locator("[data-forget]").click()
    page.reload()
    expect(page.locator("[data-figures]")).to_be_hidden()


def test_a_key_without_the_scope_opens_nothing_and_is_not_kept(site: Site, visit: Open) -> None:
    page = visit("/admin/jobs")
    page.get_by_label("Your admin key").fill(site.world.keys["read"])
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("scope admin")
    expect(page.locator("[data-figures]")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0
