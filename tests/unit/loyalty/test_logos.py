"""A logo is a drawing or a picture, and what is kept of it can do nothing but be looked at."""

from __future__ import annotations

import base64
import struct

import pytest

from loyalty import logos

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'


def png(width: int = 8, height: int = 8, more: bytes = b"") -> str:
    raw = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + bytes(9) + more
    return "data:image/png;base64," + base64.b64encode(raw).decode()


def test_a_plain_drawing_stays_what_it_is() -> None:
    drawn = SVG.format(
        '<title>A &amp; B</title><defs><linearGradient id="g"><stop offset="0" stop-color="#fff"></stop>'
        "</linearGradient></defs>"
        '<g transform="translate(1 2)"><path d="M0 0h8v8z" fill="url(#g)"></path></g>'
    )
    assert logos.clean(drawn) == drawn
    assert logos.content(drawn) == ("image/svg+xml", drawn.encode())


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)"/>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        "<style>*{background:url(https://evil.example)}</style>",
        '<path style="fill:url(https://evil.example)"/>',
        '<path fill="url(https://evil.example/#g)"/>',
        '<path fill="url(data:text/html,x)"/>',
        '<image href="https://evil.example/x.png"/>',
        '<use href="#x"/>',
        '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example"/></foreignObject>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
        '<set xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://evil.example"/>',
        "<?xml-stylesheet href='https://evil.example'?>",
        "<!-- https://evil.example -->",
        "<title><script>evil</script></title>",
    ],
)
def test_what_is_no_plain_drawing_is_left_out(inside: str) -> None:
    kept = logos.clean(SVG.format(inside + '<circle r="1"/>'))
    assert '<circle r="1"></circle>' in kept
    for word in ("script", "evil", "alert", "href", "on", "style", "url", "http://www.w3.org/1999"):
        assert f"{word}" not in kept.replace("http://www.w3.org/2000/svg", ""), word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<svg",
        "<html/>",
        '<svg viewBox="0 0 8 8"/>',
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
        SVG.format("<path/>" * 8000),
        SVG.format("&undeclared;"),
        "data:image/png;base64,!!!!",
        "data:image/png;base64,aGVsbG8=",
        png(4000, 8),
        png(0, 8),
        png(more=bytes(60_000)),
        "\ud800",
    ],
    ids=range(14),
)
def test_what_is_no_logo_is_refused(text: str) -> None:
    with pytest.raises(logos.NoLogo):
        logos.clean(text)


def test_a_small_png_is_kept_as_it_came() -> None:
    assert logos.clean(png()) == png()
    assert logos.content(png())[0] == "image/png"


def test_cleaning_again_changes_nothing() -> None:
    once = logos.clean(SVG.format('<title>"&lt;</title><path d="M0 0" id="a&amp;b"/>'))
    assert logos.clean(once) == once
