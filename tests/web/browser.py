"""A real Chromium for tests; what axe says about a page in it, and pictures of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS: Final = 60_000
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
SHOTS: Final = os.environ.get("THUMBWHEEL_SHOTS", "")
"""A folder for pictures of all states that are looked at, and for what axe says; empty: none."""
SAID: Final = "axe.jsonl"
WIDE: Final = 1280
HEIGHT: Final = 800
WAYS: Final = (("light", WIDE), ("dark", 390))
MORE_WAYS: Final = (("dark", WIDE), ("light", 390))
DRAWN: Final = "body:not(:has(dialog[open])) figure:visible"
GRAVE: Final = ("serious", "critical")


@contextlib.asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """The system's Chromium, else the one `make browser` fetched."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=QUIET, timeout=2 * PATIENCE_MS
        )
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


async def look(page: Page, state: str) -> None:
    """Axe finds no serious or critical fault and nothing scrolls sideways: light and wide, dark and
    on a phone; with SHOTS also the other way round, and a picture of each.
    """
    for scheme, width in (*WAYS, *(MORE_WAYS if SHOTS else ())):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        if SHOTS:
            await _picture(page, f"{state} {scheme} {width}")
        found = (await Axe().run(page)).response
        if SHOTS:
            _note(state, found)
        assert [_told(fault) for fault in found["violations"] if fault["impact"] in GRAVE] == [], (
            state,
            scheme,
            width,
        )
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, state
    await page.set_viewport_size({"width": WIDE, "height": HEIGHT})


async def picture(page: Page, state: str) -> None:
    """`look`, where pictures are asked for; else nothing: another test looks at much the same."""
    if SHOTS:
        await look(page, state)


def _told(fault: dict[str, Any]) -> dict[str, Any]:
    return {"rule": fault["id"], "where": [node["target"] for node in fault["nodes"]]}


async def _picture(page: Page, name: str) -> None:
    """Charts are drawn when they come into view. The chat's box stays at the window's end."""
    for figure in await page.locator(DRAWN).all():
        await figure.scroll_into_view_if_needed()
        await figure.locator(".main-svg, tbody").first.wait_for()
    await page.evaluate("document.querySelector('figure') && scrollTo(0, 0)")
    await page.wait_for_timeout(300)  # the last frames are drawn
    path = Path(SHOTS) / f"{name.replace(' ', '-')}.png"
    await page.screenshot(path=path, full_page="dashboard" in name)


def _note(state: str, found: dict[str, Any]) -> None:
    """One look at a state, as a line of SAID."""
    said = {
        "state": state,
        "passes": len(found["passes"]),
        "violations": Counter(fault["impact"] for fault in found["violations"]),
        "rules": sorted(fault["id"] for fault in found["violations"]),
    }
    with (Path(SHOTS) / SAID).open("a") as lines:
        lines.write(json.dumps(said) + "\n")
