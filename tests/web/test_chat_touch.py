"""A phone in the hand: everything by touch, and things move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.server.conftest import Live
from tests.server.upstream import Script, Upstream
from tests.web.browser import open_page
from tests.web.chat import open_chat, say, thoughts, tool

PHONE: Final[ViewportSize] = {"width": 390, "height": 780}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
BELOW: Final = (
    "(panel) => panel.getBoundingClientRect().bottom - composer.getBoundingClientRect().top"
)


@pytest.fixture
async def phone(browser: Browser, live: Live) -> AsyncIterator[Page]:
    """Where motion is welcome."""
    how: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    async with open_page(browser, live.url, reduced_motion="no-preference", **how) as page:
        yield page


async def middle(place: Locator, share: float = 0.5) -> dict[str, float]:
    box = await place.bounding_box()
    assert box
    return {"x": box["x"] + 40, "y": box["y"] + box["height"] * share}


async def drag(page: Page, item: Locator, goal: Locator, share: float) -> None:
    """With one finger, as the browser gets it from a screen."""
    finger = await page.context.new_cdp_session(page)
    begin, end = await middle(item), await middle(goal, share)

    async def touch(kind: str, *points: dict[str, float]) -> None:
        told = {"type": kind, "touchPoints": list(points)}
        await finger.send("Input.dispatchTouchEvent", told)

    await touch("touchStart", begin)
    for step in (0.25, 0.5, 0.75, 1.0):
        way = {k: begin[k] + (end[k] - begin[k]) * step for k in ("x", "y")}
        await touch("touchMove", way)
    await page.wait_for_timeout(200)  # who lets go in full swing flings, and taps nothing at once
    await touch("touchMove", end)
    await touch("touchEnd")


async def test_a_vote_a_ranking_and_the_menu_by_touch(phone: Page, upstream: Upstream) -> None:
    said = iter(["Said A.", "Said B.", "Said A.", "Said B.", "Said C."])
    upstream.script = lambda body: Script(words=(next(said, "Otherwise."),))
    await open_chat(phone)
    await say(phone, "Which lamp?", answers=2)
    await tool(phone, "A is better").tap()
    await expect(phone.locator(".ballot")).to_contain_text("You chose A.")

    await say(phone, "And which sofa?", answers=3)
    await tool(phone, "Rank them").tap()
    places, items = phone.locator(".place"), phone.locator(".item")
    await places.last.scroll_into_view_if_needed()
    await drag(phone, items.nth(2), places.nth(0), 0.1)
    await expect(places.first).to_contain_text("C")
    await expect(places).to_have_count(3)
    await phone.get_by_label("Move A down").tap()
    await expect(places).to_have_count(2)
    await tool(phone, "This is my order").tap()
    await expect(phone.locator(".ballot").last).to_contain_text("You chose C.")
    kinds = [kind for kind, _ in await thoughts(phone)]
    assert kinds == ["comparison", "ranking"]
    assert (await thoughts(phone))[1][1] == {"order": [[2], [0, 1]]}

    await tool(phone, "Conversations").tap()
    await phone.get_by_role("link", name="Which lamp?").tap()
    await expect(phone.locator("#side")).to_be_hidden()
    await tool(phone, "Conversations").tap()
    await tool(phone, "New chat").tap()
    await expect(phone.locator("#welcome")).to_be_visible()


async def test_a_walk_where_things_move(phone: Page, upstream: Upstream) -> None:
    """The console stays clean."""
    upstream.says(*(f"word{n} " for n in range(30)), pause_s=0.02)
    await open_chat(phone)
    await phone.locator("#examples button").first.tap()
    await expect(phone.locator(".answer .rich")).to_be_visible()
    await tool(phone, "Good answer").tap()
    await tool(phone, "Helpful").tap()
    await tool(phone, "Done").tap()
    upstream.says("Something else.")
    await tool(phone, "Answer again").tap()
    await expect(phone.locator(".stepper")).to_contain_text("2/2")
    await tool(phone, "You and your data").tap()
    await expect(phone.get_by_role("switch").first).to_be_visible()
    await tool(phone, "Close").tap()
    await expect(phone.get_by_role("switch").first).to_be_hidden()
    moving = "matchMedia('(prefers-reduced-motion: reduce)').matches"
    assert not await phone.evaluate(moving)


async def test_the_narrowest_phone_needs_no_scrolling_sideways(
    phone: Page, upstream: Upstream
) -> None:
    await phone.set_viewport_size(NARROW)
    await open_chat(phone, "/#extractor")
    await say(phone, "Which lamp?", answers=4)
    name = phone.locator("#talking")
    await expect(name).to_have_text("extractor")
    assert await name.evaluate("(name) => name.scrollWidth <= name.clientWidth")
    width = "Math.max(innerWidth, document.documentElement.scrollWidth)"
    assert await phone.evaluate(width) == NARROW["width"]
    await tool(phone, "Rank them").tap()
    await tool(phone, "This is my order").tap()
    await expect(phone.locator(".ballot")).to_contain_text("You chose A.")
    assert await phone.evaluate(width) == NARROW["width"]


async def test_the_reasons_of_the_last_answer_come_into_sight(
    phone: Page, upstream: Upstream
) -> None:
    upstream.says(*["Word by word.\n\n"] * 40)
    await open_chat(phone)
    await say(phone, "Which lamp?")
    for size in (PHONE, WIDE):
        await phone.set_viewport_size(size)
        await phone.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        await tool(phone, "Good answer").click()
        panel = phone.locator(".panel")
        await expect(panel).to_be_in_viewport(ratio=1)
        assert await panel.evaluate(BELOW) <= 0
        await tool(phone, "Write what it should have said").click()
        await expect(panel.last).to_be_in_viewport(ratio=1)
        assert await panel.last.evaluate(BELOW) <= 0
        await tool(phone, "Cancel").click()
        await tool(phone, "Undo").click()


ARABIC = "نعم، خلال ثلاثين يوما."
TABLE = "| what is returned | within | how it is sent back | who pays |\n|---|---|---|---|\n"


async def test_what_is_not_short_english_is_readable(phone: Page, upstream: Upstream) -> None:
    upstream.says(
        f"Yes.\n\n{ARABIC}\n\n- {ARABIC}\n\n{TABLE}", *["| lamps | 30 days | post | us |"]
    )
    await phone.set_viewport_size(NARROW)
    await open_chat(phone)
    box = phone.get_by_role("textbox", name="Say something")
    await box.fill(ARABIC)
    await expect(box).to_have_css("direction", "rtl")
    await say(phone, ARABIC)
    await expect(phone.locator(".said")).to_have_css("direction", "rtl")
    rich = phone.locator(".rich")
    directions = await rich.locator("> *").evaluate_all(
        "(all) => all.map((e) => getComputedStyle(e).direction)"
    )
    assert directions == ["ltr", "rtl", "rtl", "ltr"]
    table = rich.locator("table")
    assert await table.evaluate("(table) => table.scrollWidth > table.clientWidth")
    heights = await table.locator("th").evaluate_all("(all) => all.map((e) => e.offsetHeight)")
    assert max(heights) < 120
    await table.focus()
    await expect(table).to_be_focused()
    await tool(phone, "Edit and send again").tap()
    await expect(phone.locator(".rewrite textarea")).to_have_css("direction", "rtl")
