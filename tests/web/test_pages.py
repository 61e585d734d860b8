"""What holds for every page before anybody did anything."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.web.browser import look

PAGES = {"/": "chat first sight", "/login": "login"}


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_no_grave_fault_and_nothing_overflows(page: Page, path: str) -> None:
    await page.goto(path)
    await page.wait_for_load_state("networkidle")
    await look(page, PAGES[path])
