"""Whoever leaves a view open sees what happens meanwhile."""

from __future__ import annotations

import time

from playwright.async_api import Page, expect

from core.records import Verdict
from tests.server.conftest import Live
from tests.web.desk import desk, life, visit
from tests.web.lived import V1, Life, seed_version

__all__ = ["desk", "life"]

V3 = "support-p000003-9a0b1c2d"
LOOK_S = 5


async def open_view(desk: Page, path: str) -> None:
    """At a time that a test decides."""
    await desk.clock.install()
    await visit(desk, path)


async def test_an_assistant_s_page_follows(desk: Page, live: Live, life: Life) -> None:
    await open_view(desk, "a/support")
    since = desk.locator("time").first
    before = await since.inner_text()
    await expect(desk.get_by_role("row", name="v2")).to_contain_text("on trial")
    await desk.clock.fast_forward(3 * 86400 * 1000)
    await expect(since, "also where nothing has changed").not_to_have_text(before)

    await desk.set_viewport_size({"width": 390, "height": 800})
    table = desk.locator(".scroll")
    await table.evaluate("node => (node.scrollLeft = 40)")
    await seed_version(live.state, V3, V1, life.done)
    passed = Verdict("trial", "kinder", {}, V3, time.time())
    await live.state.runs.end(life.active, passed)
    await desk.clock.fast_forward(LOOK_S * 1000)
    await expect(desk.get_by_role("row", name="v3")).to_contain_text("staged")
    await expect(desk.get_by_text("passed the gate kinder")).to_be_visible()
    assert await table.evaluate("node => node.scrollLeft") == 40
    await visit(desk, "a/support/runs")
    await expect(desk.get_by_role("row", name="kinder")).to_contain_text("passed the gate")
