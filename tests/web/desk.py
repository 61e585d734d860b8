"""The dashboard as a test opens it: with an assistant that lived for a while, by an operator."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.server.conftest import Live
from tests.web.browser import PATIENCE_MS, picture
from tests.web.lived import Life, live_a_while

CHART = "figure .main-svg"
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
async def life(live: Live, tmp_path: Path) -> Life:
    return await live_a_while(live.state, tmp_path)


@pytest.fixture
async def desk(page: Page) -> Page:
    """A page whose person may do everything."""
    await let(page, "view", "operate")
    return page


async def let(page: Page, *scopes: str) -> None:
    """From now on the person has these roles, whatever the server's own way to know."""

    async def answer(route: Route) -> None:
        await route.fulfill(json={"user": "ada", "scopes": list(scopes)})

    await page.route("**/v1/me", answer)


async def visit(page: Page, path: str) -> None:
    """Opens a view and waits until it is there."""
    await page.goto("about:blank")
    await page.goto(f"/dashboard#/{path}")
    await page.wait_for_selector("main[aria-busy=false] h1")


async def act(page: Page, what: str, why: str, within_ms: float = PATIENCE_MS) -> None:
    """Presses one of an operator's buttons, which does nothing without a reason."""
    await page.get_by_role("button", name=f"{what} …").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name=what).click()
    await expect(dialog, "nothing happens without a reason").to_be_visible()
    await picture(page, f"dashboard {what.lower()}")
    await dialog.get_by_label("Why?").fill(why)
    await dialog.get_by_role("button", name=what).click()
    await expect(dialog).to_be_hidden(timeout=within_ms)
