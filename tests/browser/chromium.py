"""Debian's Chromium, or another one on the PATH, without the calls home that a browser makes by itself."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]  # root has no sandbox


def find() -> str | None:
    """Where it is."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """The browser, started. Raises `LookupError` where there is none."""
    path = find()
    if path is None:
        raise LookupError("no Chromium on the PATH: apt-get install chromium")
    return playwright.chromium.launch(executable_path=path, args=_OPTIONS)
