"""A real Chromium for tests, and what axe says about a page in it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
QUIET: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """The system's Chromium, else the one `make browser` fetched."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


async def grave_faults(page: Page) -> list[dict[str, Any]]:
    """What axe calls serious or critical, each with its rule and where."""
    found = await Axe().run(page)
    return [
        {"rule": fault["id"], "where": [node["target"] for node in fault["nodes"]]}
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
