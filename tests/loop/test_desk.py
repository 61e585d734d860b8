"""A product person at the dashboard while a real run trains: watches it to its verdict, rolls back,
promotes. What they watch is the rehearsal that the loop's own tests wait for.

With THUMBWHEEL_SHOTS set to a folder, pictures of what they see are left there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.loop.conftest import Rehearsals, champion
from tests.stack import Stack
from tests.web.browser import open_browser, open_page
from tests.web.desk import CHART, act, visit

pytestmark = [pytest.mark.loop, pytest.mark.timeout(1500)]

LONG_MS = 600_000
"""For what a run takes on a machine that is busy."""
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}

Shoot = Callable[[str], Awaitable[None]]


@pytest.fixture
async def desk(stack: Stack) -> AsyncIterator[Page]:
    async with (
        open_browser() as browser,
        open_page(browser, stack.url, viewport=WIDE, color_scheme="light") as page,
    ):
        yield page


@pytest.fixture
def shoot(desk: Page) -> Shoot:
    """Leaves a picture where that is wished."""
    folder = os.environ.get("THUMBWHEEL_SHOTS")

    async def take(name: str) -> None:
        if folder:
            await desk.wait_for_timeout(500)  # the last frames are drawn
            await desk.screenshot(path=Path(folder) / f"dashboard-{name}.png")

    return take


async def test_a_real_run_is_watched_to_its_verdict(
    stack: Stack, rehearsals: Rehearsals, desk: Page, shoot: Shoot
) -> None:
    await visit(desk, "")
    await desk.get_by_role("link", name="A run", exact=True).first.click(timeout=LONG_MS)
    await desk.wait_for_url("**/runs/run_*")
    run = desk.url.rpartition("/")[2]
    doing, log = desk.locator("#doing"), desk.locator(".log li")
    await expect(doing).to_contain_text("training", timeout=LONG_MS)
    await expect(log.nth(2)).to_be_visible(timeout=LONG_MS)
    await expect(desk.get_by_text("queued", exact=True)).to_be_hidden()
    seen = await doing.inner_text()
    await expect(doing).not_to_have_text(seen, timeout=LONG_MS)
    await expect(log.nth(9)).to_be_visible(timeout=LONG_MS)  # enough of a curve to look at
    await desk.locator("figure").first.scroll_into_view_if_needed(timeout=LONG_MS)
    await expect(desk.locator(CHART).first).to_be_visible(timeout=LONG_MS)
    await expect(desk.locator("figure .scatterlayer .js-line")).not_to_have_count(0)
    await desk.evaluate("scrollTo(0, 0)")
    await shoot("run")

    await expect(desk.get_by_role("heading", name="Verdict")).to_be_visible(timeout=LONG_MS)
    told = stack.get(f"/v1/runs/{run}")
    assert told["state"] == "ended"
    await expect(desk.get_by_text(told["verdict"]["reason"]).first).to_be_visible()
    await expect(desk.get_by_role("button", name="Cancel the run")).to_be_hidden()
    assert await log.count() > 3


async def test_what_was_learned_is_rolled_back_and_promoted(
    stack: Stack, rehearsals: Rehearsals, desk: Page
) -> None:
    learned = (await asyncio.wrap_future(rehearsals["support"]))["champion_after"]
    number = learned.split("-")[1].lstrip("p0")
    await visit(desk, "a/support")
    await act(desk, "Hold", "nothing else is to change meanwhile")
    if stack.get("/v1/assistants/support")["challenger"]:  # of votes that came later
        stack.post("/v1/assistants/support/rollback", {"reason": "no trial meanwhile"})
    await visit(desk, "a/support")
    await act(desk, "Roll back", "it forgot the fee")
    await expect(desk.locator(".champion")).not_to_contain_text(f"v{number}")
    assert champion(stack, "support") != learned

    await visit(desk, "a/support/versions")
    await desk.get_by_role("link", name=f"v{number}", exact=True).first.click()
    await act(desk, "Promote", "the fee was never its own", LONG_MS)
    await expect(desk.get_by_text("This version answers now.")).to_be_visible()
    assert champion(stack, "support") == learned
    done = [(e["action"], e["reason"]) for e in stack.get("/v1/assistants/support/audit")["data"]]
    assert done[0] == ("promote", "the fee was never its own")
    assert ("rollback", "it forgot the fee") in done
    await visit(desk, "a/support/audit")
    rows = desk.get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("the fee was never its own")
    await expect(rows.nth(2)).to_contain_text("it forgot the fee")


async def test_every_view_shows_what_is_there(stack: Stack, desk: Page, shoot: Shoot) -> None:
    """Of a stack that has learned: figures where there were none."""
    learned = champion(stack, "support")
    await visit(desk, "a/support")
    await desk.locator("figure").first.scroll_into_view_if_needed()
    await expect(desk.locator(CHART).first).to_be_visible()
    await desk.evaluate("scrollTo(0, 0)")
    await shoot("overview")
    await visit(desk, f"a/support/versions/{learned}")
    await expect(desk.locator(".pair").first).to_be_attached()
    await shoot("version")
    await visit(desk, "a/support/feedback?kind=comparison")
    await expect(desk.locator(".opinions > li").first).to_be_visible()
    await shoot("feedback")
    await visit(desk, "a/support/leaderboard")
    await expect(desk.get_by_role("row").nth(2)).to_be_visible()
    await shoot("leaderboard")
    await visit(desk, "fleet")
    await expect(desk.get_by_title(learned).first).to_be_visible()
    await shoot("fleet")
    await desk.set_viewport_size(PHONE)
    await visit(desk, "a/support")
    await shoot("phone")
