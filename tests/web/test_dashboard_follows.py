"""Whoever leaves a view open sees what happens meanwhile."""

from __future__ import annotations

import time

from playwright.async_api import Page, Route, expect

from core.records import Verdict
from core.registry import Actor
from tests.server.conftest import Live
from tests.web.desk import CHART, desk, life, visit
from tests.web.lived import V1, V2, Life, seed_version

__all__ = ["desk", "life"]

V3 = "support-p000003-9a0b1c2d"
LOOK_S = 5
ADA = Actor("ada", "it is kinder")


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


async def test_a_trial_begins_and_ends_in_sight(desk: Page, live: Live, life: Life) -> None:
    at_first = True

    async def answer(route: Route) -> None:
        """Nobody has voted yet."""
        told = await (reply := await route.fetch()).json()
        if at_first:
            told["path"], told["trial"]["figures"]["counted"] = [], 0
        await route.fulfill(response=reply, json=told)

    await desk.route(f"**/trials/{V2}", answer)
    await open_view(desk, f"a/support/trials/{V2}")
    await expect(desk.get_by_text("Nobody has compared the two yet").first).to_be_visible()
    won = desk.locator("dl div", has_text="Comparisons won").locator("dd")
    await expect(won, "no share of nothing").to_have_text("\u2013")
    await expect(desk.get_by_text("also one that was taken back")).to_be_visible()
    roll_back = desk.get_by_role("button", name="Roll back …")
    await expect(roll_back).to_be_visible()

    at_first = False
    await desk.clock.fast_forward(LOOK_S * 1000)
    await expect(desk.locator(CHART).first).to_be_visible()
    await expect(won).to_contain_text("%")
    await live.state.registry.promote("support", V2, ADA)
    await desk.clock.fast_forward(LOOK_S * 1000)
    await expect(roll_back).to_have_count(0)


async def test_a_version_s_page_says_what_it_is_now(desk: Page, live: Live, life: Life) -> None:
    await open_view(desk, f"a/support/versions/{V2}")
    state = desk.locator("main .tag").first
    await expect(state).to_have_text("on trial")
    await live.state.registry.promote("support", V2, ADA)
    await desk.clock.fast_forward(LOOK_S * 1000)
    await expect(state).to_have_text("champion")
    await expect(desk.get_by_text("This version answers now.")).to_be_visible()
