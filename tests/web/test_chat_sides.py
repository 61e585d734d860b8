"""The line of a side-by-side breaks, the page is reloaded: nothing is lost, doubled or revealed."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.server.conftest import Live, until
from tests.server.upstream import Script, Upstream
from tests.web.chat import begin, open_chat, say, settled, texts, thoughts, tool
from tests.web.test_chat_lines import FRAIL

ONE = tuple(f"{n} " for n in range(60))
TWO = tuple(f"w{n} " for n in range(40))
SAID = ["".join(words).strip() for words in (ONE, TWO)]


@pytest.fixture(autouse=True)
def two_answers(upstream: Upstream) -> None:
    """Long ones, that wait after their 30th word."""
    said = iter([ONE, TWO])
    upstream.script = lambda body: Script(words=next(said), pause_s=0.005, wait_after=30)


async def both_have_begun(page: Page) -> None:
    await expect(page.locator(".cards .text")).to_contain_text(["29", "29"])


async def shown_whole(page: Page, upstream: Upstream) -> None:
    await expect(page.get_by_role("group", name="Which is better?")).to_be_visible()
    question, *answers = await texts(page)
    assert question == "Count"
    assert sorted(answers) == sorted(SAID)
    assert len(upstream.asked) == 2
    await expect(page.locator(".cards .tag")).to_have_count(0)


async def test_every_break_of_the_line_is_mended(page: Page, upstream: Upstream) -> None:
    upstream.go_on.set()
    await page.add_init_script(FRAIL.replace("FIRST", "900"))
    await open_chat(page)
    await say(page, "Count", answers=2)
    await shown_whole(page, upstream)
    assert await page.evaluate("window.breaks") > 2
    await expect(page.locator(".lost")).to_have_count(0)


async def test_offline_and_back(page: Page, upstream: Upstream, expected: list[str]) -> None:
    expected += ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED"]
    await page.add_init_script(FRAIL.replace("FIRST", "1e6"))
    await open_chat(page)
    await begin(page, "Count", answers=2)
    await both_have_begun(page)
    await page.context.set_offline(True)
    await expect(page.locator("#problem")).to_contain_text("The server cannot be reached")
    await page.evaluate("window.cut()")
    await expect(page.locator(".answer.lost")).to_have_count(2)
    await expect(page.locator("#status")).to_have_text("The connection broke. Reconnecting.")
    upstream.go_on.set()
    await page.context.set_offline(False)
    await settled(page)
    await shown_whole(page, upstream)


async def test_reload_in_mid_stream_goes_on_to_the_vote(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await begin(page, "Count", answers=2)
    await both_have_begun(page)
    await page.reload()
    await both_have_begun(page)
    await expect(tool(page, "Stop answering")).to_be_visible()
    upstream.go_on.set()
    await settled(page)
    await shown_whole(page, upstream)
    await tool(page, "B is better").click()
    await expect(page.locator(".ballot")).to_contain_text("You chose B.")
    assert [kind for kind, _ in await thoughts(page)] == ["comparison"]


async def test_what_ended_during_a_reload_is_voted_on(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await begin(page, "Count", answers=2)
    await both_have_begun(page)
    address = page.url
    await page.goto("about:blank")
    upstream.go_on.set()
    await page.goto(address)
    await shown_whole(page, upstream)


async def test_stopping_ends_every_answer(page: Page, live: Live, upstream: Upstream) -> None:
    await open_chat(page)
    await begin(page, "Count", answers=2)
    await both_have_begun(page)
    await tool(page, "Stop answering").click()
    await settled(page)
    await expect(page.get_by_role("alert").last).to_contain_text("Stopped")
    await until(lambda: upstream.aborted == 2)
    await page.reload()
    await expect(page.locator(".stepper")).to_contain_text("/2")
    await expect(tool(page, "Send")).to_be_visible()
