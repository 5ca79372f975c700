"""The widget on a page of another origin, under that page's own strict policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import redis
from playwright.sync_api import expect
from werkzeug import Request, Response

from loyalty import rankings
from tests.browser.conftest import Open, Site, serve
from tests.browser.test_pages import READERS, found_wrong


class Host:
    """Somebody else's site. `html` is what stands on its page, `token` what it gives to who is signed in there."""

    def __init__(self, setia: str) -> None:
        self.setia = setia
        self.html = ""
        self.token: str | None = None
        self.asked = 0
        self.url = ""

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> object:
        return self._answer(Request(environ))(environ, start_response)  # type: ignore[arg-type]  # WSGI has no types here

    def _answer(self, request: Request) -> Response:
        if request.path == "/token":
            self.asked += 1
            said = json.dumps({"token": self.token})
            return Response(said, status=200 if self.token else 401, mimetype="application/json")
        if request.path == "/host.js":
            script = "addEventListener('setia-token-needed', (e) => { e.target.token = document.body.dataset.fresh; });"
            return Response(script, mimetype="text/javascript")
        if request.path != "/":
            return Response("", 204)
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>'
            f'<script src="{self.setia}/widget.js" defer></script></head>'
            f"<body><main><h1>Shop</h1>{self.html}</main></body></html>"
        )
        policy = (
            f"default-src 'none'; script-src 'self' {self.setia}; connect-src 'self' {self.setia}; style-src 'none'"
        )
        return Response(html, mimetype="text/html", headers={"Content-Security-Policy": policy})


@pytest.fixture
def host(site: Site) -> Iterator[Host]:
    """The other site, on a port of its own."""
    made = Host(site.url)
    with serve(made) as url:
        made.url = url
        yield made


def test_a_link_on_another_site_opens_the_members_page(site: Site, visit: Open, host: Host) -> None:
    host.html = f'<a href="{site.url}/c/garden/members/me#token={site.token("ada")}">My page</a>'
    page = visit(host.url.replace("127.0.0.1", "localhost"))
    page.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lim")


@pytest.mark.parametrize(("language", "colours"), [("en", "light"), ("ms", "dark")])
def test_it_shows_badges_tier_and_place(site: Site, visit: Open, host: Host, language: str, colours: str) -> None:
    host.html = f'<setia-member lang="{language}" token="{site.token("ada")}"></setia-member>'
    page = visit(host.url, colours=colours, width=320)
    shown = page.locator("setia-member")
    expect(shown).to_contain_text("Ada Lim")
    for text in {"en": ("Sprout", "No. 1 of", "Helping hands"), "ms": ("Tunas", "No. 1 daripada", "Tangan membantu")}[
        language
    ]:
        expect(shown).to_contain_text(text)
    assert shown.locator("li svg").count() == 2
    assert shown.locator("li title").count() == 0
    assert found_wrong(page) == []


def test_a_board_that_nobody_can_tell_takes_nothing_else_from_the_card(
    site: Site, visit: Open, host: Host, monkeypatch: pytest.MonkeyPatch, valkey_server: str
) -> None:
    with redis.Redis.from_url(valkey_server) as boards:
        boards.flushall()
    monkeypatch.setattr(rankings, "MOST_WITHOUT_REDIS", 0)
    host.html = f'<setia-member token="{site.token("ada")}"></setia-member>'
    shown = visit(host.url).locator("setia-member")
    expect(shown).to_contain_text("Helping hands")
    expect(shown).to_contain_text("Sprout")
    expect(shown).not_to_contain_text("No. 1 of")


def test_its_token_comes_from_the_host_and_is_renewed_when_it_ends(site: Site, visit: Open, host: Host) -> None:
    host.token = site.token("ada")
    host.html = f'<setia-member token="{site.token("ada", -5)}" token-url="/token"></setia-member>'
    page = visit(host.url)
    expect(page.locator("setia-member")).to_contain_text("Ada Lim")
    assert host.asked == 1


def test_without_a_fresh_token_it_says_so_and_can_be_asked_again(site: Site, visit: Open, host: Host) -> None:
    host.html = '<setia-member token-url="/token"></setia-member>'
    page = visit(host.url)
    shown = page.locator("setia-member")
    expect(shown.get_by_role("status")).to_have_text("This view has ended.")
    assert found_wrong(page) == []
    host.token = site.token("ben")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(shown).to_contain_text("Wan Nur Qistina")


def test_a_host_that_hears_that_a_token_is_needed_sets_one(site: Site, visit: Open, host: Host) -> None:
    host.html = f'<script src="/host.js"></script><setia-member token="{site.token("ada", -5)}"></setia-member>'
    page = visit(host.url)
    expect(page.locator("setia-member")).to_contain_text("This view has ended.")
    fresh = site.token("eve")
    page.evaluate("fresh => { document.body.dataset.fresh = fresh }", fresh)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("setia-member")).to_contain_text('<script>alert("1")</script>')


def test_it_looks_again_by_itself(site: Site, visit: Open, host: Host) -> None:
    host.html = f'<setia-member refresh="2" token="{site.token("flo")}"></setia-member>'
    page = visit(host.url)
    shown = page.locator("setia-member")
    expect(shown).to_contain_text("No badge yet.")
    flo = site.world.get("/v1/members/flo").get_json()["id"]
    said = site.world.answered(flo, data={"votes": 0}, object={"kind": "post", "id": "2", "tags": ["kebun"]})
    assert site.world.post("/v1/activities", said, key="ingest").status_code == 201
    expect(shown).to_contain_text("Helping hands")


@pytest.mark.parametrize(("language", "colours", "width"), READERS)
def test_the_demonstration_page_shows_a_sample_at_once_and_asks_for_nothing(
    site: Site, visit: Open, language: str, colours: str, width: int
) -> None:
    page = visit("/nothing", language, colours, width)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/widget")
    shown = page.locator("setia-member")
    for text in {"en": ("Aminah", "Guide", "No. 3 of 214"), "ms": ("Aminah", "Pemandu", "No. 3 daripada 214")}[
        language
    ]:
        expect(shown).to_contain_text(text)
    assert shown.locator("li svg").count() == 3
    assert not [url for url in asked if "/v1/" in url]
    assert found_wrong(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_demonstration_page_shows_a_token_that_is_pasted(site: Site, visit: Open) -> None:
    page = visit("/widget")
    page.get_by_label("A member token").fill(site.token("cleo"))
    page.get_by_role("button", name="Show the card").click()
    expect(page.locator("setia-member")).to_contain_text("نور الهدى")
    assert found_wrong(page) == []
