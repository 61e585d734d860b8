"""Pictures of the chat page for the documentation, from a stack that runs:
`python -m tests.web.screens --url http://127.0.0.1:8080 --out docs/img`.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.web.browser import open_browser
from tests.web.chat import begin, open_chat, say, settled, tool

PATIENCE_MS = 120_000
WIDE, PHONE = (1180, 760), (390, 780)


async def main(url: str, out: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with open_browser() as browser:
        await _chat(await _page(browser, url, WIDE, "light"), out)
        await _side_by_side(await _page(browser, url, WIDE, "dark"), out)
        await _phone(await _page(browser, url, PHONE, "light"), out)


async def _page(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    context = await browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    return await context.new_page()


async def _chat(page: Page, out: Path) -> None:
    await open_chat(page)
    await _take(page, out, "chat-welcome")
    await say(page, "Do gift cards expire?")
    await say(page, "How long do I have to return something?")
    await tool(page, "Good answer").click()
    await tool(page, "Helpful").click()
    await _take(page, out, "chat-thumb")
    await tool(page, "Done").click()
    await tool(page, "You and your data").click()
    await expect(page.get_by_role("switch").first).to_be_visible()
    await _take(page, out, "chat-data")


async def _side_by_side(page: Page, out: Path) -> None:
    await open_chat(page, "/#writer")
    await begin(page, "Say this nicely: you still havent paid 84.50 EUR", answers=2)
    await settled(page)
    await _take(page, out, "chat-side-by-side")
    await open_chat(page)
    await say(page, "When do I get my money back, and what does shipping cost?", answers=4)
    await tool(page, "Rank them").click()
    await page.get_by_label("Move C up").click()
    await _take(page, out, "chat-ranking")


async def _phone(page: Page, out: Path) -> None:
    await open_chat(page, "/#writer")
    await say(page, "Say this nicely: you still havent paid 84.50 EUR", answers=2)
    await tool(page, "A is better").click()
    await _take(page, out, "chat-phone")


async def _take(page: Page, out: Path, name: str) -> None:
    await page.wait_for_timeout(300)  # the last frames are drawn
    await page.screenshot(path=out / f"{name}.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(asked.url.rstrip("/"), asked.out))
