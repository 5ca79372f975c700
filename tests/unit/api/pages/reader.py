"""Somebody with a browser: pages come as text, with what is said to people and without what is for machines."""

from __future__ import annotations

import html
import re

import pytest
from werkzeug.test import TestResponse

from tests.http import World


class Reader:
    """Reads the pages of one service, with cookies and languages of their own."""

    def __init__(self, world: World) -> None:
        self._browser = world.app.test_client()

    def get(self, path: str, language: str = "en", **headers: str) -> TestResponse:
        """A page as a browser asks for it."""
        wanted = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": language, **headers}
        return self._browser.get(path, headers=wanted)

    def read(self, path: str, language: str = "en") -> str:
        """What a page says, which has to be there: tags gone, spaces made one."""
        answer = self.get(path, language)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return words(answer)

    def post(self, path: str, **sent: object) -> TestResponse:
        """Send a form (`data`) or JSON (`json`)."""
        return self._browser.post(path, **sent)  # type: ignore[arg-type]  # werkzeug's own names

    def open_with(self, token: str, community: str = "garden") -> TestResponse:
        """Hand a member token over, as the page's script does."""
        return self.post(f"/c/{community}/session", json={"token": token})


def words(answer: TestResponse) -> str:
    """What the page says."""
    main = answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)))


@pytest.fixture
def reader(world: World) -> Reader:
    """A visitor whom nobody knows."""
    return Reader(world)
