"""How soon the chat page can be used, how smoothly it streams and scrolls, where nothing else runs
(`--log-cli-level=INFO` shows figures). What others do to the machine only adds, so the best of
some attempts counts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.server.conftest import Live
from tests.server.upstream import Script, Upstream
from tests.web.chat import open_chat, say, tool, who

pytestmark = pytest.mark.alone
logger = logging.getLogger(__name__)

ATTEMPTS = 12
SOON_S = 1.0
LONG = '**Yes**, within 30 days.\n\n- one\n- two\n\n```json\n{"days": 30}\n```\n'


@dataclass(frozen=True)
class Frames:
    """Gaps between 120 frames, in ms."""

    gaps: list[float]
    writes: int = 0

    @property
    def median(self) -> float:
        return sorted(self.gaps)[len(self.gaps) // 2]

    @property
    def late(self) -> int:
        return sum(gap > 50 for gap in self.gaps)

    @property
    def smooth(self) -> bool:
        return self.median <= 20 and self.late <= 2

    def __str__(self) -> str:
        worst = f"worst {max(self.gaps):.0f} ms, {self.late} above 50 ms"
        return f"{len(self.gaps)} frames, median {self.median:.1f} ms, {worst}"


async def smooth(what: str, measure: Callable[[], Awaitable[Frames]]) -> Frames:
    """The first smooth attempt. Fails when none is."""
    tried = []
    for _ in range(ATTEMPTS):
        tried.append(await measure())
        logger.info(f"{what}: {tried[-1]}")
        if tried[-1].smooth:
            return tried[-1]
    raise AssertionError(f"{what}: " + "; ".join(map(str, tried)))


async def test_it_can_be_used_within_a_second(page: Page) -> None:
    await open_chat(page)
    took: list[float] = []
    while len(took) < ATTEMPTS and min(took, default=SOON_S + 1) > SOON_S:
        began = time.perf_counter()
        await page.reload()
        await expect(page.locator("#examples button").first).to_be_enabled()
        took.append(time.perf_counter() - began)
    logger.info(f"usable after {took[-1]:.2f} s")
    assert min(took) <= SOON_S, took


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


async def test_sixty_chunks_a_second_are_one_write_a_frame(page: Page, upstream: Upstream) -> None:
    words = tuple(f"word{n} " for n in range(180))
    upstream.script = lambda body: Script(words=words, pause_s=1 / 150)

    async def measure() -> Frames:
        await open_chat(page)
        await page.evaluate(FRAMES)
        began = time.perf_counter()
        await say(page, "Count")
        pace = len(words) / (time.perf_counter() - began)
        seen: dict[str, Any] = await page.evaluate("((frames_seen.over = true), frames_seen)")
        logger.info(f"{pace:.0f} chunks/s, {seen['writes']} writes")
        assert 0 < seen["writes"] <= min(len(words), len(seen["gaps"])) + 1
        return Frames(seen["gaps"][:120], seen["writes"])

    await smooth("streaming", measure)


async def test_a_chat_of_five_hundred_messages_opens_at_its_end_and_scrolls(
    page: Page, live: Live
) -> None:
    await open_chat(page)
    conversation = await a_long_conversation(page, live, turns=250)
    began = time.perf_counter()
    await page.goto(f"/#support/{conversation}")
    await expect(page.locator(".turn").last).to_be_in_viewport()
    logger.info(f"500 messages opened in {time.perf_counter() - began:.2f} s")
    await expect(page.locator(".turn")).to_have_count(250)
    await expect(page.get_by_role("button", name="Go to the end")).to_be_hidden()

    async def measure() -> Frames:
        return Frames(await page.evaluate(SCROLL))

    await smooth("scrolling", measure)
    await expect(page.get_by_role("button", name="Go to the end")).to_be_visible()
    await tool(page, "Go to the end").click()
    await expect(page.locator(".turn").last).to_be_in_viewport()


SCROLL = """() => new Promise((resolve) => {
  const gaps = [];
  let last = performance.now();
  scrollTo(0, document.body.scrollHeight);
  const tick = (now) => {
    gaps.push(now - last);
    last = now;
    scrollBy(0, -150);
    if (gaps.length < 120) requestAnimationFrame(tick);
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
