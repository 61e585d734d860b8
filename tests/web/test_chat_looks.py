"""Every state of the chat page as axe sees it, in light and dark, wide and narrow; what it weighs
(`--log-cli-level=INFO` shows figures).
"""

from __future__ import annotations

import logging

from playwright.async_api import Page, expect

from server.web.endpoints import STATIC
from tests.server.conftest import Live
from tests.server.upstream import Upstream
from tests.web.browser import look
from tests.web.chat import begin, open_chat, say, settled, tool
from tests.web.weight import weigh

logger = logging.getLogger(__name__)

TABLE = "\n\n|a|b|\n|---|---|\n|1|2|\n\n"
LONG = f'**Yes**, within 30 days.\n\n- one\n- two{TABLE}```json\n{{"days": 30}}\n```\n'
MOST_BYTES = 90_000


async def test_every_state_is_accessible(
    page: Page, upstream: Upstream, expected: list[str]
) -> None:
    expected.append("status of 503")
    await open_chat(page)
    await look(page, "chat empty")
    upstream.says(*LONG.split(" "), wait_after=2)
    await begin(page, "May I return a lamp?")
    await expect(page.locator(".answer")).to_contain_text("within")
    await look(page, "chat streaming")
    upstream.go_on.set()
    await settled(page)
    await tool(page, "Bad answer").click()
    await tool(page, "Write what it should have said").click()
    await look(page, "chat rated rewording")
    await tool(page, "Cancel").click()
    await tool(page, "Edit and send again").click()
    await look(page, "chat editing")
    await tool(page, "Cancel").click()
    await say(page, "Which?", answers=3)
    await look(page, "chat compared")
    await tool(page, "Rank them").click()
    await look(page, "chat ranking")
    await tool(page, "This is my order").click()
    await expect(page.locator(".ballot")).to_contain_text("You chose A.")
    await look(page, "chat ranked")
    upstream.says(refuse=(500, {"message": "dead"}))
    await say(page, "And now?")
    await look(page, "chat error")
    await tool(page, "You and your data").click()
    await expect(page.get_by_role("switch").first).to_be_visible()
    await look(page, "chat panel")
    await tool(page, "Erase my data").click()
    await look(page, "chat dialog")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 390, "height": 800})
    await tool(page, "Conversations").click()
    await expect(page.get_by_role("link", name="May I return a lamp?")).to_be_visible()
    await look(page, "chat list")


async def test_it_is_small(page: Page, live: Live) -> None:
    await open_chat(page)
    loaded = await page.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
    files = {name.removeprefix(f"{live.url}/static/") for name in loaded if "/static/" in name}
    own = {name for name in files if name.endswith((".js", ".css"))}
    size = weigh(STATIC / name for name in own)
    logger.info(f"{len(own)} scripts and styles, {size} bytes")
    assert {"base.css", "chat.css", "chat.js", "words.js"} <= own
    assert size <= MOST_BYTES
