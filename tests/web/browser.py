"""A real Chromium for tests, and what axe says about a page in it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS: Final = 20_000
"""The machine has other work."""
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


@contextlib.asynccontextmanager
async def open_page(
    browser: Browser, url: str, expected: Sequence[str] = (), **how: Any
) -> AsyncIterator[Page]:
    """Not yet anywhere; relative addresses are those of `url`. What its console calls an error and
    has no part of `expected` fails the test. `how`: the context's options, such as `has_touch`.
    """
    # Colours that are still on their way to others have no contrast yet.
    context = await browser.new_context(base_url=url, **{"reduced_motion": "reduce", **how})
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await context.close()
    assert [f for f in faults if not any(part in f for part in expected)] == []


async def grave_faults(page: Page) -> list[dict[str, Any]]:
    """What axe calls serious or critical, each with its rule and where."""
    found = await Axe().run(page)
    return [
        {"rule": fault["id"], "where": [node["target"] for node in fault["nodes"]]}
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
