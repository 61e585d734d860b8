"""A page of a real Chromium on the application behind uvicorn; whatever the page's console calls an
error fails the test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from core.settings import Settings
from tests.server.conftest import Live, live, upstream
from tests.web.browser import open_browser

__all__ = ["live", "upstream"]

PATIENCE_MS = 20_000
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
    """Not yet anywhere; relative addresses are the application's."""
    # Colours that are still on their way to others have no contrast yet.
    context = await browser.new_context(base_url=live.url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await context.close()
    assert [f for f in faults if not any(part in f for part in expected)] == []
