"""`python3 dev.py screenshot [--url URL] [--out FILE]`: the picture in the README, of a service that runs.

The community's page as a visitor sees it by day, down to its badges, small enough for a README.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from tests.browser.chromium import launch

WIDTH, HEIGHT, SCALE = 1200, 2295, 0.65


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(prog="dev.py screenshot")
    parser.add_argument("--url", default="http://127.0.0.1:8000/", help="a page of a service that runs")
    parser.add_argument("--out", type=Path, default=Path("docs/community.png"))
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        size: ViewportSize = {"width": WIDTH, "height": HEIGHT}
        page = browser.new_page(viewport=size, device_scale_factor=SCALE, locale="en", color_scheme="light")
        page.goto(options.url, wait_until="networkidle")
        page.screenshot(path=options.out)
        browser.close()
    print(f"{options.out}: {options.out.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
