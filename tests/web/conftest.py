"""A page of a real Chromium on the application behind uvicorn; whatever the page's console calls an
error fails the test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from core.settings import Settings
from tests.server.conftest import Live, live, upstream
from tests.web.browser import PATIENCE_MS, open_browser, open_page

__all__ = ["live", "upstream"]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A replica that reported once lives as long as a test takes."""
    return settings.model_copy(update={"replica_ttl_s": 600.0})


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as running:
        yield running


@pytest.fixture
def expected() -> list[str]:
    """Parts of what the console may call an error in this test: a failure it is about."""
    return []


@pytest.fixture
async def page(browser: Browser, live: Live, expected: list[str]) -> AsyncIterator[Page]:
    async with open_page(browser, live.url, expected) as page:
        yield page
