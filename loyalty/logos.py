"""Logos: a small drawing or picture that a community gives to everybody, and that can do nothing but be looked at.

An SVG is written anew from an allow-list of elements and attributes: whatever is not a plain drawing (script, style,
links, foreign namespaces, entities) is not in what is kept. A PNG is kept as it came, once its head says that it is
one and how large.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from xml.etree.ElementTree import ParseError, XMLParser
from xml.sax.saxutils import escape, quoteattr

from rules_engine.errors import Sentence

LARGEST = 48 * 1024
"""Characters of an SVG, bytes of a PNG."""
WIDEST = 1024
ACCEPTED = (
    "A drawing as SVG text (`<svg ...>`), or a picture as `data:image/png;base64,...`; at most 48 KiB,"
    " and 1024 pixels on a side. Of an SVG only plain shapes are kept."
)
_NAMESPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = {
    *("svg", "g", "defs", "title", "desc", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon"),
    *("linearGradient", "radialGradient", "stop"),
}
_WITH_TEXT = {"title", "desc"}
_ATTRIBUTES = {
    *("id", "viewBox", "width", "height", "preserveAspectRatio", "d", "points", "transform", "pathLength"),
    *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy"),
    *("fill", "fill-opacity", "fill-rule", "opacity", "color", "offset", "stop-color", "stop-opacity"),
    *("stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit"),
    *("stroke-dasharray", "stroke-dashoffset", "gradientUnits", "gradientTransform", "spreadMethod"),
}
_PLAIN = re.compile(r"[\w\s#.,%+()-]*")  # no colon, no slash, no quote: nothing that could lead anywhere
_OWN_GRADIENT = re.compile(r"url\(#[\w-]+\)")
_PNG = "data:image/png;base64,"
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class NoLogo(ValueError):
    """Why this can't be a logo, for the person who sent it."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


def clean(text: str) -> str:
    """The logo as it is kept. Raises `NoLogo`."""
    if text.startswith(_PNG):
        return _PNG + base64.b64encode(_checked_png(text.removeprefix(_PNG))).decode()
    if text.lstrip("\ufeff \t\r\n")[:1] != "<":
        raise NoLogo(Sentence("an SVG text, or data:image/png;base64,..."))
    if len(text) > LARGEST:
        raise NoLogo(Sentence("at most {most} characters of SVG", most=LARGEST))
    writer = _Writer()
    parser = XMLParser(target=writer)  # noqa: S314  # a DOCTYPE, without which there are no entities, is refused below
    try:
        parser.feed(text)
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise NoLogo(
            Sentence("not well-formed SVG at line {line}, column {column}", line=line, column=column)
        ) from None
    return "".join(writer.written)


def content(logo: str) -> tuple[str, bytes]:
    """Media type and bytes of a logo as it is kept."""
    if logo.startswith(_PNG):
        return "image/png", base64.b64decode(logo.removeprefix(_PNG))
    return "image/svg+xml", logo.encode()


def _checked_png(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NoLogo(Sentence("the PNG is not base64")) from None
    if len(raw) > LARGEST:
        raise NoLogo(Sentence("at most {most} bytes of PNG", most=LARGEST))
    if not raw.startswith(_PNG_HEAD) or len(raw) < 33:
        raise NoLogo(Sentence("this is no PNG"))
    width, height = struct.unpack(">II", raw[16:24])
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise NoLogo(
            Sentence("at most {most} pixels on a side, not {width} x {height}", most=WIDEST, width=width, height=height)
        )
    return raw


class _Writer:
    """Takes what the parser finds and writes down what is allowed; what is inside something else goes with it."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._open: list[str] = []
        self._left_out = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise NoLogo(Sentence("an SVG without a DOCTYPE"))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.removeprefix(f"{{{_NAMESPACE}}}")
        if not self._open and not self._left_out and tag != f"{{{_NAMESPACE}}}svg":
            raise NoLogo(Sentence("an SVG, whose namespace is http://www.w3.org/2000/svg"))
        if self._left_out or name not in _ELEMENTS or name == tag:
            self._left_out += 1
            return
        kept = {"xmlns": _NAMESPACE} if not self._open else {}
        kept |= {key: value for key, value in attributes.items() if key in _ATTRIBUTES and _harmless(value)}
        self._open.append(name)
        self.written.append(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in kept.items())}>")

    def end(self, _tag: str) -> None:
        if self._left_out:
            self._left_out -= 1
        else:
            self.written.append(f"</{self._open.pop()}>")

    def data(self, text: str) -> None:
        if not self._left_out and self._open and self._open[-1] in _WITH_TEXT:
            self.written.append(escape(text))

    def close(self) -> None:
        return None


def _harmless(value: str) -> bool:
    return bool(_OWN_GRADIENT.fullmatch(value) or (_PLAIN.fullmatch(value) and "url" not in value.lower()))
