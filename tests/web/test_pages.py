"""What holds for every page, in light and in dark, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.web.browser import grave_faults

PAGES = ["/", "/login"]
WIDTHS = [1280, 390]


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_no_grave_fault_and_nothing_overflows(page: Page, path: str) -> None:
    await page.goto(path)
    await page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            assert await grave_faults(page) == [], (scheme, width)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
