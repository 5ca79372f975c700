"""Colours, logos and badges as pages show them."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from api import badge_icons
from api.badge_image import draw
from api.colours import WHITE, contrast, readable
from rules_engine.badges import ICONS
from tests.http import World, pointers, refusal
from tests.unit.api.pages.reader import Reader

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'


def test_every_icon_that_a_badge_can_name_is_in_the_documents() -> None:
    text = (Path(__file__).parents[4] / "docs" / "pages.md").read_text()
    assert [icon for icon in ICONS if f"`{icon}`" not in text] == []


def test_every_icon_that_a_badge_can_name_is_drawn() -> None:
    assert set(badge_icons.DRAWINGS) == set(ICONS)
    for icon in ICONS:
        ET.fromstring(draw(icon, icon, 3, icon))


def test_an_icon_nobody_drew_is_refused_with_the_nearest_one(world: World) -> None:
    badge = {"key": "b", "name": {"en": "B"}, "icon": "lanternn"}
    checked = world.post("/v1/rulebook/draft/check", {"rules": [], "badges": [badge]}).get_json()
    assert [(one["pointer"], one["nearest"]) for one in checked["problems"]] == [("/badges/0/icon", "lantern")]
    badge = {"key": "b", "name": {"en": "B"}, "icon": "lantern", "colour": "red"}
    checked = world.post("/v1/rulebook/draft/check", {"rules": [], "badges": [badge]}).get_json()
    assert [one["pointer"] for one in checked["problems"]] == ["/badges/0/colour"]


def test_a_badge_shows_its_icon_in_its_colour_on_pages_and_through_the_api(world: World, reader: Reader) -> None:
    badge = {"key": "b", "name": {"en": "B"}, "icon": "wau", "colour": "#3f4f9a"}
    world.publish({"rules": [], "badges": [badge]})
    shown = re.search(r'class="badge" src="([^"]+)"', reader.get("/").get_data(as_text=True))
    assert shown is not None
    page = reader.get(html.unescape(shown[1]))
    assert page.content_type == "image/svg+xml"
    assert page.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "#3f4f9a" in page.get_data(as_text=True)


@pytest.mark.parametrize("colour", ["#ffffff", "#ffff00", "#000000", "#0b7a75", "#777777"])
def test_a_badge_and_its_picture_can_be_told_apart_in_any_colour(colour: str) -> None:
    ground = re.search(r'r="53" fill="(#[0-9a-f]{6})"', draw("b", "B", 1, "star", colour))
    assert ground is not None
    assert contrast(ground[1], WHITE) >= 3


@pytest.mark.parametrize("colour", ["#ffffff", "#ffff00", "#000000", "#0b7a75", "#777777", "#ff0000", "#010203"])
def test_text_in_a_communitys_colours_can_be_read_whatever_they_are(world: World, reader: Reader, colour: str) -> None:
    world.put("/v1/community", {"name": "G", "colours": {"primary": colour, "accent": colour}})
    css = reader.get("/c/garden/colours.css").get_data(as_text=True)
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))
    assert contrast(found["ground"], found["on-ground"]) >= 4.5
    assert contrast(found["ground-deep"], found["on-ground"]) >= 4.5
    light, dark = re.findall(r"--primary: light-dark\((#\w+), (#\w+)\)", css)[0]
    assert min(contrast(light, "#fbf7f0"), contrast(light, "#f3ece1"), contrast(dark, "#1b1714")) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#0b7a75", WHITE) == "#0b7a75"


def test_a_logo_is_kept_clean_and_served_as_an_image_that_can_do_nothing(world: World, reader: Reader) -> None:
    hostile = SVG.replace("<path", '<script>alert(1)</script><path onclick="alert(1)"')
    kept = world.put("/v1/community", {"name": "G", "logo": hostile}).get_json()["logo"]
    assert "script" not in kept
    assert "onclick" not in kept
    answer = reader.get("/c/garden/logo")
    assert (answer.content_type, answer.get_data(as_text=True)) == ("image/svg+xml", kept)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "/c/garden/logo" in reader.get("/").get_data(as_text=True)


def test_without_a_logo_there_is_none(world: World, reader: Reader) -> None:
    assert reader.get("/c/garden/logo").status_code == 404


@pytest.mark.parametrize(
    "logo", ["https://x.example/a.png", "javascript:alert(1)", "data:image/gif;base64,AAAA", "", 7]
)
def test_what_is_no_logo_is_refused_with_its_place(world: World, logo: object) -> None:
    answer = world.put("/v1/community", {"name": "G", "logo": logo})
    assert refusal(answer) == (422, "invalid")
    assert pointers(answer) == {"/logo"}


def test_who_sees_the_pages_is_one_of_three_words(world: World) -> None:
    assert world.get("/v1/community").get_json()["pages"] == "members"
    assert world.put("/v1/community", {"name": "G", "pages": "open"}).get_json()["pages"] == "open"
    assert pointers(world.put("/v1/community", {"name": "G", "pages": "public"})) == {"/pages"}


def test_the_reader_is_never_led_outside_the_folder(world: World, reader: Reader) -> None:
    for path in ("/pages/../frame.py", "/pages/%2e%2e/frame.py", "/pages/..%2fframe.py", "/pages//etc/passwd"):
        assert reader.get(path).status_code in (308, 404), path
