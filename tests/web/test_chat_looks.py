"""Every state of the chat page as axe sees it, in light and dark, wide and narrow; what it weighs,
how soon it can be used, how smoothly it streams and scrolls (`--log-cli-level=INFO` shows figures).
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from playwright.async_api import Page, expect

from server.web.endpoints import STATIC
from tests.server.conftest import Live
from tests.server.upstream import Script, Upstream
from tests.web.browser import look
from tests.web.chat import begin, open_chat, say, settled, tool, who

logger = logging.getLogger(__name__)

LONG = '**Yes**, within 30 days.\n\n- one\n- two\n\n```json\n{"days": 30}\n```\n'
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


async def test_it_is_small_and_soon_there(page: Page, live: Live) -> None:
    await open_chat(page)
    loaded = await page.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
    files = {name.removeprefix(f"{live.url}/static/") for name in loaded if "/static/" in name}
    own = {name for name in files if name.endswith((".js", ".css"))}
    size = sum((STATIC / name).stat().st_size for name in own)
    began = time.perf_counter()
    await page.reload()
    await expect(page.locator("#examples button").first).to_be_enabled()
    interactive_s = time.perf_counter() - began
    logger.info(f"{len(own)} scripts and styles, {size} bytes; usable after {interactive_s:.2f} s")
    assert {"base.css", "chat.css", "chat.js", "strings.js"} <= own
    assert size <= MOST_BYTES
    assert interactive_s < 5


FRAMES = """() => {
  const seen = (window.frames_seen = { gaps: [], writes: 0 });
  let last = performance.now();
  const tick = (now) => {
    seen.gaps.push(now - last);
    last = now;
    if (!seen.over) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  new MutationObserver((all) => (seen.writes += all.length))
    .observe(document.querySelector("#log"), { subtree: true, characterData: true });
}"""


def smoothness(gaps: list[float]) -> str:
    late = sum(gap > 50 for gap in gaps)
    ordered = sorted(gaps)
    worst, median = ordered[-1], ordered[len(ordered) // 2]
    return f"{len(gaps)} frames, median {median:.1f} ms, worst {worst:.0f} ms, {late} above 50 ms"


async def test_sixty_chunks_a_second_are_one_write_a_frame(page: Page, upstream: Upstream) -> None:
    words = tuple(f"word{n} " for n in range(180))
    upstream.script = lambda body: Script(words=words, pause_s=1 / 150)
    await open_chat(page)
    await page.evaluate(FRAMES)
    began = time.perf_counter()
    await say(page, "Count")
    took_s = time.perf_counter() - began
    seen: dict[str, Any] = await page.evaluate("((frames_seen.over = true), frames_seen)")
    pace = f"{len(words) / took_s:.0f} chunks/s"
    logger.info(f"{pace}: {smoothness(seen['gaps'])}, {seen['writes']} writes")
    assert 0 < seen["writes"] <= min(len(words), len(seen["gaps"])) + 1
    assert sorted(seen["gaps"])[len(seen["gaps"]) // 2] < 100


async def test_a_chat_of_five_hundred_messages_opens_at_its_end_and_scrolls(
    page: Page, live: Live
) -> None:
    await open_chat(page)
    conversation = await a_long_conversation(page, live, turns=250)
    began = time.perf_counter()
    await page.goto(f"/#support/{conversation}")
    await expect(page.locator(".turn").last).to_be_in_viewport()
    opened_s = time.perf_counter() - began
    await expect(page.locator(".turn")).to_have_count(250)
    await expect(page.get_by_role("button", name="Go to the end")).to_be_hidden()
    gaps: list[float] = await page.evaluate(SCROLL)
    logger.info(f"500 messages opened in {opened_s:.2f} s; scrolled: {smoothness(gaps)}")
    assert sorted(gaps)[len(gaps) // 2] < 100
    await expect(page.get_by_role("button", name="Go to the end")).to_be_visible()
    await tool(page, "Go to the end").click()
    await expect(page.locator(".turn").last).to_be_in_viewport()


SCROLL = """() => new Promise((resolve) => {
  const gaps = [];
  let last = performance.now();
  const tick = (now) => {
    gaps.push(now - last);
    last = now;
    scrollBy(0, -150);
    if (gaps.length < 90) requestAnimationFrame(tick);
    else resolve(gaps);
  };
  requestAnimationFrame(tick);
})"""


async def a_long_conversation(page: Page, live: Live, turns: int) -> str:
    """Stored straight away, as so many answers would take a while."""
    user = await who(page)
    state = live.state
    conversation = await state.conversations.create(user, "support", "Long")
    said = [
        (role, text)
        for n in range(turns)
        for role, text in (("user", f"Question {n}?"), ("assistant", f"{LONG}Number {n}."))
    ]
    messages = await state.messages.append("support", user, "", said)  # type: ignore[arg-type]
    answers = {m.id: f"resp_{m.id[-26:]}" for m in messages if m.role == "assistant"}
    add = state.conversations.add
    await asyncio.gather(*(add(conversation, m.id, answers.get(m.id, "")) for m in messages[:-1]))
    await add(conversation, messages[-1].id, answers[messages[-1].id])
    return conversation.id
